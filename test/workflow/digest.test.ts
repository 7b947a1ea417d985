/** Digests of quiet routes, on a real Temporal server. */
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest';
import type { Route } from '../../shared/activities/notice-activities.ts';
import { SendFailure } from '../../shared/activities/notice-activities.ts';
import { digestExecutionId } from '../../shared/contract/ids.ts';
import { SIGNALS } from '../../shared/contract/names.ts';
import type { HeldNotice, Notice } from '../../shared/workflow/notice-messages.ts';
import { startOfDigest } from '../../shared/workflow/start.ts';
import { createAddressGuard } from '../../worker/outgoing/address-guard.ts';
import { createRoutes } from '../../worker/notifiers/routes.ts';
import { type Harness, startHarness } from './harness.ts';

const PATIENT = { timeout: 30_000, interval: 50 };

const NOTICE: Notice = {
  topic: 'run-failed',
  account: 'demo',
  stackId: 'app',
  runId: '01RUN',
  state: 'FAILED',
  url: null,
  text: 'Run failed: app',
  executionId: 'spacelift/demo/app/run/01RUN',
  traceId: '0'.repeat(32),
};

/** So few events that a digest of many goes on in another execution. */
const HISTORY_CONFIG = ['limit.historyCount.suggestContinueAsNew=60'];

let harness: Harness;
let sent: { route: string; notice: Notice; key: string }[];
let failures: SendFailure[];
let sending: Promise<void>;

const routeCalled = (name: string): Route => ({
  name,
  isDefault: false,
  async send({ notice, key }) {
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
    sent.push({ route: name, notice, key });
    await sending;
    return { outcome: 'sent' };
  },
});

beforeAll(async () => {
  const routes = ['night', 'later', 'busy', 'restarted', 'refused', 'whole', 'long'].map(
    routeCalled,
  );
  harness = await startHarness(
    inject('temporalCli'),
    {},
    { workers: { routes }, serverConfig: HISTORY_CONFIG },
  );
});
afterAll(() => harness.stop());
beforeEach(() => {
  sent = [];
  failures = [];
  sending = Promise.resolve();
});

const hold = (route: string, notice: Partial<Notice>, key: string, waitMs: number) =>
  harness.executions.signalWithStart(
    startOfDigest(route),
    {
      name: SIGNALS.holdNotice,
      payload: {
        notice: { ...NOTICE, ...notice },
        key,
        until: Date.now() + waitMs,
      } satisfies HeldNotice,
    },
    'always',
  );

const ended = (route: string): Promise<unknown> =>
  harness.handleOf(digestExecutionId(route)).result();

const of = (run: string, text: string) => ({ executionId: `spacelift/demo/app/run/${run}`, text });

describe('SpaceliftDigestWorkflow()', () => {
  test('sends one notice of all that was held, once, and the last of each execution', async () => {
    await hold('night', of('01', 'waits'), 'a', 2000);
    await hold('night', of('02', 'other'), 'b', 2000);
    await hold('night', of('01', 'failed'), 'c', 2000);
    await hold('night', of('01', 'failed'), 'c', 2000);
    await ended('night');
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      route: 'night',
      notice: {
        topic: 'digest',
        account: 'demo',
        text: '3 notices while night was quiet\n• other\n• failed',
      },
    });
  });

  test('waits for the latest end that it was told', async () => {
    const end = Date.now() + 3000;
    await hold('later', of('01', 'one'), 'a', 500);
    await hold('later', of('02', 'two'), 'b', 3000);
    await ended('later');
    expect(Date.now()).toBeGreaterThanOrEqual(end);
    expect(sent.map(({ notice }) => notice.text)).toEqual([
      '2 notices while later was quiet\n• one\n• two',
    ]);
  });

  test('what comes while a digest is sent is in the next, which has another key', async () => {
    let release = () => {};
    sending = new Promise((resolve) => {
      release = resolve;
    });
    await hold('busy', of('01', 'one'), 'a', 0);
    await vi.waitFor(() => expect(sent).toHaveLength(1), PATIENT);
    await hold('busy', of('02', 'two'), 'b', 0);
    release();
    await ended('busy');
    expect(sent.map(({ notice }) => notice.text.split('\n')[1])).toEqual(['• one', '• two']);
    expect(new Set(sent.map(({ key }) => key)).size).toBe(2);
  });

  test('survives the worker', async () => {
    await hold('restarted', of('01', 'one'), 'a', 3000);
    await harness.restartWorkers();
    await ended('restarted');
    expect(sent.map(({ notice }) => notice.text)).toEqual([
      '1 notice while restarted was quiet\n• one',
    ]);
  });

  test('tries again what passes, and fails in sight with what does not', async () => {
    failures = [
      new SendFailure('status is 503', false, 10),
      new SendFailure('status is 404', true),
    ];
    await hold('refused', of('01', 'one'), 'a', 0);
    await expect(ended('refused')).rejects.toMatchObject({
      cause: { cause: { message: 'Cannot send to refused: status is 404' } },
    });
    await hold('refused', of('02', 'two'), 'b', 0);
    await ended('refused');
    expect(sent).toHaveLength(1);
  });

  test('goes on in another execution, and tells the number of what no longer fits', async () => {
    await hold('long', of('run-0', 'number 0'), 'key-0', 6000);
    const handle = harness.handleOf(digestExecutionId('long'));
    const { runId } = await handle.describe();
    for (let index = 1; index < 45; index += 1) {
      await hold('long', of(`run-${index}`, `number ${index}`), `key-${index}`, 6000);
      await hold('long', of(`run-${index}`, `number ${index}`), `key-${index}`, 6000);
    }
    await handle.result();
    expect((await handle.describe()).runId).not.toBe(runId);
    expect(sent).toHaveLength(1);
    const lines = sent.flatMap(({ notice }) => notice.text.split('\n'));
    expect(lines.slice(0, 3)).toEqual([
      '45 notices while long was quiet',
      '… and 5 before these',
      '• number 5',
    ]);
    expect(lines).toHaveLength(42);
  });

  test('is what a quiet route holds its notices by', async () => {
    const [quiet] = createRoutes(
      {
        whole: {
          to: 'log',
          quietHours: { timeZone: 'UTC', windows: [{ from: '22:00', to: '06:00' }] },
        },
      },
      {
        env: {},
        fetch,
        guard: createAddressGuard({ allowPrivate: false, allowed: [] }),
        log: { warn: () => {} },
        executionPage: () => null,
        latestTrackedRun: async () => null,
        now: () => Date.parse('2026-07-01T23:00:00Z'),
        async hold(route, payload) {
          const signal = { name: SIGNALS.holdNotice, payload };
          await harness.executions.signalWithStart(startOfDigest(route), signal, 'always');
        },
      },
    );
    expect(await quiet?.send({ notice: NOTICE, key: 'a' })).toEqual({ outcome: 'held' });
    await ended('whole');
    expect(sent[0]?.notice.text).toBe('1 notice while whole was quiet\n• Run failed: app');
  });
});
