import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type FailureClass,
  SpaceliftFailure,
} from '../../../../shared/activities/spacelift/failure.ts';
import {
  outcomeOfFailure,
  triggerRun,
} from '../../../../shared/activities/spacelift/trigger-run.ts';
import type { TriggerRequest } from '../../../../shared/workflow/ports.ts';
import {
  ACCOUNT,
  clientOf,
  type Spacelift,
  startUnsoundSpacelift,
  startSpacelift,
} from '../support.ts';

const REQUEST: TriggerRequest = {
  account: ACCOUNT,
  stackId: 'app',
  runType: 'TRACKED',
  commit: null,
  key: 'key.deploy-7',
  traceId: '0'.repeat(32),
};

type ShownRun = {
  readonly id: string;
  readonly type: string;
  readonly state: string;
  readonly commit: string;
};

describe('triggerRun()', () => {
  let spacelift: Spacelift;

  beforeEach(async () => {
    spacelift = await startSpacelift();
    await spacelift.control('POST', '/stacks', { id: 'app' });
  });

  afterEach(() => spacelift[Symbol.asyncDispose]());

  const runs = async () => (await spacelift.control('GET', '/runs?stack=app')) as ShownRun[];

  test('makes one run, and sends the key along as its metadata', async () => {
    const outcome = await triggerRun(spacelift.client(), REQUEST);
    const [run, ...others] = await runs();
    expect(outcome).toEqual({ kind: 'made', runId: run?.id });
    expect(others).toEqual([]);
    expect(await spacelift.operations('runTrigger')).toMatchObject([
      { stack: 'app', userMetadata: 'spacelift-temporal/key.deploy-7' },
    ]);
  });

  test.each(['TRACKED', 'PROPOSED', 'DESTROY'] as const)('asks for a %s run', async (runType) => {
    await triggerRun(spacelift.client(), { ...REQUEST, runType });
    expect(await runs()).toMatchObject([{ type: runType }]);
  });

  test('asks for the commit', async () => {
    const commit = 'abcdef0123456789abcdef0123456789abcdef01';
    await triggerRun(spacelift.client(), { ...REQUEST, commit });
    expect(JSON.stringify(await runs())).toContain(commit);
  });

  test('creates a task with its command, word for word', async () => {
    const command = 'terraform state rm "x"\n# done';
    const outcome = await triggerRun(spacelift.client(), { ...REQUEST, runType: 'TASK', command });
    const [task] = await runs();
    expect(task).toMatchObject({ type: 'TASK', command });
    expect(outcome).toEqual({ kind: 'made', runId: task?.id });
    expect(await spacelift.operations('taskCreate')).toMatchObject([
      { stack: 'app', userMetadata: 'spacelift-temporal/key.deploy-7' },
    ]);
  });

  test('retries a run as a new one of its type', async () => {
    await spacelift.control('POST', '/stacks/app/script', { states: ['FAILED'] });
    const failed = { type: 'TASK', command: 'ls' };
    const { id: retryOf } = (await spacelift.control(
      'POST',
      '/stacks/app/runs',
      failed,
    )) as ShownRun;
    const ended = async () => (await runs()).every(({ state }) => state === 'FAILED');
    await expect.poll(ended).toBe(true);
    const outcome = await triggerRun(spacelift.client(), { ...REQUEST, retryOf });
    const retry = (await runs()).find(({ id }) => id !== retryOf);
    expect(retry).toMatchObject({ type: 'TASK', command: 'ls' });
    expect(outcome).toEqual({ kind: 'made', runId: retry?.id });
    expect(await spacelift.operations('runRetry')).toMatchObject([
      { run: retryOf, userMetadata: 'spacelift-temporal/key.deploy-7' },
    ]);
  });

  test('says that a run cannot be retried', async () => {
    await expect(
      triggerRun(spacelift.client(), { ...REQUEST, retryOf: '01JNONE' }),
    ).rejects.toThrow('Cannot retry run 01JNONE of stack app: ');
  });

  test('does not try again by itself', async () => {
    await spacelift.control('POST', '/faults', { operation: 'runTrigger', status: 503, times: 5 });
    await expect(triggerRun(spacelift.client(), REQUEST)).rejects.toThrow('status is 503');
    expect(await spacelift.operations('runTrigger')).toHaveLength(1);
  });

  test('finds an empty answer refused for good', async () => {
    await using account = await startUnsoundSpacelift(() => '{"data": {"made": null}}');
    expect(await triggerRun(clientOf(account.url), REQUEST)).toEqual({
      kind: 'refused',
      reason: 'Cannot trigger a TRACKED run of stack app: answer is empty',
      isFinal: true,
    });
  });
});

describe('outcomeOfFailure()', () => {
  const failure = (failureClass: FailureClass, details: { retryAfterMs?: number } = {}) =>
    new SpaceliftFailure('trigger', 'reason', failureClass, details);
  const reason = 'Cannot trigger: reason';

  test.each([
    [failure('ambiguous'), { kind: 'unknown', reason }],
    [failure('ambiguous', { retryAfterMs: 7 }), { kind: 'unknown', reason }],
    [failure('final'), { kind: 'refused', reason, isFinal: true }],
    [failure('retryable'), { kind: 'refused', reason, isFinal: false }],
    [
      failure('retryable', { retryAfterMs: 0 }),
      { kind: 'refused', reason, isFinal: false, retryAfterMs: 0 },
    ],
  ])('of %j is %j', (thrown, outcome) => {
    expect(outcomeOfFailure(thrown)).toStrictEqual(outcome);
  });

  test('throws what is no failure of the call', () => {
    expect(() => outcomeOfFailure(new TypeError('bug'))).toThrow(TypeError);
  });
});
