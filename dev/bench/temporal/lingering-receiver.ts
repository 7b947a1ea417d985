/**
 * Takes the simulator's deliveries in the place of the edge, as its inbox would pass them on: a run's first event at once, and
 * the others together with its last.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RunEvent } from '../../../shared/contract/events.ts';
import { parseBody } from '../../../shared/contract/parse.ts';
import { isTerminalState } from '../../../shared/contract/states.ts';

export type Batch = readonly RunEvent[];

export type LingeringReceiver = {
  readonly url: string;
  /** Who gets the batches from now on. */
  readonly passTo: (take: (batch: Batch) => Promise<void>) => void;
  readonly close: () => void;
};

export async function receiveLingering(account: string): Promise<LingeringReceiver> {
  const kept = new Map<string, RunEvent[]>();
  let take: (batch: Batch) => Promise<void> = async () => {};
  async function hear(event: RunEvent): Promise<void> {
    const held = kept.get(event.runId);
    if (held === undefined) {
      kept.set(event.runId, []);
      await take([event]);
      return;
    }
    held.push(event);
    if (isTerminalState(event.state)) await take(held);
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const event = parseBody(Buffer.concat(chunks), {
        account,
        bodyHash: '0'.repeat(64),
        receivedAt: Date.now(),
      });
      const heard = event.ok && event.value.about === 'run' ? hear(event.value) : Promise.resolve();
      void heard.then(
        () => response.writeHead(202).end(),
        () => response.writeHead(503).end(),
      );
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    passTo: (next) => void (take = next),
    close: () => void server.close(),
  };
}
