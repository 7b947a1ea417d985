/** What the edge's tests share: signed deliveries, a starter that answers as told, and a look into an inbox. */
import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { vi } from 'vitest';
import type * as edge from '../../edge/index.ts';
import type { NewDelivery } from '../../edge/inbox/inbox.ts';
import type { Envelope, Verdict } from '../../shared/contract/envelope.ts';
import { signHmac, toHex, utf8 } from '../../shared/contract/hmac.ts';

declare global {
  // oxlint-disable-next-line typescript/no-namespace -- the platform's own way to type `env`
  namespace Cloudflare {
    interface Env extends edge.Bindings {}
    interface GlobalProps {
      mainModule: typeof edge;
    }
  }
}

/** Alarms run by themselves, and on a busy machine they take their time. */
const PATIENCE_MS = 15_000;

/** Tries again until the check no longer throws. */
export const eventually = <T>(check: () => T | Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: PATIENCE_MS, interval: 20 });

const ORIGIN = 'https://edge.test';

let names = 0;
/** A stack, run or key that no other test of the file uses: storage lives as long as the file. */
export const unique = (prefix: string): string => `${prefix}-${(names += 1)}-${Date.now()}`;

export async function signatureOf(body: string | Uint8Array<ArrayBuffer>, secret: string) {
  const bytes = typeof body === 'string' ? utf8(body) : body;
  return `sha256=${toHex(await signHmac(utf8(secret), bytes))}`;
}

export type Reply = {
  readonly status: number;
  readonly body: {
    readonly deliveryId: string;
    readonly status: string;
    readonly reason?: string;
    readonly hint?: string;
    readonly error?: string;
    readonly message?: string;
  };
};

export const request = (path: string, init: RequestInit = {}): Promise<Response> =>
  exports.default.fetch(new Request(`${ORIGIN}${path}`, init));

type DeliverOptions = {
  readonly webhook?: string;
  readonly secret?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
};

/** Sends one signed delivery, to the default webhook unless told otherwise. */
export async function deliver(
  payload: unknown,
  { webhook, secret, method = 'POST', headers = {} }: DeliverOptions = {},
): Promise<Reply> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const known = `${webhook ?? 'default'}-secret`;
  const response = await request(`/webhooks/spacelift${webhook ? `/${webhook}` : ''}`, {
    method,
    body,
    headers: { 'X-Signature-256': await signatureOf(body, secret ?? known), ...headers },
  });
  return { status: response.status, body: await response.json() };
}

export const runPayload = (stack: string, run: string, state: string, stateVersion: number) => ({
  account: 'acme',
  state,
  stateVersion,
  timestamp: 1_760_000_000 + stateVersion,
  run: {
    id: run,
    branch: 'main',
    commit: { hash: 'abcdef0', authorLogin: 'someone', message: 'private words' },
    createdAt: 1_760_000_000,
    triggeredBy: 'someone@example.com',
    type: 'TRACKED',
  },
  stack: { id: stack, name: stack, labels: [] },
});

export const intentPayload = (stack: string, more: object = {}) => ({
  event_type: 'triggered',
  stack_id: stack,
  ...more,
});

export type Call = {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  readonly init: RequestInit;
  readonly events: readonly Envelope[];
};

type Answering = (call: Call) => Response | Promise<Response>;

export const answer = (verdicts: readonly Verdict[], init: ResponseInit = {}): Response =>
  Response.json({ verdicts }, init);

export const verdictOn = (
  event: Envelope,
  verdict: Verdict['verdict'] = 'started',
  more: Partial<Verdict> = {},
): Verdict => ({
  id: event.id,
  verdict,
  ...(verdict !== 'refused' && verdict !== 'retry' && { executionId: `execution-of-${event.id}` }),
  ...more,
});

export const takesAll: Answering = ({ events }) => answer(events.map((event) => verdictOn(event)));

/** Starters by the source of the events they answer; alarms outlive their tests, so one fake stays for the whole file. */
const starters = new Map<string, { calls: Call[]; answering: Answering }>();

vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, init = {}) => {
  const body = typeof init.body === 'string' ? init.body : '';
  const events = JSON.parse(body) as Envelope[];
  const url = input instanceof Request ? input.url : String(input);
  const call = { url, headers: new Headers(init.headers), body, init, events };
  const starter = starters.get(events[0]?.source ?? '');
  starter?.calls.push(call);
  return (starter?.answering ?? takesAll)(call);
});

/** Stands for the starter towards one inbox, at the network border; how it answers may be changed later. */
export function fakeStarter(inbox: string, answering: Answering = takesAll) {
  const starter = { calls: [] as Call[], answering };
  starters.set(`/${inbox.replace(/\/-$/, '')}`, starter);
  return starter;
}

export const inboxOf = (name: string) => env.INBOX.getByName(name);

export type Kept = Record<string, string | number | null>;

/** All rows of an inbox, in the order they came. */
export const rowsOf = (name: string): Promise<Kept[]> =>
  runInDurableObject(inboxOf(name), (_, state) =>
    state.storage.sql.exec<Kept>('SELECT * FROM deliveries ORDER BY seq').toArray(),
  );

export const alarmOf = (name: string): Promise<number | null> =>
  runInDurableObject(inboxOf(name), (_, state) => state.storage.getAlarm());

/** What the inbox remembers of itself under a name. */
export const memoOf = (name: string, memo: string): Promise<unknown> =>
  runInDurableObject(inboxOf(name), (_, state) => {
    const [row] = state.storage.sql
      .exec<{ json: string }>('SELECT json FROM memos WHERE name = ?', memo)
      .toArray();
    return row === undefined ? null : (JSON.parse(row.json) as unknown);
  });

/** Lets a wait be over: makes every row due and ends the outage, then runs the alarm. */
export async function skipWait(name: string): Promise<void> {
  await runInDurableObject(inboxOf(name), async (_, state) => {
    state.storage.sql.exec("DELETE FROM memos WHERE name = 'outage'");
    state.storage.sql.exec('UPDATE deliveries SET nextAttemptAt = 0');
  });
  await runDurableObjectAlarm(inboxOf(name));
}

/** Waits until every row of the inbox is delivered, as the alarm runs by itself. */
export const settled = (name: string) =>
  eventually(async () => {
    const rows = await rowsOf(name);
    const statuses = rows.map((row) => row['status']);
    if (rows.length === 0 || statuses.some((found) => found !== 'delivered'))
      throw new Error(`Cannot go on: statuses are ${statuses.join(', ')}`);
    return rows;
  });

/** What the inbox is handed of a delivery that is on its way to the starter. */
export const newDelivery = (changes: Partial<NewDelivery> = {}): NewDelivery => ({
  inbox: 'acme/app',
  key: 'k',
  earlierKey: null,
  deliveryId: 'd',
  orderKey: changes.key ?? 'k',
  webhook: 'default',
  eventType: 'completed',
  receivedAt: Date.now(),
  status: 'pending',
  reason: null,
  traceparent: '',
  envelope: '{}',
  headers: '{}',
  secretLabel: 'current',
  cap: null,
  ...changes,
});
