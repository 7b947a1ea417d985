import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test, vi } from 'vitest';
import { DEFAULT_PACING } from '../../edge/config.ts';
import { InboxEngine } from '../../edge/inbox/engine.ts';
import type { SqlValue } from '../../edge/inbox/sql.ts';
import type { StoredDelivery } from '../../edge/inbox/store.ts';
import { createLog } from '../../edge/log.ts';
import { verifyBatch } from '../../shared/contract/batch-signature.ts';
import { BATCH_MEDIA_TYPE } from '../../shared/contract/envelope.ts';
import { REPEAT_WINDOW_MS } from '../../shared/contract/keys.ts';
import {
  alarmOf,
  answer,
  deliver,
  eventually,
  fakeStarter,
  inboxOf,
  intentPayload,
  memoOf,
  newDelivery,
  rowsOf,
  runPayload,
  settled,
  skipWait,
  unique,
  verdictOn,
} from './kit.ts';

const HOUR_MS = 60 * 60 * 1000;

/** A stack of its own with its inbox and starter. */
function setUp(answering?: Parameters<typeof fakeStarter>[1]) {
  const stack = unique('app');
  const inbox = `acme/${stack}`;
  return { stack, inbox, starter: fakeStarter(inbox, answering) };
}

const unreachable = () => Promise.reject(new TypeError('Network connection lost'));

describe('duplicates', () => {
  test('accept() answers a duplicate with the first delivery id and forwards it once', async () => {
    const { stack, inbox, starter } = setUp();
    const first = await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    const second = await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    expect(second).toEqual({
      status: 202,
      body: { deliveryId: first.body.deliveryId, status: 'duplicate' },
    });
    await settled(inbox);
    const third = await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    expect(third.body).toEqual(second.body);
    expect(await rowsOf(inbox)).toHaveLength(1);
    expect(starter.calls.flatMap(({ events }) => events)).toHaveLength(1);
  });

  test('accept() tells states and versions of one run apart', async () => {
    const { stack, inbox } = setUp();
    await deliver(runPayload(stack, 'R', 'PLANNING', 3));
    await deliver(runPayload(stack, 'R', 'PLANNING', 6));
    await deliver(runPayload(stack, 'R', 'FINISHED', 7));
    expect(await rowsOf(inbox)).toHaveLength(3);
  });

  test('accept() takes many of the same delivery at once for one', async () => {
    const { stack, inbox } = setUp();
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => deliver(runPayload(stack, 'R', 'FINISHED', 5))),
    );
    expect(new Set(replies.map(({ body }) => body.deliveryId)).size).toBe(1);
    expect(replies.filter(({ body }) => body.status === 'accepted')).toHaveLength(1);
    expect(await rowsOf(inbox)).toHaveLength(1);
  });

  test('accept() takes an intent without a key for the same within the window, with a hint', async () => {
    const { stack } = setUp();
    const send = () => deliver(intentPayload(stack), { webhook: 'deploys' });
    const first = await send();
    const second = await send();
    expect(second.body).toEqual({
      deliveryId: first.body.deliveryId,
      status: 'duplicate',
      hint: expect.stringContaining('idempotency_key'),
    });
  });

  test('accept() tells intents by their idempotency keys, for ever', async () => {
    const { stack } = setUp();
    const send = (key: string) =>
      deliver(intentPayload(stack, { idempotency_key: key }), { webhook: 'deploys' });
    expect((await send('a')).body.status).toBe('accepted');
    expect((await send('b')).body.status).toBe('accepted');
    const again = await send('a');
    expect(again.body.status).toBe('duplicate');
    expect(again.body.hint).toBeUndefined();
  });

  test.each([
    ['just within', REPEAT_WINDOW_MS - 1, 'duplicate'],
    ['at the end of', REPEAT_WINDOW_MS, 'accepted'],
  ])(
    'accept() takes an intent %s the window, across a bucket’s end, as %s',
    async (_, later, status) => {
      const { stack } = setUp();
      const at = Math.floor(Date.now() / REPEAT_WINDOW_MS) * REPEAT_WINDOW_MS + 60_000;
      const clock = vi.spyOn(Date, 'now');
      try {
        clock.mockReturnValue(at);
        await deliver(intentPayload(stack), { webhook: 'deploys' });
        clock.mockReturnValue(at + later);
        expect((await deliver(intentPayload(stack), { webhook: 'deploys' })).body.status).toBe(
          status,
        );
      } finally {
        clock.mockRestore();
      }
    },
  );
});

