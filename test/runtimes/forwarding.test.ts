/** What every inbox does with every way to the starter, seen from outside: by webhooks, operator routes and the starter. */
import { afterEach, expect, test } from 'vitest';
import { deliver, runKey, runPayload, unique } from './kit/deliveries.ts';
import { onEveryWay, seen, settled } from './kit/path.ts';
import { answer, ENVELOPE_SECRET, refusesAll, takesAll, verdictOn } from './kit/starter.ts';

const countUp = (count: number) => Array.from({ length: count }, (_, index) => index);

/** The starter knows the secret before; both sign while they rotate. */
const ENV = {
  FORWARD_TIMEOUT_MS: '10000',
  ENVELOPE_SECRET: 'the next secret',
  ENVELOPE_SECRET_PREVIOUS: ENVELOPE_SECRET,
  STARTER_ACCESS_CLIENT_ID: 'access-id',
  STARTER_ACCESS_CLIENT_SECRET: 'access-secret',
};

onEveryWay('inbox', ENV, (path) => {
  afterEach(() => expect(path.starter.faults).toEqual([]));

  const idsOf = (inbox: string) => path.starter.eventsOf(inbox).map(({ id }) => id);

  test('keeps a delivery once, however often it comes', async () => {
    const { edge } = path;
    const stack = unique('again');
    const first = await deliver(edge, runPayload(stack, 'R1', 1));
    expect(first).toEqual({ deliveryId: expect.any(String), status: 'accepted' });
    const duplicate = { deliveryId: first.deliveryId, status: 'duplicate' };
    expect(await deliver(edge, runPayload(stack, 'R1', 1))).toEqual(duplicate);
    await settled(path, `acme/${stack}`);
    expect(await deliver(edge, runPayload(stack, 'R1', 1))).toEqual(duplicate);
    await deliver(edge, runPayload(stack, 'R1', 2));
    expect(await settled(path, `acme/${stack}`)).toMatchObject([
      { key: runKey('R1', 1), status: 'delivered', verdict: 'started', attempts: 1 },
      { key: runKey('R1', 2), status: 'delivered', verdict: 'started', attempts: 1 },
    ]);
    expect(idsOf(`acme/${stack}`)).toEqual([runKey('R1', 1), runKey('R1', 2)]);
  });

  test('keeps one of those that come at once', async () => {
    const stack = unique('at-once');
    const receipts = await Promise.all(
      countUp(20).map(() => deliver(path.edge, runPayload(stack, 'R1', 1))),
    );
    expect(new Set(receipts.map(({ deliveryId }) => deliveryId)).size).toBe(1);
    expect(receipts.filter(({ status }) => status === 'accepted')).toHaveLength(1);
    await settled(path, `acme/${stack}`);
    expect(idsOf(`acme/${stack}`)).toEqual([runKey('R1', 1)]);
  });

  test('forwards the events of a run in the order they came, whatever comes beside', async () => {
    const stacks = [unique('order'), unique('order')];
    await Promise.all(
      stacks.flatMap((stack) =>
        ['R1', 'R2', 'R3'].map(async (run) => {
          for (const version of countUp(15))
            await deliver(path.edge, runPayload(stack, run, version));
        }),
      ),
    );
    for (const stack of stacks) {
      await settled(path, `acme/${stack}`);
      for (const run of ['R1', 'R2', 'R3'])
        expect(idsOf(`acme/${stack}`).filter((id) => id.includes(`/${run}/`))).toEqual(
          countUp(15).map((version) => runKey(run, version)),
        );
    }
  });

  test('gathers a backlog into batches of at most 100, in order', async () => {
    const inbox = `acme/${unique('backlog')}`;
    path.starter.answer(inbox, refusesAll(503));
    const keys = countUp(130).map((version) => runKey('R1', version));
    for (const version of countUp(130))
      await deliver(path.edge, runPayload(inbox.slice('acme/'.length), 'R1', version));
    const before = path.starter.batchesOf(inbox).length;
    path.starter.answer(inbox, takesAll);
    await settled(path, inbox);
    const batches = path.starter
      .batchesOf(inbox)
      .filter(({ events }, index) => index >= before && events.length > 0)
      .map(({ events }) => events.map(({ id }) => id));
    expect(batches.flat().slice(-130)).toEqual(keys);
    const sizes = batches.map(({ length }) => length);
    expect(Math.max(...sizes)).toBe(100);
    expect(sizes.length).toBeLessThanOrEqual(4);
  });

  test('lets a verdict to retry hold its own run only', async () => {
    const inbox = `acme/${unique('retry')}`;
    const stack = inbox.slice('acme/'.length);
    path.starter.answer(inbox, ({ events }) =>
      answer(
        events.map((event) =>
          event.subject === 'HELD'
            ? verdictOn(event, 'retry', { reason: 'not yet' })
            : verdictOn(event),
        ),
        { 'Retry-After': '2' },
      ),
    );
    await deliver(path.edge, runPayload(stack, 'HELD', 1));
    await seen('the first attempt', async () => {
      const [held] = await path.operator.list({ inbox });
      return held?.attempts === 1 ? held : null;
    });
    await deliver(path.edge, runPayload(stack, 'HELD', 2));
    await deliver(path.edge, runPayload(stack, 'FREE', 1));
    await seen('the free run delivered', async () =>
      (await path.operator.list({ inbox, status: 'delivered' })).at(0),
    );
    expect((await path.operator.list({ inbox })).toReversed()).toMatchObject([
      { key: runKey('HELD', 1), status: 'pending', lastError: 'not yet', verdict: 'retry' },
      { key: runKey('HELD', 2), status: 'pending', attempts: 0 },
      { key: runKey('FREE', 1), status: 'delivered', attempts: 1 },
    ]);
    path.starter.answer(inbox, takesAll);
    await settled(path, inbox);
    expect(idsOf(inbox)).toEqual([
      runKey('HELD', 1),
      runKey('FREE', 1),
      runKey('HELD', 1),
      runKey('HELD', 2),
    ]);
  });

  test('parks what is refused with its reason, and goes on behind it', async () => {
    const inbox = `acme/${unique('refused')}`;
    const stack = inbox.slice('acme/'.length);
    path.starter.answer(inbox, ({ events }) =>
      answer(
        events.map((event) =>
          event.id === runKey('R1', 1)
            ? verdictOn(event, 'refused', { reason: 'no such thing' })
            : verdictOn(event, 'signalled', { executionId: 'an/execution' }),
        ),
      ),
    );
    await deliver(path.edge, runPayload(stack, 'R1', 1));
    await deliver(path.edge, runPayload(stack, 'R1', 2));
    expect(await settled(path, inbox)).toMatchObject([
      { key: runKey('R1', 1), status: 'parked', reason: 'no such thing', verdict: 'refused' },
      {
        key: runKey('R1', 2),
        status: 'delivered',
        verdict: 'signalled',
        executionId: 'an/execution',
      },
    ]);
    expect(path.edge.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        msg: 'Delivery parked',
        key: runKey('R1', 1),
        inbox,
      }),
    );
  });

  test('takes an answer for less than the batch as not having tried the rest', async () => {
    const inbox = `acme/${unique('shorter')}`;
    const stack = inbox.slice('acme/'.length);
    path.starter.answer(inbox, refusesAll(503));
    for (const version of countUp(6)) await deliver(path.edge, runPayload(stack, 'R1', version));
    path.starter.answer(inbox, ({ events }) =>
      answer(events.slice(0, 2).map((event) => verdictOn(event))),
    );
    const deliveries = await settled(path, inbox);
    expect(deliveries.map(({ attempts }) => attempts)).toEqual(countUp(6).map(() => 1));
    const firsts = path.starter.batchesOf(inbox).map(({ events }) => events[0]?.id);
    expect(firsts.slice(-3)).toEqual([0, 2, 4].map((version) => runKey('R1', version)));
  });

  test('signs with every secret, and shows Access its token where there is Access', async () => {
    const inbox = `acme/${unique('headers')}`;
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const stack = inbox.slice('acme/'.length);
    await deliver(path.edge, runPayload(stack, 'R1', 1), {
      headers: { Traceparent: `00-${traceId}-b7ad6b7169203331-01` },
    });
    await settled(path, inbox);
    const [batch] = path.starter.batchesOf(inbox);
    expect(batch?.path).toBe('/events');
    expect(batch?.headers['webhook-signature']).toMatch(/^v1,\S+ v1,\S+$/);
    expect(batch?.headers['traceparent']).toContain(traceId);
    expect(batch?.events[0]?.traceparent).toContain(traceId);
    const isByUrl = path.way.by === 'URL';
    expect(batch?.headers['cf-access-client-id']).toBe(isByUrl ? 'access-id' : undefined);
    expect(batch?.headers['cf-access-client-secret']).toBe(isByUrl ? 'access-secret' : undefined);
  });
});
