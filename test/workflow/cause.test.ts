import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createEnvelope } from '../../shared/contract/envelope.ts';
import { deliveryKeyOf } from '../../shared/contract/keys.ts';
import { parseBody } from '../../shared/contract/parse.ts';
import { laneExecutionId } from '../../shared/contract/ids.ts';
import { continueTrace } from '../../shared/contract/trace.ts';
import { forwardBatch } from '../../worker/starter/forwarder.ts';
import { ACCOUNT } from '../events.ts';
import { type Harness, intentIdOf, runIdOf, SETTINGS, startHarness } from './harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness(inject('temporalCli'));
});
afterAll(() => harness.stop());

const read = (body: Uint8Array) =>
  parseBody(body, { account: ACCOUNT, bodyHash: '0'.repeat(64), receivedAt: Date.now() });

/** What a policy may send, as edge and starter take it. */
async function sendIntent(payload: Readonly<Record<string, unknown>>): Promise<void> {
  const event = read(new TextEncoder().encode(JSON.stringify(payload)));
  if (!event.ok) throw new Error(event.error.reason);
  const receivedAt = Date.now();
  const { key } = deliveryKeyOf(event.value, { bodyHash: '0'.repeat(64), receivedAt });
  const facts = { key, deliveryId: key, traceparent: continueTrace(null), receivedAt };
  await forwardBatch([createEnvelope(event.value, facts)], {
    executions: harness.executions,
    routing: async () => ({ settings: SETTINGS, observedRunTypes: ['TRACKED'] }),
    now: Date.now,
  });
}

const PARTNERS: Readonly<Record<string, string>> = { ping: 'pong', pong: 'ping' };

/** Sends an intent for the other of two stacks whenever a run of one has finished, and hands on what led to that run. */
async function serveCircle() {
  const answer = getRequestListener(async (request) => {
    const event = read(new Uint8Array(await request.arrayBuffer()));
    if (!event.ok || event.value.about !== 'run') return new Response(null, { status: 202 });
    const { stackId, runId, state, userMetadata } = event.value;
    const partner = PARTNERS[stackId];
    if (state === 'FINISHED' && partner !== undefined)
      await sendIntent({
        event_type: 'triggered',
        stack_id: partner,
        idempotency_key: `after-${runId}`,
        metadata: userMetadata,
        cause: [stackId],
      });
    return new Response(null, { status: 202 });
  });
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Cannot serve: no port');
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

const isOpen = async (executionId: string): Promise<boolean> =>
  harness
    .handleOf(executionId)
    .describe()
    .then(() => true)
    .catch(() => false);

describe('the cause of an intent', () => {
  test.each([
    [['refused-own'], 'it is in its own cause (refused-own → refused-own)'],
    [['a', 'b', 'c', 'd', 'e', 'f'], 'its cause is 6 deep (a → b → c → d → e → f), more than 5'],
  ])('%j has it refused by name, with a notice and without a lane', async (cause, obstacle) => {
    const intent = await harness.pursue('refused-own', `k.${cause.length}`, { cause });
    const reason = `Cannot trigger stack refused-own: ${obstacle}`;
    expect(await intent.result).toMatchObject({
      outcome: 'not-triggered',
      attempts: 0,
      reason,
      failureClass: 'final',
      cause,
    });
    expect(harness.notices).toContainEqual(
      expect.objectContaining({ topic: 'loop-refused', stackId: 'refused-own', text: reason }),
    );
    expect(await isOpen(laneExecutionId(ACCOUNT, 'refused-own'))).toBe(false);
  });

  test('as deep as allowed is none to refuse, and is known to the run', async () => {
    const stackId = await harness.addStack('cause-allowed');
    const cause = ['a', 'b', 'c', 'd', 'e'];
    const { result } = await harness.pursue(stackId, 'k', { cause });
    const ended = await result;
    expect(ended).toMatchObject({ outcome: 'completed', cause });
    const handle = harness.handleOf(runIdOf(stackId, ended.runId ?? ''));
    expect(await handle.query('progress')).toMatchObject({ cause });
  });

  test('ends two stacks that trigger each other after one round', async () => {
    const circle = await serveCircle();
    await harness.addStack('ping');
    await harness.addStack('pong');
    await harness.control('POST', '/webhooks', {
      url: circle.url,
      secret: 'test',
      family: 'run_updated',
      stacks: ['ping', 'pong'],
    });
    const first = await (await harness.pursue('ping', 'first')).result;
    const isTold = () => harness.notices.filter(({ topic }) => topic === 'loop-refused');
    await expect
      .poll(() => isTold().map(({ stackId }) => stackId), { timeout: 30_000 })
      .toContain('ping');
    expect(await harness.runsOf('ping')).toHaveLength(1);
    const [second] = await harness.runsOf('pong');
    expect(await harness.runsOf('pong')).toHaveLength(1);
    const refused = harness.handleOf(intentIdOf('ping', `key.after-${second?.id}`));
    expect(await refused.result()).toMatchObject({
      outcome: 'not-triggered',
      reason: 'Cannot trigger stack ping: it is in its own cause (ping → pong → ping)',
    });
    expect(
      await harness.handleOf(intentIdOf('pong', `key.after-${first.runId}`)).result(),
    ).toMatchObject({ outcome: 'completed', cause: ['ping'] });
    circle.close();
  });
});
