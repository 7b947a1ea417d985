/** What a lane knows that two runs hang on: requests by key, its queue and its doubts, over continue-as-new, too. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { laneExecutionId } from '../../shared/contract/ids.ts';
import type { LaneMemory, LaneRequest } from '../../shared/workflow/messages.ts';
import type { LaneSettings, WorkflowSettings } from '../../shared/workflow/settings.ts';
import { startOfLane } from '../../shared/workflow/start.ts';
import { ACCOUNT } from '../events.ts';
import { type Harness, intentIdOf, SETTINGS, startHarness } from './harness.ts';
import { ownerOf, type SimulatedRun } from './lane-world.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness(inject('temporalCli'));
});
afterAll(() => harness.stop());

const PATIENCE = { timeout: 30_000 };

/** Nobody asks again for what is lost. */
const settingsWith = (
  changes: Partial<WorkflowSettings>,
  lane: Partial<LaneSettings> = {},
): WorkflowSettings => ({
  ...SETTINGS,
  ...(SETTINGS.intents && { intents: { ...SETTINGS.intents, patienceMs: 0 } }),
  doubtHorizonMs: 20_000,
  ...changes,
  lane: { leaveInDoubt: [], cancelExtraRuns: false, ...lane },
});

const ONE_HISTORY_AN_ATTEMPT = { maximumEvents: 1 };

const runsOf = async (stackId: string) =>
  (await harness.runsOf(stackId)) as readonly SimulatedRun[];
const laneOf = (stackId: string) => harness.handleOf(laneExecutionId(ACCOUNT, stackId));
const memoryOf = (stackId: string) => laneOf(stackId).query<LaneMemory>('progress');
const fault = (stack: string, what: object) =>
  harness.control('POST', '/faults', { operation: 'runTrigger', stack, ...what });

const isContinued = async (stackId: string): Promise<boolean> => {
  const { events } = await laneOf(stackId).fetchHistory();
  return Boolean(events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId);
};

describe('lane', () => {
  test('makes one run of a request that is asked for again, before its answer and after', async () => {
    const stackId = await harness.addStack('memory-key');
    const settings = settingsWith({ laneIdleMs: 60_000 });
    const lane = startOfLane({ account: ACCOUNT, stackId }, settings);
    const payload: LaneRequest = {
      executionId: intentIdOf(stackId, 'key.1'),
      key: 'key.1',
      runType: 'TRACKED',
      commit: null,
      retry: SETTINGS.retry,
      askedAt: Date.now(),
      traceId: '',
    };
    const ask = (key: string) =>
      harness.executions.signalWithStart(
        lane,
        { name: 'ask_for_run', payload: { ...payload, key } },
        'always',
      );
    const isAnswered = async (key: string) =>
      (await memoryOf(stackId)).answers.some(([answered]) => answered === key);
    await Promise.all([ask('key.1'), ask('key.1')]);
    await expect.poll(() => isAnswered('key.1'), PATIENCE).toBe(true);
    await ask('key.1');
    await ask('key.2');
    await expect.poll(() => isAnswered('key.2'), PATIENCE).toBe(true);
    expect((await runsOf(stackId)).map(ownerOf)).toEqual(['key.1', 'key.2']);
  });

  test('gives two alike intents their own runs, not each other’s, though the first is made late', async () => {
    const stackId = await harness.addStack('memory-alike');
    const settings = settingsWith({ settleMs: 4000 });
    await fault(stackId, { lost: true, createdAfterMs: 1500 });
    const keys = ['key.1', 'key.2', 'key.3'];
    const given = [];
    for (const key of keys) given.push(await harness.pursue(stackId, key, {}, settings));
    const results = await Promise.all(given.map(({ result }) => result));
    const runs = await runsOf(stackId);
    const owners = results.map(({ runId }) => runs.filter(({ id }) => id === runId).map(ownerOf));
    expect(owners).toEqual(keys.map((key) => [key]));
    expect(runs).toHaveLength(3);
  });

  test.each([
    ['gives up', 1],
    ['tries again', 2],
  ])('looks for the run of a lost answer before it %s', async (_, maximumAttempts) => {
    const stackId = await harness.addStack(`memory-look-${maximumAttempts}`);
    await fault(stackId, { lost: true, created: true });
    const wish = { retry: { maximumAttempts } };
    const { result } = await harness.pursue(stackId, 'key.1', wish, settingsWith({}));
    expect(await result).toMatchObject({ outcome: 'completed', attempts: 1 });
    expect((await runsOf(stackId)).map(ownerOf)).toEqual(['key.1']);
  });

  test('keeps its queue over continue-as-new', async () => {
    const stackId = await harness.addStack('memory-queue');
    const settings = settingsWith({ settleMs: 1500 }, ONE_HISTORY_AN_ATTEMPT);
    await fault(stackId, { status: 503 });
    const keys = ['key.1', 'key.2', 'key.3'];
    const given = [];
    for (const key of keys) given.push(await harness.pursue(stackId, key, {}, settings));
    await expect
      .poll(async () => (await memoryOf(stackId)).answers.length, PATIENCE)
      .toBe(keys.length);
    expect(await isContinued(stackId)).toBe(true);
    for (const { result } of given) expect((await result).outcome).toBe('completed');
    expect((await runsOf(stackId)).map(ownerOf)).toEqual(keys);
  });

  test('keeps a doubt over continue-as-new, and reports the run that comes of it', async () => {
    const stackId = await harness.addStack('memory-doubt');
    const settings = settingsWith({ settleMs: 300 }, ONE_HISTORY_AN_ATTEMPT);
    await fault(stackId, { lost: true, createdAfterMs: 6000 });
    const wish = { retry: { maximumAttempts: 1 } };
    const { result } = await harness.pursue(stackId, 'key.1', wish, settings);
    expect(await result).toMatchObject({ outcome: 'not-triggered', failureClass: 'ambiguous' });
    await expect.poll(() => isContinued(stackId), PATIENCE).toBe(true);
    const extras = () => harness.notices.filter((notice) => notice.stackId === stackId);
    await expect.poll(() => extras().length, PATIENCE).toBe(1);
    const [run] = await runsOf(stackId);
    expect(extras()).toMatchObject([{ topic: 'extra-run', runId: run?.id }]);
  });
});
