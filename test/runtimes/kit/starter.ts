/**
 * A starter that is a real HTTP server on loopback: it records the batches of each inbox, checks signature and envelopes
 * by the contract, and answers as told.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as v from 'valibot';
import { verifyBatch } from '../../../shared/contract/batch-signature.ts';
import {
  BATCH_MEDIA_TYPE,
  type Envelope,
  type Verdict,
} from '../../../shared/contract/envelope.ts';
import { EnvelopeSchema } from '../../../shared/contract/envelope-schema.ts';

export const ENVELOPE_SECRET = 'whsec_cnVudGltZXMgZW52ZWxvcGUgc2VjcmV0';

export type Batch = {
  readonly at: number;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly events: readonly Envelope[];
};

type Reply = {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
};

/** `hang` keeps the connection and says nothing; `reset` cuts it. */
export type Answering = (batch: Batch) => Reply | 'hang' | 'reset' | Promise<Reply>;

export const verdictOn = (
  { id }: Envelope,
  verdict: Verdict['verdict'] = 'started',
  more: Partial<Verdict> = {},
): Verdict => ({ id, verdict, ...more });

export const answer = (
  verdicts: readonly Verdict[],
  headers: Readonly<Record<string, string>> = {},
): Reply => ({
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify({ verdicts }),
});

export const takesAll: Answering = ({ events }) =>
  answer(events.map((event) => verdictOn(event, 'started', { executionId: `of/${event.id}` })));

export const refusesAll =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answering =>
  () => ({ status, headers, body: 'not now' });

const sourceOf = (inbox: string) => `/${inbox.replace(/\/-$/, '')}`;

export type Starter = Awaited<ReturnType<typeof startStarter>>;

export async function startStarter(port = 0) {
  const batches: Batch[] = [];
  const faults: string[] = [];
  /** Requests that are no batch, such as one that follows a redirect. */
  const strays: string[] = [];
  const answerings = new Map<string, Answering>();

  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const { method, url = '', headers } = request;
      if (method !== 'POST' || !url.endsWith('/events')) {
        strays.push(`${method} ${url}`);
        return response.writeHead(200).end('{}');
      }
      const fault = await faultOf(body, headers);
      if (fault !== null) {
        faults.push(fault);
        return response.writeHead(401).end();
      }
      const events = JSON.parse(body) as Envelope[];
      const batch = { at: Date.now(), path: url, headers, events };
      batches.push(batch);
      const answering = answerings.get(events[0]?.source ?? '') ?? takesAll;
      return give(await answering(batch), response);
    })();
  });

  async function open(): Promise<void> {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  }

  await open();
  const batchesOf = (inbox: string) =>
    batches.filter(({ events }) => events[0]?.source === sourceOf(inbox));

  return {
    faults,
    strays,
    get port() {
      return port;
    },
    get url() {
      return `http://127.0.0.1:${port}`;
    },
    batchesOf,
    /** Everything it was sent by an inbox, as often as it was sent. */
    eventsOf: (inbox: string) => batchesOf(inbox).flatMap(({ events }) => events),
    answer(inbox: string, answering: Answering): void {
      answerings.set(sourceOf(inbox), answering);
    },
    /** Listens again on the same port. */
    open,
    /** From now on connections are refused. */
    async close(): Promise<void> {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      server.close();
      server.closeAllConnections();
    },
  };
}

function give(reply: Awaited<ReturnType<Answering>>, response: ServerResponse): void {
  if (reply === 'hang') return;
  if (reply === 'reset') response.destroy();
  else response.writeHead(reply.status ?? 200, reply.headers).end(reply.body);
}

async function faultOf(body: string, headers: IncomingHttpHeaders): Promise<string | null> {
  const header = (name: string) => headers[name]?.toString() ?? null;
  if (header('content-type') !== BATCH_MEDIA_TYPE) return `content-type ${header('content-type')}`;
  const verified = await verifyBatch(
    body,
    {
      'webhook-id': header('webhook-id'),
      'webhook-timestamp': header('webhook-timestamp'),
      'webhook-signature': header('webhook-signature'),
    },
    Date.now(),
    [ENVELOPE_SECRET],
  );
  if (!verified.ok) return verified.error;
  const checked = v.safeParse(
    v.pipe(v.array(EnvelopeSchema), v.minLength(1), v.maxLength(100)),
    JSON.parse(body),
  );
  return checked.success ? null : `${v.getDotPath(checked.issues[0])} is not valid`;
}
