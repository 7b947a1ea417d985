/** The edge of another configuration over the same inboxes, asked as an operator would, with its log at hand. */
import { env } from 'cloudflare:workers';
import { createApp } from '../../../edge/app.ts';
import { createObjectInbox } from '../../../edge/cloudflare/object-inbox.ts';
import { parseConfig } from '../../../edge/config.ts';
import type { Inbox } from '../../../edge/inbox/inbox.ts';
import { createLog } from '../../../edge/log.ts';
import { TEST_BINDINGS } from '../bindings.ts';

export const TOKEN = TEST_BINDINGS.OPERATOR_TOKEN;

export type Json = Record<string, unknown>;
export type Answered = { readonly status: number; readonly body: Json };

/** A result of `POST /inbox/redeliver`, as far as tests look at it. */
export type Result = {
  readonly inbox: string;
  readonly deliveryId: string;
  readonly key: string;
  readonly remedy: string;
  readonly status: string;
  readonly reason: string | null;
  readonly redeliveries: number;
  readonly verdict: string | null;
  readonly lastError: string | null;
};

export const inbox: Inbox = createObjectInbox(env);

type Deps = {
  readonly fetch?: (url: string) => Promise<Response>;
  readonly clock?: () => number;
  readonly inbox?: Partial<Inbox>;
};

const unreachable = () => Promise.reject(new Error('Cannot fetch: not part of this test'));

export function createOperator(variables: object = {}, deps: Deps = {}) {
  const config = parseConfig({ ...TEST_BINDINGS, ...variables });
  if (!config.ok) throw new Error(config.error);
  const lines: Json[] = [];
  const app = createApp({
    config: config.value,
    inbox: { ...inbox, ...deps.inbox },
    fetch: deps.fetch ?? unreachable,
    clock: deps.clock ?? (() => Date.now()),
    newId: () => crypto.randomUUID(),
    log: createLog('debug', (_, line) => lines.push(JSON.parse(line) as Json)),
  });

  async function ask(path: string, init: RequestInit = {}): Promise<Answered> {
    const headers = new Headers({ Authorization: `Bearer ${TOKEN}` });
    for (const [name, text] of new Headers(init.headers)) headers.set(name, text);
    const response = await app.request(path, { ...init, headers });
    return { status: response.status, body: await response.json() };
  }

  return {
    app,
    lines,
    ask,
    /** The lines that say what an operator did. */
    audit: () => lines.filter(({ msg }) => msg === 'Operator'),
    async redeliver(wish: object): Promise<Json & { readonly results: readonly Result[] }> {
      const { status, body } = await ask('/inbox/redeliver', {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(wish),
      });
      if (status !== 200) throw new Error(`Cannot redeliver: ${status} ${JSON.stringify(body)}`);
      return body as Json & { readonly results: readonly Result[] };
    },
  };
}
