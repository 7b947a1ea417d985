import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { laneExecutionId } from '../../shared/contract/ids.ts';
import type { LaneMemory, LaneRequest } from '../../shared/workflow/messages.ts';
import type { LaneSettings, WorkflowSettings } from '../../shared/workflow/settings.ts';
import { startOfLane } from '../../shared/workflow/start.ts';
import { ACCOUNT } from '../events.ts';
import { type Harness, intentIdOf, SETTINGS, startHarness } from './harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness(inject('temporalCli'));
});
afterAll(() => harness.stop());

const NOTHING_MADE = { operation: 'runTrigger', status: 503 };
const ONCE = { retry: { maximumAttempts: 1 } };

/** As runs look that our own key made. */
const OURS = { triggeredBy: 'api::01JSIMULATORKEY00000000000' };

/** Older than what clocks may differ by, to the second. */
const OLD_MS = 3500;

type Run = {
  readonly id: string;
  readonly state: string;
  readonly type: string;
  readonly command: string | null;
  readonly commit: string;
  readonly userMetadata: readonly string[];
};

const runsOf = async (stackId: string) => (await harness.runsOf(stackId)) as readonly Run[];
const addRun = async (stackId: string, run: object = OURS) =>
  (await harness.control('POST', `/stacks/${stackId}/runs`, run)) as Run;
const pause = (ms: number) => new Promise((resolve) => void setTimeout(resolve, ms));

const withLane = (
  lane: Partial<LaneSettings>,
  changes: Partial<WorkflowSettings> = {},
): WorkflowSettings => ({
  ...SETTINGS,
  doubtHorizonMs: 60_000,
  ...changes,
  lane: { leaveInDoubt: [], cancelExtraRuns: false, ...lane },
});

const laneOf = (stackId: string) => harness.handleOf(laneExecutionId(ACCOUNT, stackId));
const memoryOf = (stackId: string) => laneOf(stackId).query<LaneMemory>('progress');
const noticesOf = (stackId: string, topic: string) =>
  harness.notices.filter((notice) => notice.stackId === stackId && notice.topic === topic);

/** Until the lane has begun to settle the doubt of its only trigger. */
const untilInDoubt = (stackId: string) =>
  expect
    .poll(async () => (await memoryOf(stackId).catch(() => null))?.doubts.length ?? 0, {
      timeout: 20_000,
    })
    .toBe(1);

/** Whose run it is, as the simulator keeps it. */
const ownerOf = (run: Run | undefined) =>
  /^spacelift-temporal\/([^;]+)/.exec(run?.userMetadata[0] ?? '')?.[1];

describe('lane execution', () => {
  test('does not give the run of one intent to the next, whose trigger made none', async () => {
    const stackId = await harness.addStack('lane-assigned');
    const first = await harness.pursue(stackId, 'key.first');
    await expect
      .poll(async () => (await harness.runsOf(stackId)).length, { timeout: 20_000 })
      .toBe(1);
    await harness.control('POST', '/faults', NOTHING_MADE);
    const second = await harness.pursue(stackId, 'key.second');
    const [one, other] = await Promise.all([first.result, second.result]);
    expect([one.attempts, other.attempts]).toEqual([1, 2]);
    expect(one.runId).not.toBe(other.runId);
    expect(await harness.runsOf(stackId)).toHaveLength(2);
  });
});

/** Of what a history holds, what Temporal bills: a signal once, with the start that it may have come with. */
const BILLED = [
  'workflowExecutionSignaled',
  'activityTaskScheduled',
  'timerStarted',
  'upsertWorkflow',
];

const billedOf = async (executionId: string) =>
  ((await harness.handleOf(executionId).fetchHistory()).events ?? []).filter((event) =>
    Object.keys(event).some((name) => BILLED.some((billed) => name.startsWith(billed))),
  ).length;

