/** A simulated Spacelift account behind HTTP, clients of it whose clock the test owns, and activities run as Temporal would. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import type { OperationEntry } from '../../../dev/simulator/journal.ts';
import type { SimulatorInput } from '../../../dev/simulator/options.ts';
import { serveSimulator } from '../../../dev/simulator/serve.ts';
import {
  createSpaceliftClient,
  type SpaceliftAccount,
  type SpaceliftClientDeps,
} from '../../../shared/activities/spacelift/client.ts';

export const ACCOUNT = 'demo';
export const KEY_ID = '01JTESTKEY0000000000000000';
export const KEY_SECRET = 'key-secret-that-nobody-may-see';

/** A deadline that no test is meant to meet. */
const DEADLINE_MS = 20_000;

type ClientChanges = Partial<SpaceliftAccount & SpaceliftClientDeps>;

export async function startSpacelift(input: SimulatorInput = {}) {
  const simulator = await serveSimulator({
    account: ACCOUNT,
    apiKeyId: KEY_ID,
    apiKeySecret: KEY_SECRET,
    stateMs: 1,
    ...input,
  });
  const tokens = new Set<string>();
  const countingFetch: typeof fetch = (resource, init) => {
    const authorization = new Headers(init?.headers).get('Authorization');
    if (authorization !== null) tokens.add(authorization.slice('Bearer '.length));
    return fetch(resource, init);
  };

  async function control(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await fetch(`${simulator.url}/control${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const json = await answer.text();
    if (!answer.ok) throw new Error(`Cannot ${method} ${path}: ${answer.status} ${json}`);
    return json === '' ? null : JSON.parse(json);
  }

  return {
    url: simulator.url,
    /** Every token that a client of this account has sent. */
    tokens,
    control,
    /** Operations of this name that reached the account, oldest first. */
    async operations(name: string): Promise<readonly OperationEntry[]> {
      const { operations } = (await control('GET', '/journal')) as { operations: OperationEntry[] };
      return operations.filter(({ operation }) => operation === name);
    },
    client: (changes: ClientChanges = {}) =>
      clientOf(simulator.url, { fetch: countingFetch, ...changes }),
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}

export type Spacelift = Awaited<ReturnType<typeof startSpacelift>>;

export function clientOf(endpoint: string, changes: ClientChanges = {}) {
  const { account, keyId, keySecret, ...deps } = {
    account: ACCOUNT,
    keyId: KEY_ID,
    keySecret: KEY_SECRET,
    ...changes,
  };
  return createSpaceliftClient(
    { account, endpoint: changes.endpoint ?? endpoint, keyId, keySecret },
    { fetch, now: Date.now, deadlineMs: DEADLINE_MS, ...deps },
  );
}

const TOKEN_ANSWER = JSON.stringify({
  data: { apiKeyUser: { jwt: 'a.b.c', validUntil: 4_000_000_000 } },
});

/** An account that exchanges the key and then answers as no sound one would; null breaks the connection. */
export async function startUnsoundSpacelift(answer: () => string | null) {
  const answerTo = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const isExchange = (await text(incoming)).includes('apiKeyUser');
    const body = isExchange ? TOKEN_ANSWER : answer();
    if (body === null) incoming.socket.destroy();
    else outgoing.setHeader('content-type', 'application/json').end(body);
  };
  const server = createServer((incoming, outgoing) => void answerTo(incoming, outgoing));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Cannot serve: no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What an activity logs and counts, beside what it returns; the SDK's own lines are below that level. */
export function createActivityEnvironment() {
  const lines: LogEntry[] = [];
  const counts: { readonly name: string; readonly tags: unknown }[] = [];
  const logger = new DefaultLogger('INFO', (entry) => lines.push(entry));
  const environment = new MockActivityEnvironment({}, { logger });
  const { metricMeter } = environment.context;
  const createCounter: typeof metricMeter.createCounter = (name, unit, description) => {
    const counter = metricMeter.createCounter(name, unit, description);
    return Object.create(counter, {
      add: { value: (_: number, tags: unknown) => counts.push({ name, tags }) },
    }) as typeof counter;
  };
  const recording = Object.create(metricMeter, { createCounter: { value: createCounter } });
  Object.defineProperty(environment.context, 'metricMeter', { value: recording });
  return { environment, lines, counts };
}