describe('forwarding', () => {
  test('forward() signs the batch with both secrets and names itself to Access', async () => {
    const { stack, inbox, starter } = setUp();
    await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await settled(inbox);
    const [call] = starter.calls;
    expect(call?.url).toBe('https://starter.test/events');
    expect(call?.init).toMatchObject({ method: 'POST', redirect: 'manual' });
    expect(call?.init.signal).toBeInstanceOf(AbortSignal);
    expect(Object.fromEntries(call?.headers ?? [])).toMatchObject({
      'content-type': BATCH_MEDIA_TYPE,
      'cf-access-client-id': 'access-id',
      'cf-access-client-secret': 'access-secret',
      traceparent: expect.stringMatching(/^00-/),
    });
    const headers = {
      'webhook-id': call?.headers.get('webhook-id') ?? null,
      'webhook-timestamp': call?.headers.get('webhook-timestamp') ?? null,
      'webhook-signature': call?.headers.get('webhook-signature') ?? null,
    };
    for (const secret of ['envelope-secret', 'envelope-secret-before'])
      expect(await verifyBatch(call?.body ?? '', headers, Date.now(), [secret])).toMatchObject({
        ok: true,
      });
  });

  test('alarm() keeps the order of arrival and sends what came meanwhile in the next batch', async () => {
    const { stack, inbox, starter } = setUp();
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    starter.answering = async ({ events }) => {
      await gate;
      return answer(events.map((event) => verdictOn(event)));
    };
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    await eventually(() => expect(starter.calls).toHaveLength(1));
    for (const version of [3, 1, 2]) await deliver(runPayload(stack, 'R', 'PLANNING', version));
    release();
    await settled(inbox);
    expect(starter.calls.map(({ events }) => events.map(({ id }) => id.slice(-1)))).toEqual([
      ['0'],
      ['3', '1', '2'],
    ]);
    expect(await alarmOf(inbox)).toBeGreaterThan(Date.now() + HOUR_MS);
  });

  test('alarm() sends batches of 20, and of 100 when it is behind', async () => {
    const { stack, inbox, starter } = setUp(unreachable);
    for (let version = 0; version < 125; version += 1)
      await deliver(runPayload(stack, 'R', 'PLANNING', version));
    await eventually(async () => expect(await memoOf(inbox, 'outage')).not.toBeNull());
    starter.calls.length = 0;
    starter.answering = ({ events }) => answer(events.map((event) => verdictOn(event)));
    await skipWait(inbox);
    await settled(inbox);
    expect(starter.calls.map(({ events }) => events.length)).toEqual([100, 20, 5]);
  });

  test('alarm() takes a shorter answer for the beginning and sends the rest again at once', async () => {
    const { stack, inbox, starter } = setUp(unreachable);
    for (let version = 0; version < 5; version += 1)
      await deliver(runPayload(stack, 'R', 'PLANNING', version));
    await eventually(() => expect(starter.calls.length).toBeGreaterThan(0));
    starter.calls.length = 0;
    starter.answering = ({ events }) => answer(events.slice(0, 2).map((event) => verdictOn(event)));
    await skipWait(inbox);
    const rows = await settled(inbox);
    expect(starter.calls.map(({ events }) => events.length)).toEqual([5, 3, 1]);
    expect(rows.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1]);
  });

  test('alarm() delivers what was accepted before the object was evicted', async () => {
    const { stack, inbox, starter } = setUp(unreachable);
    await deliver(runPayload(stack, 'R', 'PLANNING', 1));
    await eventually(async () => expect(await memoOf(inbox, 'outage')).not.toBeNull());
    await evictDurableObject(inboxOf(inbox));
    starter.answering = ({ events }) => answer(events.map((event) => verdictOn(event)));
    await deliver(runPayload(stack, 'R', 'PLANNING', 2));
    await skipWait(inbox);
    const rows = await settled(inbox);
    expect(rows.map(({ seq }) => seq)).toEqual([1, 2]);
  });

  test('accept() arms the alarm of a delivery that was cut off before it was armed', async () => {
    const { stack, inbox, starter } = setUp(unreachable);
    await deliver(runPayload(stack, 'R', 'PLANNING', 1));
    await eventually(async () => expect(await memoOf(inbox, 'outage')).not.toBeNull());
    await runInDurableObject(inboxOf(inbox), async (_, state) => {
      state.storage.sql.exec("DELETE FROM memos WHERE name = 'outage'");
      await state.storage.deleteAlarm();
    });
    starter.answering = ({ events }) => answer(events.map((event) => verdictOn(event)));
    expect((await deliver(runPayload(stack, 'R', 'PLANNING', 1))).body.status).toBe('duplicate');
    await settled(inbox);
  });
});