describe('lane execution, in numbers', () => {
  test('costs a run of an intent three Actions, and the intent five', async () => {
    const stackId = await harness.addStack('lane-billed');
    await (
      await harness.pursue(stackId, 'key.1')
    ).result;
    expect(await billedOf(laneExecutionId(ACCOUNT, stackId))).toBe(3);
    await (
      await harness.pursue(stackId, 'key.2')
    ).result;
    // One timer does for both.
    expect(await billedOf(laneExecutionId(ACCOUNT, stackId))).toBe(5);
    expect(1 + (await billedOf(intentIdOf(stackId, 'key.2')))).toBe(5);
    const intents = SETTINGS.intents && { ...SETTINGS.intents, patienceMs: 0 };
    const settings = withLane({}, { ...(intents && { intents }) });
    await (
      await harness.pursue(stackId, 'key.3', {}, settings)
    ).result;
    expect(1 + (await billedOf(intentIdOf(stackId, 'key.3')))).toBe(4);
  });
});

describe('lane execution, by kind of run', () => {
  test.each([
    ['PROPOSED', { runType: 'PROPOSED' }, 'runTrigger'],
    ['DESTROY', { runType: 'DESTROY' }, 'runTrigger'],
    ['TASK', { runType: 'TASK', command: 'terraform output' }, 'taskCreate'],
    ['TRACKED, of a commit', { commit: 'c0ffee0'.padEnd(40, '0') }, 'runTrigger'],
  ] as const)('makes and finds one of type %s', async (name, wish, operation) => {
    const stackId = await harness.addStack(`lane-kind-${name.replace(/\W+/g, '-').toLowerCase()}`);
    // The run may have ended before anybody follows it, and its type is not observed.
    const settings = withLane({}, { silenceMs: 500 });
    const told = await (await harness.pursue(stackId, 'key.told', wish, settings)).result;
    await harness.control('POST', '/faults', {
      operation,
      stack: stackId,
      lost: true,
      created: true,
    });
    await addRun(stackId, OURS);
    await addRun(stackId, { ...OURS, type: 'TASK', command: 'pwd' });
    const lost = await (await harness.pursue(stackId, 'key.lost', wish, settings)).result;
    const runs = await runsOf(stackId);
    expect(runs).toHaveLength(4);
    for (const [key, result] of [
      ['key.told', told],
      ['key.lost', lost],
    ] as const) {
      expect(result).toMatchObject({ outcome: 'completed', attempts: 1 });
      const run = runs.find(({ id }) => id === result.runId);
      expect(ownerOf(run)).toBe(key);
      expect(run).toMatchObject({
        type: 'TRACKED',
        ...('runType' in wish && { type: wish.runType }),
      });
      if ('command' in wish) expect(run?.command).toBe(wish.command);
      if ('commit' in wish) expect(run?.commit).toBe(wish.commit);
    }
  });

  test('retries a run as a new one, and finds it', async () => {
    const stackId = await harness.addStack('lane-retry');
    await harness.control('POST', `/stacks/${stackId}/script`, { failAt: 'PLANNING', runs: 1 });
    const failed = await (await harness.pursue(stackId, 'key.failed')).result;
    expect(failed.outcome).toBe('failed');
    const retryOf = failed.runId;
    await harness.control('POST', '/faults', { operation: 'runRetry', status: 502, created: true });
    const retried = await (await harness.pursue(stackId, 'key.again', { retryOf })).result;
    expect(retried).toMatchObject({ outcome: 'completed', attempts: 1 });
    const runs = await runsOf(stackId);
    expect(runs.map(({ id }) => id)).toEqual([retryOf, retried.runId]);
    expect(ownerOf(runs[1])).toBe('key.again');
  });
});

