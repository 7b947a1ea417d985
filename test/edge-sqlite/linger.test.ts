import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { keep, kept, openInbox, range, runPayload, temporaryFolder } from './kit.ts';

const LINGER_MS = 30_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Lets time pass, and what is due by then happen: signing a batch takes a little real time. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  for (const _ of range(20)) {
    await sleep(3);
    await vi.advanceTimersByTimeAsync(0);
  }
}

function openLingering(folder: string) {
  const opened = openInbox(folder, { pacing: { lingerMs: LINGER_MS } });
  /** States in each batch, in the order they were forwarded. */
  const batches = () =>
    opened.starter.batches.map((events) =>
      events.map(({ data }) => ('state' in data ? data.state : data.type)),
    );
  return { ...opened, batches };
}

describe('lingering', () => {
  test('a run’s first event is never held, whatever its state and position', async () => {
    using folder = temporaryFolder();
    const { inbox, batches } = openLingering(folder.path);
    await keep(inbox, runPayload('app', 'R', 'PLANNING', 4));
    await keep(inbox, runPayload('app', 'S', 'QUEUED', 0));
    await pass(0);
    expect(batches().flat()).toEqual(['PLANNING', 'QUEUED']);
    await inbox.close();
  });

  test.each(['UNCONFIRMED', 'FINISHED', 'FAILED', 'DISCARDED'])(
    'states that decide nothing travel in one batch with %s',
    async (state) => {
      using folder = temporaryFolder();
      const { inbox, batches } = openLingering(folder.path);
      await keep(inbox, runPayload('app', 'R', 'QUEUED', 0));
      await pass(0);
      await keep(inbox, runPayload('app', 'R', 'READY', 1));
      await keep(inbox, runPayload('app', 'R', 'PLANNING', 2));
      await pass(0);
      expect(batches()).toEqual([['QUEUED']]);
      expect((await kept(inbox, 'app')).map(({ reason }) => reason)).toEqual([
        null,
        'lingering',
        'lingering',
      ]);
      await keep(inbox, runPayload('app', 'R', state, 3));
      await pass(0);
      expect(batches()).toEqual([['QUEUED'], ['READY', 'PLANNING', state]]);
      expect((await kept(inbox, 'app')).map(({ reason }) => reason)).toEqual(
        range(4).map(() => null),
      );
      await inbox.close();
    },
  );

  test('without company they go together when the first has lingered long enough, and no sooner', async () => {
    using folder = temporaryFolder();
    const { inbox, batches } = openLingering(folder.path);
    await keep(inbox, runPayload('app', 'R', 'QUEUED', 0));
    await pass(0);
    await keep(inbox, runPayload('app', 'R', 'READY', 1));
    await pass(LINGER_MS - 1000);
    await keep(inbox, runPayload('app', 'R', 'PLANNING', 2));
    await pass(999);
    expect(batches()).toEqual([['QUEUED']]);
    await pass(1);
    expect(batches()).toEqual([['QUEUED'], ['READY', 'PLANNING']]);
    await inbox.close();
  });

  test('a deciding state of another run, or another kind of event, takes nobody along', async () => {
    using folder = temporaryFolder();
    const { inbox, batches } = openLingering(folder.path);
    await keep(inbox, runPayload('app', 'R', 'QUEUED', 0));
    await pass(0);
    await keep(inbox, runPayload('app', 'R', 'READY', 1));
    await keep(inbox, runPayload('app', 'S', 'FAILED', 5));
    await keep(inbox, { event_type: 'completed', stack_id: 'app' });
    await pass(0);
    expect(batches().flat()).toEqual(['QUEUED', 'FAILED', 'completed']);
    await pass(LINGER_MS);
    expect(batches().flat()).toEqual(['QUEUED', 'FAILED', 'completed', 'READY']);
    await inbox.close();
  });

  test('an operator’s redelivery does not wait', async () => {
    using folder = temporaryFolder();
    const { inbox, batches } = openLingering(folder.path);
    await keep(inbox, runPayload('app', 'R', 'QUEUED', 0));
    await pass(0);
    const { deliveryId } = await keep(inbox, runPayload('app', 'R', 'READY', 1));
    const redelivered = inbox.redeliver('acme/app', [deliveryId]);
    await pass(0);
    expect(await redelivered).toMatchObject([{ status: 'delivered', reason: null }]);
    expect(batches()).toEqual([['QUEUED'], ['READY']]);
    await inbox.close();
  });

  test('what lingers when the process ends is forwarded by the next one', async () => {
    using folder = temporaryFolder();
    const first = openLingering(folder.path);
    await keep(first.inbox, runPayload('app', 'R', 'QUEUED', 0));
    await pass(0);
    await keep(first.inbox, runPayload('app', 'R', 'READY', 1));
    await first.inbox.close();
    const second = openLingering(folder.path);
    await second.inbox.wake();
    await pass(LINGER_MS);
    expect(second.batches()).toEqual([['READY']]);
    await second.inbox.close();
  });
});