describe('verdicts', () => {
  test('alarm() parks what the starter refuses, with its reason, and goes on with the rest', async () => {
    const { stack, inbox } = setUp(({ events }) =>
      answer(
        events.map((event) =>
          event.id.includes('/BAD/')
            ? verdictOn(event, 'refused', { reason: 'account-unknown' })
            : verdictOn(event),
        ),
      ),
    );
    await deliver(runPayload(stack, 'BAD', 'QUEUED', 0));
    await deliver(runPayload(stack, 'GOOD', 'QUEUED', 0));
    await eventually(async () =>
      expect((await rowsOf(inbox)).map(({ status }) => status)).toEqual(['parked', 'delivered']),
    );
    expect((await rowsOf(inbox))[0]).toMatchObject({
      reason: 'account-unknown',
      verdict: 'refused',
      settledAt: expect.any(Number),
    });
  });

  test('alarm() lets a retry hold its own run and nothing else', async () => {
    const { stack, inbox, starter } = setUp(({ events }) =>
      answer(
        events.map((event) =>
          event.id.includes('/HELD/')
            ? verdictOn(event, 'retry', { reason: 'temporal is away' })
            : verdictOn(event),
        ),
      ),
    );
    await deliver(runPayload(stack, 'HELD', 'QUEUED', 0));
    await eventually(async () => expect((await rowsOf(inbox))[0]?.['attempts']).toBe(1));
    await deliver(runPayload(stack, 'FREE', 'QUEUED', 0));
    await deliver(runPayload(stack, 'HELD', 'FINISHED', 1));
    await deliver(runPayload(stack, 'FREE', 'FINISHED', 1));
    await eventually(async () =>
      expect((await rowsOf(inbox)).map(({ status }) => status)).toEqual([
        'pending',
        'delivered',
        'pending',
        'delivered',
      ]),
    );
    const [held, , behind] = await rowsOf(inbox);
    expect(held).toMatchObject({ attempts: 1, lastError: 'temporal is away' });
    expect(behind).toMatchObject({ attempts: 0, nextAttemptAt: 0 });
    expect(starter.calls.flatMap(({ events }) => events.map(({ subject }) => subject))).toEqual([
      'HELD',
      'FREE',
      'FREE',
    ]);
    // The alarm waits for the held one, in the middle of its backoff of 5 to 10 minutes.
    expect(await alarmOf(inbox)).toBe(held?.['nextAttemptAt']);
    starter.answering = ({ events }) => answer(events.map((event) => verdictOn(event)));
    await skipWait(inbox);
    await settled(inbox);
    expect(starter.calls.at(-1)?.events.map(({ id }) => id)).toEqual([
      'run/acme/HELD/QUEUED/exact.0',
      'run/acme/HELD/FINISHED/exact.1',
    ]);
  });

  test('alarm() parks a delivery that others have overtaken for too long, and frees its run', async () => {
    const { stack, inbox, starter } = setUp(({ events }) =>
      answer(
        events.map((event) =>
          event.id.includes('/HELD/QUEUED') ? verdictOn(event, 'retry') : verdictOn(event),
        ),
      ),
    );
    await deliver(runPayload(stack, 'HELD', 'QUEUED', 0));
    await eventually(async () => expect((await rowsOf(inbox))[0]?.['attempts']).toBe(1));
    const longAgo = Date.now() - 25 * HOUR_MS;
    const retryingSince = (at: number) =>
      runInDurableObject(inboxOf(inbox), (_, state) => {
        state.storage.sql.exec(
          "UPDATE deliveries SET retryingSince = ? WHERE status = 'pending'",
          at,
        );
      });
    await retryingSince(longAgo);
    await skipWait(inbox);
    // Nothing else got through since: it is not this delivery's fault.
    expect((await rowsOf(inbox))[0]).toMatchObject({ status: 'pending', attempts: 2 });
    await deliver(runPayload(stack, 'FREE', 'QUEUED', 0));
    await deliver(runPayload(stack, 'HELD', 'FINISHED', 1));
    await eventually(async () =>
      expect((await rowsOf(inbox))[1]).toMatchObject({ status: 'delivered' }),
    );
    await skipWait(inbox);
    await eventually(async () =>
      expect((await rowsOf(inbox)).map(({ status }) => status)).toEqual([
        'parked',
        'delivered',
        'delivered',
      ]),
    );
    expect((await rowsOf(inbox))[0]).toMatchObject({ reason: 'retried-too-long' });
    expect(starter.calls.at(-1)?.events.at(-1)?.id).toBe('run/acme/HELD/FINISHED/exact.1');
  });

  test('alarm() waits as long as Retry-After says when that is longer than its own backoff', async () => {
    const { stack, inbox, starter } = setUp(({ events }) =>
      answer(
        events.map((event) => verdictOn(event, 'retry')),
        { headers: { 'Retry-After': '840' } },
      ),
    );
    const before = Date.now();
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    await eventually(async () => expect((await rowsOf(inbox))[0]?.['attempts']).toBe(1));
    expect(await alarmOf(inbox)).toBeGreaterThanOrEqual(before + 840_000);
    expect(starter.calls).toHaveLength(1);
  });
});