describe('lane execution, in doubt', () => {
  test('does not give a late run to an intent that was asked for after it', async () => {
    const stackId = await harness.addStack('lane-late');
    await harness.control('POST', '/faults', NOTHING_MADE);
    const settings = withLane({}, { settleMs: 10_000, looks: 1 });
    const given = await harness.pursue(stackId, 'key.given-up', ONCE, settings);
    expect(await given.result).toMatchObject({
      outcome: 'not-triggered',
      failureClass: 'ambiguous',
    });
    const late = await addRun(stackId);
    await pause(OLD_MS);
    const after = await harness.pursue(stackId, 'key.after', {}, settings);
    const result = await after.result;
    expect(result).toMatchObject({ outcome: 'completed', attempts: 1 });
    expect(result.runId).not.toBe(late.id);
    expect(await runsOf(stackId)).toHaveLength(2);
    expect(noticesOf(stackId, 'extra-run')).toMatchObject([{ runId: late.id }]);
  });

  test('gives a late run to the intent that waits for one like it', async () => {
    const stackId = await harness.addStack('lane-absorbed');
    const settings = withLane({}, { settleMs: 4000, looks: 1, silenceMs: 500 });
    await harness.control('POST', '/faults', { ...NOTHING_MADE, stack: stackId });
    const first = await harness.pursue(stackId, 'key.given-up', ONCE, settings);
    await untilInDoubt(stackId);
    const wish = { command: 'ls', runType: 'TASK' } as const;
    const isSlow = { operation: 'taskCreate', stack: stackId, hangMs: 3000 };
    await harness.control('POST', '/faults', isSlow);
    const other = await harness.pursue(stackId, 'key.other', wish, settings);
    await expect.poll(async () => (await memoryOf(stackId)).queue.length).toBe(2);
    const second = await harness.pursue(stackId, 'key.waits', {}, settings);
    expect(await first.result).toMatchObject({ outcome: 'not-triggered', attempts: 1 });
    // Before the lane comes to the second: the answer about the task in front is held back.
    const late = await addRun(stackId);
    const [task, result] = await Promise.all([other.result, second.result]);
    expect(result).toMatchObject({ outcome: 'completed', runId: late.id, attempts: 0 });
    expect(new Set((await runsOf(stackId)).map(({ id }) => id))).toEqual(
      new Set([late.id, task.runId]),
    );
    expect(noticesOf(stackId, 'extra-run')).toEqual([]);
  });

  test('reports a run that is made late and belongs to nobody, once', async () => {
    const stackId = await harness.addStack('lane-extra');
    const settings = withLane({}, { settleMs: 500, doubtHorizonMs: 12_000 });
    const lateBy = { operation: 'runTrigger', stack: stackId, lost: true, createdAfterMs: 7000 };
    await harness.control('POST', '/faults', lateBy);
    const result = await (await harness.pursue(stackId, 'key.twice', {}, settings)).result;
    expect(result).toMatchObject({ outcome: 'completed', attempts: 2 });
    await expect.poll(() => noticesOf(stackId, 'extra-run').length, { timeout: 20_000 }).toBe(1);
    await laneOf(stackId).result();
    const runs = await runsOf(stackId);
    const extra = runs.find(({ id }) => id !== result.runId);
    expect(runs).toHaveLength(2);
    const [notice, ...more] = noticesOf(stackId, 'extra-run');
    expect(more).toEqual([]);
    expect(notice).toMatchObject({ runId: extra?.id, account: ACCOUNT });
    expect(notice?.url).toContain(extra?.id);
    expect(notice?.text).toContain('key.twice');
  });

  test.each([
    ['cancels', 'CANCELED', true],
    ['leaves alone', 'FINISHED', false],
  ])('%s such a run while it is QUEUED, if told so', async (_, state, cancelExtraRuns) => {
    const stackId = await harness.addStack(`lane-cancels-${cancelExtraRuns}`);
    const settings = withLane({ cancelExtraRuns }, { settleMs: 300, doubtHorizonMs: 20_000 });
    await harness.control('POST', `/stacks/${stackId}/script`, { states: ['PLANNING'], runs: 1 });
    const blocker = await addRun(stackId, {});
    const lateBy = { operation: 'runTrigger', stack: stackId, lost: true, createdAfterMs: 2500 };
    await harness.control('POST', '/faults', lateBy);
    const given = await harness.pursue(stackId, 'key.given-up', ONCE, settings);
    expect(await given.result).toMatchObject({ outcome: 'not-triggered' });
    await expect.poll(() => noticesOf(stackId, 'extra-run').length, { timeout: 20_000 }).toBe(1);
    const [notice] = noticesOf(stackId, 'extra-run');
    expect(notice?.text).toContain(cancelExtraRuns ? 'it was cancelled' : 'it goes on');
    const extra = (await runsOf(stackId)).find(({ id }) => id !== blocker.id);
    expect(notice?.runId).toBe(extra?.id);
    expect(extra?.state).toBe(state === 'CANCELED' ? 'CANCELED' : 'QUEUED');
  });

  test('leaves a stack in doubt where that is wanted, and tells people', async () => {
    const stackId = await harness.addStack('lane-leaves');
    const settings = withLane({ leaveInDoubt: ['other', `${ACCOUNT}/${stackId}`] });
    await harness.control('POST', '/faults', { ...NOTHING_MADE, stack: stackId });
    const result = await (await harness.pursue(stackId, 'key.left', {}, settings)).result;
    expect(result).toMatchObject({
      outcome: 'in-doubt',
      attempts: 1,
      runId: null,
      failureClass: 'ambiguous',
    });
    expect(result.reason).toContain('status is 503');
    expect(await runsOf(stackId)).toEqual([]);
    await expect.poll(() => noticesOf(stackId, 'intent-in-doubt').length).toBe(1);

    await harness.control('POST', '/faults', { ...NOTHING_MADE, created: true, stack: stackId });
    const found = await (await harness.pursue(stackId, 'key.found', {}, settings)).result;
    expect(found).toMatchObject({ outcome: 'completed', attempts: 1 });
  });

  test('is not sure of anything when Spacelift cannot be asked for the run', async () => {
    const stackId = await harness.addStack('lane-blind');
    await harness.control('POST', '/faults', { ...NOTHING_MADE, stack: stackId });
    const refused = { operation: 'stack', stack: stackId, message: 'unauthorized', times: 100 };
    await harness.control('POST', '/faults', refused);
    const result = await (await harness.pursue(stackId, 'key.blind', {}, withLane({}))).result;
    await harness.control('DELETE', '/faults');
    expect(result).toMatchObject({ outcome: 'in-doubt', attempts: 1 });
    expect(result.reason).toContain('could not be asked');
    expect(await runsOf(stackId)).toEqual([]);
  });

  test('prefers the run whose metadata names the intent, and does not wait for the settle time', async () => {
    const stackId = await harness.addStack('lane-hint');
    const settings = withLane({}, { settleMs: 30_000, looks: 1 });
    const fault = { operation: 'runTrigger', stack: stackId, status: 502, created: true };
    await harness.control('POST', '/faults', fault);
    const guess = await addRun(stackId);
    const startedAt = Date.now();
    const given = await harness.pursue(stackId, 'key.named', {}, settings);
    await untilInDoubt(stackId);
    const own = (await runsOf(stackId)).find((run) => ownerOf(run) === 'key.named');
    const hint = { runId: own?.id ?? '', key: 'key.named' };
    for (const payload of [null, {}, { runId: guess.id }, { runId: '01JNONE', key: 7 }, hint])
      await laneOf(stackId).signal('own_run', payload);
    expect(await given.result).toMatchObject({ outcome: 'completed', runId: own?.id });
    expect(Date.now() - startedAt).toBeLessThan(20_000);
  });
});

