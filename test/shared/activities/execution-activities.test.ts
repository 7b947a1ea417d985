import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, test } from 'vitest';
import {
  createExecutionActivities,
  type Executions,
} from '../../../shared/activities/execution-activities.ts';
import type { LaneRequest, RunVerdict } from '../../../shared/workflow/messages.ts';
import { createActivityEnvironment } from './support.ts';
import { SETTINGS } from '../workflow/settings.ts';

const REQUEST: LaneRequest = {
  executionId: 'spacelift/demo/app/trigger/key.1',
  key: 'key.1',
  runType: 'TRACKED',
  commit: null,
  retry: SETTINGS.retry,
  askedAt: 1_760_000_000_000,
  traceId: '0'.repeat(32),
};

const VERDICT: RunVerdict = {
  runId: '01RUN',
  state: 'FINISHED',
  outcome: 'completed',
  reason: null,
  steps: [],
};

/** The port with a given answer; what it was asked is kept. test/worker/executions.test.ts runs the real one. */
function executionsThat(
  answer: 'started' | 'signalled' | 'closed' | Error,
  verdict: RunVerdict | null = null,
  isAnswered = false,
) {
  const calls: unknown[][] = [];
  const executions: Executions = {
    async signalWithStart({ workflowType, workflowId, input }, { name, payload }, reuse) {
      calls.push(['signalWithStart', workflowType, workflowId, input, name, payload, reuse]);
      if (answer instanceof Error) throw answer;
      return answer;
    },
    async verdictOf(executionId) {
      calls.push(['verdictOf', executionId]);
      return verdict;
    },
    async isAnswered(executionId) {
      calls.push(['isAnswered', executionId]);
      return isAnswered;
    },
  };
  return { activities: createExecutionActivities(executions, () => PAGE), calls };
}

const PAGE = 'https://acme.app.spacelift.io/stack/app/run/01RUN';

const run = createActivityEnvironment().environment;
const LANE = { account: 'demo', stackId: 'app', request: REQUEST, settings: SETTINGS };
const ATTACH = {
  account: 'demo',
  stackId: 'app',
  runId: '01RUN',
  executionId: REQUEST.executionId,
  settings: SETTINGS,
};

describe('askLane()', () => {
  test.each(['started', 'signalled'] as const)(
    'signals the lane of the stack (%s), which may be started again',
    async (answer) => {
      const { activities, calls } = executionsThat(answer);
      await run.run(() => activities.askLane(LANE));
      expect(calls).toEqual([
        [
          'signalWithStart',
          'SpaceliftLaneWorkflow',
          'spacelift/demo/app/lane',
          { account: 'demo', stackId: 'app', settings: SETTINGS },
          'ask_for_run',
          REQUEST,
          'always',
        ],
      ]);
    },
  );

  test.each([
    [false, ['isAnswered', 'signalWithStart']],
    [true, ['isAnswered']],
  ])('asks once more only an intent without an answer (%j)', async (isAnswered, names) => {
    const { activities, calls } = executionsThat('started', null, isAnswered);
    const second = new MockActivityEnvironment({ attempt: 2 });
    await second.run(() => activities.askLane(LANE));
    expect(calls.map(([name]) => name)).toEqual(names);
    expect(calls[0]).toEqual(['isAnswered', REQUEST.executionId]);
  });

  test('fails when Temporal does, so that it is tried again', async () => {
    const { activities } = executionsThat(new Error('away'));
    await expect(run.run(() => activities.askLane(LANE))).rejects.toThrow('away');
  });
});

describe('attachToRun()', () => {
  test.each(['started', 'signalled'] as const)(
    'attaches to the execution of the run (%s), which is never started twice',
    async (answer) => {
      const { activities, calls } = executionsThat(answer, VERDICT);
      expect(await run.run(() => activities.attachToRun(ATTACH))).toEqual({
        attached: true,
        url: PAGE,
      });
      expect(calls).toEqual([
        [
          'signalWithStart',
          'SpaceliftWebhookWorkflow',
          'spacelift/demo/app/run/01RUN',
          { kind: 'run', account: 'demo', stackId: 'app', runId: '01RUN', settings: SETTINGS },
          'attach_intent',
          { executionId: REQUEST.executionId },
          'never',
        ],
      ]);
    },
  );

  test.each([[VERDICT], [null]])(
    'answers the verdict of one that has closed: %j',
    async (verdict) => {
      const { activities, calls } = executionsThat('closed', verdict);
      expect(await run.run(() => activities.attachToRun(ATTACH))).toEqual({
        attached: false,
        url: PAGE,
        verdict,
      });
      expect(calls.at(-1)).toEqual(['verdictOf', 'spacelift/demo/app/run/01RUN']);
    },
  );

  test('hands the cause of the intent on to the run', async () => {
    const { activities, calls } = executionsThat('started');
    await run.run(() => activities.attachToRun({ ...ATTACH, cause: ['network'] }));
    const payload = { executionId: REQUEST.executionId, cause: ['network'] };
    expect(calls[0]).toContainEqual(payload);
  });
});