describe('an unreachable starter', () => {
  const away: [string, Parameters<typeof fakeStarter>[1]][] = [
    ['does not connect', unreachable],
    ['answers 503', () => new Response('down', { status: 503 })],
    ['answers 404', () => new Response('no such route', { status: 404 })],
    ['redirects to a login', () => new Response(null, { status: 302, headers: { location: '/' } })],
    ['answers no JSON', () => new Response('<html>')],
    ['answers another JSON', () => Response.json({ ok: true })],
    ['answers no verdict', () => answer([])],
    ['answers about other events', () => answer([{ id: 'other', verdict: 'started' }])],
    [
      'does not answer in time',
      ({ init }) =>
        new Promise((_, reject) => {
          init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
        }),
    ],
  ];

  test.each(away)('alarm() loses and parks nothing when the starter %s', async (_, answering) => {
    const { stack, inbox, starter } = setUp(answering);
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    await deliver(runPayload(stack, 'S', 'QUEUED', 0));
    await eventually(async () =>
      expect(await memoOf(inbox, 'outage')).toMatchObject({ failures: 1 }),
    );
    await runInDurableObject(inboxOf(inbox), (_instance, state) => {
      state.storage.sql.exec(
        'UPDATE deliveries SET receivedAt = receivedAt - ?',
        90 * 24 * HOUR_MS,
      );
    });
    expect((await rowsOf(inbox)).map(({ status }) => status)).toEqual(['pending', 'pending']);
    starter.answering = ({ events }) => answer(events.map((event) => verdictOn(event)));
    await skipWait(inbox);
    await settled(inbox);
    expect(await memoOf(inbox, 'outage')).toBeNull();
  });

  test('alarm() backs off further with each failure, and new deliveries do not shorten the wait', async () => {
    const { stack, inbox, starter } = setUp(unreachable);
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    await eventually(async () => expect(await memoOf(inbox, 'outage')).not.toBeNull());
    const wakeAt = await alarmOf(inbox);
    expect(wakeAt).toBeGreaterThan(Date.now() + 4 * 60_000);
    await deliver(runPayload(stack, 'S', 'QUEUED', 0));
    expect(await alarmOf(inbox)).toBe(wakeAt);
    expect(starter.calls).toHaveLength(1);
    await runInDurableObject(inboxOf(inbox), (_, state) => {
      state.storage.sql.exec(
        "UPDATE memos SET json = json_set(json, '$.until', 0) WHERE name = 'outage'",
      );
    });
    await runDurableObjectAlarm(inboxOf(inbox));
    expect(await memoOf(inbox, 'outage')).toMatchObject({
      failures: 2,
      lastError: 'Cannot forward batch: TypeError: Network connection lost',
    });
    expect(await alarmOf(inbox)).toBeGreaterThanOrEqual(Date.now() + 9 * 60_000);
  });

  test('alarm() waits as long as Retry-After says', async () => {
    const before = Date.now();
    const { stack, inbox } = setUp(
      () => new Response(null, { status: 503, headers: { 'Retry-After': '840' } }),
    );
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    await eventually(async () => expect(await memoOf(inbox, 'outage')).not.toBeNull());
    expect(await alarmOf(inbox)).toBeGreaterThanOrEqual(before + 840_000);
  });

  test('alarm() is armed before the call, for when nobody is left to arm it afterwards', async () => {
    const { stack, inbox, starter } = setUp();
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    starter.answering = async ({ events }) => {
      await gate;
      return answer(events.map((event) => verdictOn(event)));
    };
    const before = Date.now();
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    await eventually(() => expect(starter.calls).toHaveLength(1));
    const lease = await alarmOf(inbox);
    expect(lease).toBeGreaterThanOrEqual(before + 500 + 5000);
    expect(lease).toBeLessThan(before + 60_000);
    release();
    await settled(inbox);
  });
});