describe('lane execution, when a request is withdrawn', () => {
  const withdraw = (stackId: string, key: string) =>
    laneOf(stackId).signal('withdraw_request', { key });

  test('answers what stands in the queue without trying, and makes no run of it', async () => {
    const stackId = await harness.addStack('lane-withdrawn');
    const settings = withLane({}, { settleMs: 3000 });
    const fault = { operation: 'runTrigger', stack: stackId, lost: true, createdAfterMs: 1500 };
    await harness.control('POST', '/faults', fault);
    const first = await harness.pursue(stackId, 'key.1', {}, settings);
    await untilInDoubt(stackId);
    const [second, third] = [
      await harness.pursue(stackId, 'key.2', {}, settings),
      await harness.pursue(stackId, 'key.3', {}, settings),
    ];
    await expect.poll(async () => (await memoryOf(stackId)).queue.length).toBe(3);
    await withdraw(stackId, 'key.2');
    const results = await Promise.all([first.result, second.result, third.result]);
    expect(results).toMatchObject([
      { outcome: 'completed', attempts: 1 },
      { outcome: 'not-triggered', attempts: 0, reason: 'request was withdrawn' },
      { outcome: 'completed', attempts: 1 },
    ]);
    const owners = (await runsOf(stackId)).map(ownerOf);
    expect(owners).toEqual(['key.1', 'key.3']);
  });

  test('finishes the attempt under way: the run stays with the intent that wanted it', async () => {
    const stackId = await harness.addStack('lane-withdrawn-made');
    const settings = withLane({}, { settleMs: 4000 });
    const fault = { operation: 'runTrigger', stack: stackId, lost: true, createdAfterMs: 1500 };
    await harness.control('POST', '/faults', fault);
    const first = await harness.pursue(stackId, 'key.1', {}, settings);
    await untilInDoubt(stackId);
    const second = await harness.pursue(stackId, 'key.2', {}, settings);
    await withdraw(stackId, 'key.1');
    const [one, other] = await Promise.all([first.result, second.result]);
    const runs = await runsOf(stackId);
    expect(runs).toHaveLength(2);
    const ownerOfRun = (runId: string | null) => ownerOf(runs.find(({ id }) => id === runId));
    expect([ownerOfRun(one.runId), ownerOfRun(other.runId)]).toEqual(['key.1', 'key.2']);
  });

  test('tries no further, and ends the wait for the next attempt', async () => {
    const stackId = await harness.addStack('lane-withdrawn-waits');
    const refused = {
      operation: 'runTrigger',
      stack: stackId,
      status: 429,
      retryAfterSeconds: 600,
    };
    await harness.control('POST', '/faults', refused);
    const { result } = await harness.pursue(stackId, 'key.1', {}, withLane({}));
    await expect.poll(async () => (await memoryOf(stackId).catch(() => null))?.attempts).toBe(1);
    await withdraw(stackId, 'key.1');
    expect(await result).toMatchObject({
      outcome: 'not-triggered',
      attempts: 1,
      reason: 'request was withdrawn',
    });
    expect(await runsOf(stackId)).toEqual([]);
  });
});

