/** A starter that is away, in every manner of being away: nothing is lost, nothing is parked, order is kept. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { deliver, runKey, runPayload, unique } from './kit/deliveries.ts';
import { type Path, onEveryWay, seen, settled } from './kit/path.ts';
import { answer, type Answering, refusesAll, takesAll, verdictOn } from './kit/starter.ts';

type Outage = {
  readonly name: string;
  readonly answering: Answering;
  /** What the inbox says about it. */
  readonly lastError: RegExp;
};

const json =
  (body: string): Answering =>
  () => ({
    headers: { 'Content-Type': 'application/json' },
    body,
  });

const OUTAGES: readonly Outage[] = [
  { name: '503', answering: refusesAll(503), lastError: /: status is 503$/ },
  { name: '404', answering: refusesAll(404), lastError: /: status is 404$/ },
  { name: '400', answering: refusesAll(400), lastError: /: status is 400$/ },
  { name: '429', answering: refusesAll(429), lastError: /: status is 429$/ },
  {
    name: 'redirects that lead to a 200',
    answering: refusesAll(302, { Location: '/login' }),
    lastError: /: status is 302$/,
  },
  {
    name: 'redirects that keep the method',
    answering: refusesAll(307, { Location: '/login' }),
    lastError: /: status is 307$/,
  },
  {
    name: 'connections that are cut',
    answering: () => 'reset',
    lastError: /^Cannot forward batch: /,
  },
  { name: 'no answer in time', answering: () => 'hang', lastError: /timeout|timed out|abort/i },
  { name: '200 and no JSON', answering: json('<html>'), lastError: /^Cannot forward batch: / },
  {
    name: '200 and half of the JSON',
    answering: json('{"verdicts":['),
    lastError: /^Cannot forward batch: /,
  },
  { name: '200 and null', answering: json('null'), lastError: /: answer has no verdict on it$/ },
  {
    name: '200 and other JSON',
    answering: json('{"verdicts":{}}'),
    lastError: /: answer has no verdict on it$/,
  },
  {
    name: '200 and no verdict',
    answering: () => answer([]),
    lastError: /: answer has no verdict on it$/,
  },
  { name: '204', answering: () => ({ status: 204 }), lastError: /^Cannot forward batch: / },
  {
    name: 'verdicts that nobody knows',
    answering: ({ events }) =>
      answer(events.map((event) => verdictOn(event, 'done' as unknown as 'started'))),
    lastError: /: answer has no verdict on it$/,
  },
  {
    name: 'verdicts about other events',
    answering: ({ events }) =>
      answer(events.map((event) => verdictOn({ ...event, id: `${event.id}x` }))),
    lastError: /: answer has no verdict on it$/,
  },
  {
    name: 'verdicts in another order',
    answering: ({ events }) => answer(events.toReversed().map((event) => verdictOn(event))),
    lastError: /: answer has no verdict on it$/,
  },
];

/** A batch of the slow starter. */
const SLOWLY_MS = 100;

const outageOf = async ({ operator }: Path, inbox: string) =>
  (await operator.counts({ inbox })).inboxes[0]?.outage ?? null;