describe('arrivals', () => {
  /** An engine over the storage of an unused object, whose writes are counted and may be made to fail. */
  const withEngine = (
    check: (engine: InboxEngine, writes: { count: number; fail: boolean }) => Promise<void>,
  ) =>
    runInDurableObject(inboxOf(unique('arrivals')), async (_, { storage }) => {
      const writes = { count: 0, fail: false };
      const engine = new InboxEngine({
        sql: {
          query: <Row>(statement: string, ...bindings: SqlValue[]) =>
            storage.sql.exec(statement, ...bindings).toArray() as Row[],
          run: (statements) => void storage.sql.exec(statements),
          transaction: (work) =>
            storage.transactionSync(() => {
              writes.count += 1;
              const written = work();
              if (writes.fail) throw new Error('disk is full');
              return written;
            }),
        },
        alarm: { setFor: async () => null, set: async () => {}, clear: async () => {} },
        forward: () => Promise.reject(new Error('Cannot forward: nothing is forwarded here')),
        pacing: DEFAULT_PACING,
        forwardTimeoutMs: 0,
        clock: () => Date.now(),
        sleep: (ms) => scheduler.wait(ms),
        random: () => 0,
        log: createLog('silent'),
      });
      writes.count = 0;
      await check(engine, writes);
    });

  const arrival = (key: string): StoredDelivery => {
    const { inbox: _, ...delivery } = newDelivery({ key, deliveryId: unique('delivery') });
    return { ...delivery, body: new Uint8Array(1), chunks: [], bodyBytes: 1 };
  };

  test('accept() keeps what arrives at once by one write, in its order, and tells repetitions in it', () =>
    withEngine(async (engine, writes) => {
      const arrivals = [arrival('first'), arrival('second'), arrival('first')];
      const acceptances = await Promise.all(
        arrivals.map((each) => engine.accept('acme/app', each)),
      );
      expect(acceptances.map(({ isDuplicate }) => isDuplicate)).toEqual([false, false, true]);
      expect(acceptances[2]?.deliveryId).toBe(arrivals[0]?.deliveryId);
      expect(engine.store.due(Date.now(), 9).map(({ key }) => key)).toEqual(['first', 'second']);
      expect(writes.count).toBe(1);
      await engine.accept('acme/app', arrival('third'));
      expect(writes.count).toBe(2);
    }));

  test('accept() keeps nothing of a write that fails, and the next ones whole', () =>
    withEngine(async (engine, writes) => {
      writes.fail = true;
      const failed = await Promise.allSettled([
        engine.accept('acme/app', arrival('first')),
        engine.accept('acme/app', arrival('second')),
      ]);
      expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(engine.store.nextDueAt()).toBeNull();
      writes.fail = false;
      expect((await engine.accept('acme/app', arrival('first'))).isDuplicate).toBe(false);
      expect(engine.store.memo('name')).toBe('acme/app');
    }));
});

