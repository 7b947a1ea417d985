/** The edge as a process of its own on each runtime, started by the script an operator uses, and a starter it can reach. */
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { edgeCommand } from '../../dev/launcher/toolchain.ts';
import { verifyBatch } from '../../shared/contract/batch-signature.ts';
import type { BatchAnswer, Envelope } from '../../shared/contract/envelope.ts';
import { startProcess } from '../worker/processes.ts';

export type EdgeRuntime = 'node' | 'bun' | 'deno';

export const EDGE_RUNTIMES: readonly EdgeRuntime[] = ['node', 'bun', 'deno'];

export const WEBHOOK_SECRET = 'default-secret';
export const OPERATOR_TOKEN = 'operator-token';
const ENVELOPE_SECRET = 'envelope-secret';

type StartOptions = {
  /** Changes the words of the script. */
  readonly edit?: (word: string) => string;
  /** What to put in front of the command. */
  readonly before?: readonly string[];
};

export function startEdge(
  runtime: EdgeRuntime,
  folder: string,
  env: Readonly<Record<string, string>> = {},
  { edit = (word) => word, before = [] }: StartOptions = {},
) {
  const script = edgeCommand(runtime, folder);
  const [command = '', ...args] = [...before, script.command, ...script.args.map(edit)];
  return startProcess(command, args, {
    SPACELIFT_WEBHOOK_SECRET: WEBHOOK_SECRET,
    OPERATOR_TOKEN,
    ENVELOPE_SECRET,
    EDGE_PORT: '0',
    EDGE_STATE_DIRECTORY: folder,
    // What lingers is tested by itself.
    LINGER_MS: '1',
    ...env,
  });
}

export type EdgeProcess = ReturnType<typeof startEdge>;

export const urlOf = async (edge: EdgeProcess): Promise<string> =>
  String((await edge.line('edge listening'))['url']);

/** Posts one signed delivery; rejects when the edge is gone. */
export function post(url: string, payload: unknown): Promise<Response> {
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const signature = createHmac('sha256', WEBHOOK_SECRET).update(body).digest('hex');
  return fetch(`${url}/webhooks/spacelift`, {
    method: 'POST',
    body,
    headers: { 'X-Signature-256': `sha256=${signature}` },
  });
}

type Answering = (events: readonly Envelope[]) => Promise<BatchAnswer> | BatchAnswer;

export const takesAll: Answering = (events) => ({
  verdicts: events.map(({ id }) => ({ id, verdict: 'started' })),
});

export type FakeStarter = AsyncDisposable & {
  readonly url: string;
  /** Verified batches, in the order they came. */
  readonly batches: (readonly Envelope[])[];
  answering: Answering;
};

/** A server that takes batches as the starter does, signature and all. */
export async function startFakeStarter(): Promise<FakeStarter> {
  const server = createServer((request, response) => {
    void (async () => {
      const body = await text(request);
      const header = (name: string) => String(request.headers[name] ?? '');
      const headers = {
        'webhook-id': header('webhook-id'),
        'webhook-timestamp': header('webhook-timestamp'),
        'webhook-signature': header('webhook-signature'),
      };
      const verified = await verifyBatch(body, headers, Date.now(), [ENVELOPE_SECRET]);
      if (!verified.ok) return response.writeHead(401).end();
      const events = JSON.parse(body) as Envelope[];
      starter.batches.push(events);
      const answer = JSON.stringify(await starter.answering(events));
      return response.writeHead(200, { 'content-type': 'application/json' }).end(answer);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const starter: FakeStarter = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    batches: [],
    answering: takesAll,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return starter;
}