describe('lane execution, robust', () => {
  test('continues as new between attempts, and forgets nothing', async () => {
    const stackId = await harness.addStack('lane-anew');
    // Nobody asks again for what is lost.
    const intents = SETTINGS.intents && { ...SETTINGS.intents, patienceMs: 0 };
    const settings = withLane(
      { maximumEvents: 1 },
      { settleMs: 1000, ...(intents && { intents }) },
    );
    await harness.control('POST', '/faults', { ...NOTHING_MADE, stack: stackId });
    const keys = ['key.1', 'key.2', 'key.3', 'key.4'];
    const given = await Promise.all(keys.map((key) => harness.pursue(stackId, key, {}, settings)));
    const results = await Promise.all(given.map(({ result }) => result));
    expect(results.map(({ attempts }) => attempts).filter((count) => count === 1)).toHaveLength(3);
    expect(Math.max(...results.map(({ attempts }) => attempts))).toBe(2);
    const runs = await runsOf(stackId);
    expect(new Set(results.map(({ runId }) => runId)).size).toBe(4);
    expect(new Set(runs.map(ownerOf))).toEqual(new Set(keys));
    expect((await memoryOf(stackId)).answers).toHaveLength(4);
    const { runId: first } = await laneOf(stackId).describe();
    const { history } = await laneOf(stackId)
      .fetchHistory()
      .then((history) => ({ history }));
    const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
    expect(started?.continuedExecutionRunId).not.toBe('');
    expect(first).not.toBe(started?.firstExecutionRunId);
  });

  test('when cancelled, finishes what is under way, turns the others down and ends', async () => {
    const stackId = await harness.addStack('lane-cancelled');
    const settings = withLane({}, { settleMs: 3000 });
    const fault = { operation: 'runTrigger', stack: stackId, lost: true, createdAfterMs: 1500 };
    await harness.control('POST', '/faults', fault);
    const first = await harness.pursue(stackId, 'key.1', {}, settings);
    await untilInDoubt(stackId);
    const second = await harness.pursue(stackId, 'key.2', {}, settings);
    await expect.poll(async () => (await memoryOf(stackId)).queue.length).toBe(2);
    await laneOf(stackId).cancel();
    await expect(laneOf(stackId).result()).rejects.toThrow();
    expect((await laneOf(stackId).describe()).status.name).toBe('CANCELLED');
    expect(await second.result).toMatchObject({
      outcome: 'not-triggered',
      reason: 'lane was cancelled',
    });
    expect(await first.result).toMatchObject({ outcome: 'completed', attempts: 1 });
    expect((await runsOf(stackId)).map(ownerOf)).toEqual(['key.1']);
    const third = await harness.pursue(stackId, 'key.3', {}, settings);
    expect(await third.result).toMatchObject({ outcome: 'completed' });
  });

  test('when terminated, is started anew by the intents that ask again', async () => {
    const stackId = await harness.addStack('lane-terminated');
    const intents = SETTINGS.intents && { ...SETTINGS.intents, patienceMs: 1500 };
    const settings = withLane({}, { settleMs: 60_000, ...(intents && { intents }) });
    await harness.control('POST', '/faults', { ...NOTHING_MADE, stack: stackId });
    const { result } = await harness.pursue(stackId, 'key.1', {}, settings);
    await untilInDoubt(stackId);
    await laneOf(stackId).terminate();
    expect(await result).toMatchObject({ outcome: 'completed', attempts: 1 });
  });

  test('is asked again only by an intent without an answer', async () => {
    const stackId = await harness.addStack('lane-asked');
    const settings = withLane({}, { settleMs: 5000 });
    const fault = { operation: 'runTrigger', stack: stackId, lost: true, created: true };
    await harness.control('POST', `/stacks/${stackId}/script`, { states: ['UNCONFIRMED'] });
    await harness.control('POST', '/faults', fault);
    const { isAnswered } = harness.executions;
    const id = intentIdOf(stackId, 'key.1');
    expect(await isAnswered(id)).toBe(true);
    const first = await harness.pursue(stackId, 'key.1', {}, settings);
    const ended = expect(first.result).rejects.toThrow('terminated');
    await untilInDoubt(stackId);
    expect(await isAnswered(id)).toBe(false);
    await expect.poll(() => isAnswered(id), { timeout: 20_000 }).toBe(true);
    expect((await harness.handleOf(id).describe()).status.name).toBe('RUNNING');
    await harness.handleOf(id).terminate();
    await ended;
    const other = intentIdOf(stackId, 'key.2');
    const second = await harness.pursue(stackId, 'key.2', {}, settings);
    const left = expect(second.result).rejects.toThrow('cancelled');
    await harness.handleOf(other).cancel();
    await left;
    expect(await isAnswered(other)).toBe(true);
  });

  test('loses no request that comes as it closes', async () => {
    const stackId = await harness.addStack('lane-closing');
    const settings = withLane({}, { laneIdleMs: 1 });
    const lane = startOfLane({ account: ACCOUNT, stackId }, settings);
    const asks = Array.from({ length: 30 }, (_, index): LaneRequest => ({
      executionId: intentIdOf(stackId, `key.${index}`),
      key: `key.${index}`,
      runType: 'TRACKED',
      commit: null,
      retry: SETTINGS.retry,
      askedAt: Date.now(),
      traceId: '',
    }));
    for (const payload of asks) {
      await harness.executions.signalWithStart(lane, { name: 'ask_for_run', payload }, 'always');
      await pause(Math.random() * 60);
    }
    await expect
      .poll(async () => new Set((await runsOf(stackId)).map(ownerOf)).size, { timeout: 30_000 })
      .toBe(30);
    expect(await runsOf(stackId)).toHaveLength(30);
  });
});