describe('pruning', () => {
  const at = (time: number) => vi.spyOn(Date, 'now').mockReturnValue(time);
  const DAY_MS = 24 * HOUR_MS;

  /** Places of the deliveries that still have their body, in their row or beside it. */
  const bodies = (inbox: string) =>
    runInDurableObject(inboxOf(inbox), (_, state) =>
      state.storage.sql
        .exec('SELECT seq FROM deliveries WHERE body IS NOT NULL UNION SELECT seq FROM bodies')
        .toArray(),
    );

  test.each([
    ['a small', 0],
    ['a large', 10_000],
  ])(
    'alarm() takes %s body and its envelope after one retention and the key after a longer one',
    async (_, more) => {
      const { stack, inbox, starter } = setUp();
      await deliver({ ...runPayload(stack, 'R', 'QUEUED', 0), padding: 'x'.repeat(more) });
      await settled(inbox);
      const start = Date.now();
      const pruneAt = Number(await alarmOf(inbox));
      expect(pruneAt).toBeGreaterThan(start + 3 * DAY_MS - 60_000);
      expect(await bodies(inbox)).toEqual([{ seq: 1 }]);
      const clock = at(pruneAt);
      try {
        await runDurableObjectAlarm(inboxOf(inbox));
        expect(await bodies(inbox)).toEqual([]);
        expect((await rowsOf(inbox))[0]).toMatchObject({ envelope: null, status: 'delivered' });
        const again = await deliver(runPayload(stack, 'R', 'QUEUED', 0));
        expect(again.body.status).toBe('duplicate');
        const nextAt = Number(await alarmOf(inbox));
        expect(nextAt).toBeGreaterThan(start + 30 * DAY_MS - 60_000);
        clock.mockReturnValue(nextAt);
        await runDurableObjectAlarm(inboxOf(inbox));
        expect(await rowsOf(inbox)).toEqual([]);
        expect(await alarmOf(inbox)).toBeNull();
      } finally {
        clock.mockRestore();
      }
      expect(starter.calls).toHaveLength(1);
    },
  );

  test('accept() delivers at once though an alarm is armed for a pruning days ahead', async () => {
    const { stack, inbox } = setUp();
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    await settled(inbox);
    const pruneAt = await alarmOf(inbox);
    expect(pruneAt).toBeGreaterThan(Date.now() + DAY_MS);
    await deliver(runPayload(stack, 'R', 'FINISHED', 1));
    const rows = await settled(inbox);
    expect(rows).toHaveLength(2);
    // The pruning of the first is still to come.
    expect(await alarmOf(inbox)).toBe(pruneAt);
  });

  test('alarm() prunes during an outage without asking the starter', async () => {
    const { stack, inbox, starter } = setUp();
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    await settled(inbox);
    const pruneAt = Number(await memoOf(inbox, 'pruneAt'));
    starter.answering = unreachable;
    await deliver(runPayload(stack, 'S', 'QUEUED', 0));
    await eventually(async () => expect(await memoOf(inbox, 'outage')).not.toBeNull());
    await runInDurableObject(inboxOf(inbox), (_, state) => {
      state.storage.sql.exec(
        "UPDATE memos SET json = json_set(json, '$.until', ?) WHERE name = 'outage'",
        pruneAt + HOUR_MS,
      );
    });
    const clock = at(pruneAt + 1);
    try {
      await runDurableObjectAlarm(inboxOf(inbox));
      expect(await alarmOf(inbox)).toBe(pruneAt + HOUR_MS);
    } finally {
      clock.mockRestore();
    }
    expect(starter.calls).toHaveLength(2);
    expect((await rowsOf(inbox)).map(({ envelope }) => envelope === null)).toEqual([true, false]);
    expect(await bodies(inbox)).toEqual([{ seq: 2 }]);
  });

  test('alarm() never prunes what is parked', async () => {
    const { stack, inbox } = setUp(({ events }) =>
      answer(
        events.map((event) => verdictOn(event, event.subject === 'R' ? 'refused' : 'started')),
      ),
    );
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    await deliver(runPayload(stack, 'S', 'QUEUED', 0));
    await eventually(async () =>
      expect((await rowsOf(inbox)).map(({ status }) => status)).toEqual(['parked', 'delivered']),
    );
    const clock = at(Date.now() + 365 * DAY_MS);
    try {
      await runDurableObjectAlarm(inboxOf(inbox));
    } finally {
      clock.mockRestore();
    }
    expect(await rowsOf(inbox)).toMatchObject([{ status: 'parked' }]);
    expect(await bodies(inbox)).toEqual([{ seq: 1 }]);
  });
});