onEveryWay('outages of the starter', {}, (path) => {
  afterEach(() => expect([...path.starter.faults, ...path.starter.strays]).toEqual([]));

  const setUp = async (answering: Answering) => {
    const stack = unique('outage');
    path.starter.answer(`acme/${stack}`, answering);
    return { stack, inbox: `acme/${stack}` };
  };

  test.concurrent.each(OUTAGES)(
    '$name: everything waits and comes in order',
    async ({ answering, lastError }) => {
      const { stack, inbox } = await setUp(({ events, ...batch }) =>
        // An answer in another order needs two to be in another order.
        events.length < 2 ? { status: 503 } : answering({ events, ...batch }),
      );
      const sent = [runKey('R1', 1), runKey('R2', 1), runKey('R1', 2)];
      await deliver(path.edge, runPayload(stack, 'R1', 1));
      await deliver(path.edge, runPayload(stack, 'R2', 1));
      await deliver(path.edge, runPayload(stack, 'R1', 2));
      const outage = await seen(`outage of ${inbox}`, async () => {
        const found = await outageOf(path, inbox);
        return lastError.test(String(found?.['lastError'])) && Number(found?.['failures']) >= 2
          ? found
          : null;
      });
      expect(Number(outage['until'])).toBeGreaterThan(Number(outage['at']));
      const during = (await path.operator.list({ inbox })).toReversed();
      expect(during.map(({ key, status, attempts }) => ({ key, status, attempts }))).toEqual(
        sent.map((key) => ({ key, status: 'pending', attempts: 0 })),
      );

      path.starter.answer(inbox, takesAll);
      const after = await settled(path, inbox);
      expect(after.map(({ key, status, attempts }) => ({ key, status, attempts }))).toEqual(
        sent.map((key) => ({ key, status: 'delivered', attempts: 1 })),
      );
      expect(
        path.starter
          .eventsOf(inbox)
          .slice(-3)
          .map(({ id }) => id),
      ).toEqual(sent);
      expect(await outageOf(path, inbox)).toBeNull();
      const { attempts } = await path.operator.show(after[0]?.deliveryId ?? '', { inbox });
      expect(attempts).toMatchObject([{ verdict: null }, { verdict: 'started', count: 1 }]);
    },
  );

  test('connections that are refused: everything waits, of new inboxes too, and all of it comes', async () => {
    const stacks = [unique('refused'), unique('refused'), unique('refused')];
    const [known = '', first = '', second = ''] = stacks;
    await deliver(path.edge, runPayload(known, 'R1', 1));
    await settled(path, `acme/${known}`);
    await path.starter.close();
    for (const version of [2, 3]) await deliver(path.edge, runPayload(known, 'R1', version));
    for (const stack of [first, second])
      for (const version of [1, 2, 3]) await deliver(path.edge, runPayload(stack, 'R1', version));
    for (const stack of stacks)
      await seen(`outage of ${stack}`, async () =>
        Number((await outageOf(path, `acme/${stack}`))?.['failures']) >= 2 ? true : null,
      );
    const { total } = await path.operator.counts({ account: 'acme' });
    expect(total).toMatchObject({ pending: 8, parked: 0 });

    await path.starter.open();
    for (const stack of stacks) {
      await settled(path, `acme/${stack}`);
      expect(path.starter.eventsOf(`acme/${stack}`).map(({ id }) => id)).toEqual(
        [1, 2, 3].map((version) => runKey('R1', version)),
      );
    }
  });

  test('a backlog that drains slowly holds up no other inbox', async () => {
    const { stack, inbox } = await setUp(refusesAll(503));
    for (let version = 0; version < 60; version += 1)
      await deliver(path.edge, runPayload(stack, 'R1', version));
    path.starter.answer(inbox, async (batch) => {
      await sleep(SLOWLY_MS);
      return answer(batch.events.slice(0, 10).map((event) => verdictOn(event)));
    });
    const other = unique('beside');
    await deliver(path.edge, runPayload(other, 'R1', 1));
    await settled(path, `acme/${other}`);
    const { inboxes } = await path.operator.counts({ inbox });
    expect(inboxes[0]?.pending).toBeGreaterThan(0);
    await settled(path, inbox);
  });

  test.concurrent('Retry-After in seconds is honoured', async () => {
    const { stack, inbox } = await setUp(refusesAll(503, { 'Retry-After': '1' }));
    await deliver(path.edge, runPayload(stack, 'R1', 1));
    const waits = await waitsOf(inbox);
    // Without the header none would be longer than BACKOFF_CAP_MS.
    expect(waits[0]).toBeGreaterThanOrEqual(1000);
    expect(waits[0]).toBeLessThan(3000);
  });

  test.concurrent('Retry-After as a date is honoured', async () => {
    const until = Math.ceil(Date.now() / 1000) * 1000 + 1000;
    const { stack, inbox } = await setUp(
      refusesAll(503, { 'Retry-After': new Date(until).toUTCString() }),
    );
    await deliver(path.edge, runPayload(stack, 'R1', 1));
    await waitsOf(inbox);
    expect(path.starter.batchesOf(inbox)[1]?.at).toBeGreaterThanOrEqual(until);
    expect(path.starter.batchesOf(inbox)[1]?.at).toBeLessThan(until + 2000);
  });

  test.concurrent('Retry-After beside a verdict to retry is honoured for that delivery', async () => {
    const { stack, inbox } = await setUp(({ events }) =>
      answer(
        events.map((event) => verdictOn(event, event.subject === 'R1' ? 'retry' : 'started')),
        { 'Retry-After': '1' },
      ),
    );
    await deliver(path.edge, runPayload(stack, 'R1', 1));
    const waits = await waitsOf(inbox);
    expect(waits[0]).toBeGreaterThanOrEqual(1000);
    await deliver(path.edge, runPayload(stack, 'R2', 1));
    await seen('the other run delivered', async () =>
      (await path.operator.list({ inbox, status: 'delivered' })).at(0),
    );
  });

  test.concurrent.each(['soon', '-5', '1e9', ''])(
    'Retry-After "%s" is no reason to wait',
    async (text) => {
      const { stack, inbox } = await setUp(refusesAll(503, { 'Retry-After': text }));
      await deliver(path.edge, runPayload(stack, 'R1', 1));
      const waits = await waitsOf(inbox);
      expect(waits[0]).toBeLessThan(1000);
    },
  );

  test.concurrent.each([401, 403])(
    '%d is an alarm about the configuration, and waits like the rest',
    async (status) => {
      const { stack, inbox } = await setUp(refusesAll(status));
      await deliver(path.edge, runPayload(stack, 'R1', 1));
      const alarm = await lineAbout(inbox, 'Starter is misconfigured');
      expect(alarm).toMatchObject({
        level: 'error',
        error: `Cannot forward batch: status is ${status}`,
        attempts: 1,
        count: 1,
      });
      path.starter.answer(inbox, takesAll);
      expect(await settled(path, inbox)).toMatchObject([{ status: 'delivered', attempts: 1 }]);
    },
  );

  test.concurrent('503 is a warning', async () => {
    const { stack, inbox } = await setUp(refusesAll(503));
    await deliver(path.edge, runPayload(stack, 'R1', 1));
    expect(await lineAbout(inbox, 'Starter is unreachable')).toMatchObject({ level: 'warn' });
    expect(path.edge.lines).not.toContainEqual(
      expect.objectContaining({ inbox, msg: 'Starter is misconfigured' }),
    );
  });

  const lineAbout = (inbox: string, msg: string) =>
    seen(msg, () => path.edge.lines.find((line) => line['inbox'] === inbox && line['msg'] === msg));

  /** Between the first batches of an inbox, in ms. */
  const waitsOf = (inbox: string) =>
    seen('a second attempt', () => {
      const batches = path.starter.batchesOf(inbox);
      return batches.length < 2
        ? null
        : batches.slice(1).map(({ at }, index) => at - (batches[index]?.at ?? 0));
    });
});
