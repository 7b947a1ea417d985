/** The operator routes as functions, typed by the app itself; whatever is no success becomes a sentence. */
import { hc, type InferResponseType } from 'hono/client';
import type { OperatorApp } from '../edge/operator/routes.ts';
import type { Connection } from './connection.ts';
import { CommandFailure } from './failure.ts';

/** A redelivery waits for the starter: one attempt of its own time-out, 10 s by default, and 5 s on top. */
const ANSWER_WITHIN_MS = 60_000;

type Client = ReturnType<typeof hc<OperatorApp>>;

export type Page = InferResponseType<Client['index']['$get'], 200>;
export type Delivery = Page['deliveries'][number];
export type Counts = InferResponseType<Client['counts']['$get'], 200>;
export type Outcome = InferResponseType<Client['redeliver']['$post'], 200>;
export type Result = Outcome['results'][number];
export type Details = InferResponseType<Client[':id']['$get'], 200>;

export type InboxClient = ReturnType<typeof createInboxClient>;

type Query<Endpoint> = Endpoint extends (args: { query: infer Asked }) => unknown ? Asked : never;

export type ListQuery = Query<Client['index']['$get']>;
export type CountsQuery = Query<Client['counts']['$get']>;
export type ShowQuery = Pick<ListQuery, 'inbox' | 'account' | 'stack'> & {
  readonly body?: 'redacted' | 'raw' | 'none' | undefined;
};
export type Wish = Parameters<Client['redeliver']['$post']>[0]['json'];

export function createInboxClient({ url, headers }: Connection) {
  const client = hc<OperatorApp>(`${url}/inbox`, {
    headers,
    fetch: (input: string | URL | Request, init?: RequestInit) =>
      fetch(input, {
        ...init,
        // Access answers with a redirect to its login page when it knows nobody.
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
      }),
  });
  return {
    list: (query: ListQuery): Promise<Page> =>
      answerTo('list deliveries', url, client.index.$get({ query })),
    counts: (query: CountsQuery): Promise<Counts> =>
      answerTo('count deliveries', url, client.counts.$get({ query })),
    show: (id: string, query: ShowQuery): Promise<Details> =>
      answerTo(
        'show delivery',
        url,
        client[':id'].$get({ param: { id: encodeURIComponent(id) }, query }),
      ),
    redeliver: (json: Wish): Promise<Outcome> =>
      answerTo('redeliver', url, client.redeliver.$post({ json })),
  };
}

type Answered = { readonly ok: boolean; readonly status: number; text(): Promise<string> };

async function answerTo<T>(deed: string, url: string, asking: Promise<Answered>): Promise<T> {
  let response: Answered;
  let text: string;
  try {
    response = await asking;
    text = await response.text();
  } catch (cause) {
    throw new CommandFailure(`Cannot ${deed}: ${troubleOf(cause, url)}`, undefined, { cause });
  }
  const json = jsonOf(text);
  if (response.ok && json !== undefined) return json as T;
  const { error, message } = (json ?? {}) as { error?: unknown; message?: unknown };
  if (typeof error === 'string' && typeof message === 'string')
    throw new CommandFailure(`${message} (${response.status} ${error})`);
  throw new CommandFailure(
    `Cannot ${deed}: ${url} answers ${response.status} and is not the edge, or Access is in front of it and does not know these credentials`,
  );
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function troubleOf(error: unknown, url: string): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `no answer from ${url} within ${ANSWER_WITHIN_MS / 1000} s`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return `nobody answers at ${url}${code}`;
}
