/** Ways of an intent; each brings the histories of its lane and of its run along. */
import { laneExecutionId } from '../../../shared/contract/ids.ts';
import { ACCOUNT } from '../../events.ts';
import { intentIdOf, runIdOf } from '../../workflow/harness.ts';
import type { Path } from './path.ts';
import { RECORDED, recordedWith } from './settings.ts';
import type { Stage } from './stage.ts';

/** As runs look that our own key made. */
const OURS = { triggeredBy: 'api::01JSIMULATORKEY00000000000' };

const NOTHING_MADE = { status: 503 };

const ONCE = { retry: { maximumAttempts: 1 } };

/** One intent, after its triggers have been made to go wrong. */
const withFault = (name: string, end: string, fault: object): Path => ({
  name,
  ends: { intent: end },
  async bring(stage, stackId) {
    await stage.faultTriggers(fault);
    return stage.pursue(stackId, 'key.a');
  },
});

export const INTENT_PATHS: readonly Path[] = [
  {
    name: 'completes',
    ends: { intent: 'completed', run: 'completed', lane: 'COMPLETED' },
    bring: (stage, stackId) => stage.pursue(stackId, 'key.a'),
  },
  {
    name: 'fails',
    ends: { intent: 'failed' },
    async bring(stage, stackId) {
      await stage.script(stackId, { failAt: 'APPLYING' });
      return stage.pursue(stackId, 'key.a');
    },
  },
  {
    name: 'ends-discarded',
    ends: { intent: 'ended' },
    async bring(stage, stackId) {
      await stage.script(stackId, { states: ['READY', 'PLANNING', 'UNCONFIRMED', 'DISCARDED'] });
      return stage.pursue(stackId, 'key.a');
    },
  },
  {
    name: 'proposes',
    ends: { intent: 'completed' },
    bring: (stage, stackId) => stage.pursue(stackId, 'key.a', { runType: 'PROPOSED' }),
  },
  withFault('loses-answer', 'completed', { status: 502, created: true }),
  withFault('tries-again', 'completed', { ...NOTHING_MADE, times: 2 }),
  withFault('never-made', 'not-triggered', { ...NOTHING_MADE, times: 3 }),
  withFault('is-rate-limited', 'completed', { status: 429, retryAfterSeconds: 1 }),
  withFault('is-refused', 'not-triggered', { status: 200, message: 'unauthorized', times: 2 }),
  withFault('is-locked-for-a-moment', 'completed', { status: 200, message: 'stack is locked' }),
  {
    name: 'stack-is-unknown',
    ends: { intent: 'not-triggered' },
    bring: (stage) => stage.pursue('no-such-stack', 'key.a'),
  },
  {
    name: 'takes-late-run',
    ends: { intent: 'completed' },
    async bring(stage, stackId) {
      const settings = { ...RECORDED, doubtHorizonMs: 8000 };
      // The second waits in the lane while the first one's doubt is settled, and gets the run that came too late.
      await stage.faultTriggers({ ...NOTHING_MADE, times: 2 });
      const first = await stage.harness.pursue(stackId, 'key.a', ONCE, settings);
      const second = stage.pursue(stackId, 'key.b', {}, settings);
      await first.result;
      await stage.addRun(stackId, OURS);
      return second;
    },
  },
  {
    name: 'leaves-late-run',
    ends: { intent: 'completed' },
    async bring(stage, stackId) {
      const settings = { ...RECORDED, doubtHorizonMs: 8000 };
      await stage.faultTriggers(NOTHING_MADE);
      await stage.pursue(stackId, 'key.a', ONCE, settings);
      await stage.addRun(stackId, OURS);
      // Older than what clocks may differ by, to the second.
      await new Promise((resolve) => setTimeout(resolve, 3500));
      return stage.pursue(stackId, 'key.b', {}, settings);
    },
  },
  {
    name: 'asks-twice',
    ends: { intent: 'completed' },
    async bring(stage, stackId) {
      const kept = await stage.pursue(stackId, 'key.a');
      const lane = laneExecutionId(ACCOUNT, stackId);
      await stage.harness.executions.signal(lane, {
        name: 'ask_for_run',
        payload: {
          executionId: intentIdOf(stackId, 'key.a'),
          key: 'key.a',
          runType: 'TRACKED',
          commit: null,
          retry: RECORDED.retry,
          askedAt: Date.now(),
          traceId: '0'.repeat(32),
        },
      });
      return kept;
    },
  },
  {
    name: 'is-cancelled',
    ends: { intent: 'CANCELLED' },
    async bring(stage, stackId) {
      await stage.script(stackId, { states: ['READY', 'PLANNING', 'UNCONFIRMED'] });
      const { result } = await stage.harness.pursue(stackId, 'key.a');
      result.catch(() => 'cancelled');
      const intent = intentIdOf(stackId, 'key.a');
      await stage.knows(intent, 'attached to run');
      await stage.harness.handleOf(intent).cancel();
      return { intent, lane: laneExecutionId(ACCOUNT, stackId) };
    },
  },
  ...(['stays', 'is-stopped'] as const).map((run): Path => ({
    name: `deadline-passes-run-${run}`,
    ends: { intent: 'timed-out' },
    async bring(stage, stackId) {
      await neverConfirmed(stage, stackId);
      const wish = { deadlineMs: 3000, stopAtDeadline: run === 'is-stopped' };
      const { intent, lane } = await stage.pursue(stackId, 'key.a', wish);
      return { ...(intent && { intent }), ...(lane && { lane }) };
    },
  })),
  {
    name: 'deadline-passes-in-queue',
    ends: { intent: 'timed-out' },
    async bring(stage, stackId) {
      await stage.faultTriggers({ ...NOTHING_MADE, times: 3 });
      const first = await stage.harness.pursue(stackId, 'key.a');
      const second = await stage.pursue(stackId, 'key.b', { deadlineMs: 100 });
      await first.result;
      return second;
    },
  },
  {
    name: 'stops-run-when-cancelled',
    ends: { intent: 'CANCELLED' },
    async bring(stage, stackId) {
      await neverConfirmed(stage, stackId);
      const settings = recordedWith({ intents: { cancelStopsRun: true } });
      const { result } = await stage.harness.pursue(stackId, 'key.a', {}, settings);
      result.catch(() => 'cancelled');
      const intent = intentIdOf(stackId, 'key.a');
      await stage.knows(intent, 'attached to run');
      await stage.harness.handleOf(intent).cancel();
      return { intent, lane: laneExecutionId(ACCOUNT, stackId) };
    },
  },
  {
    name: 'is-left-in-doubt',
    ends: { intent: 'in-doubt' },
    async bring(stage, stackId) {
      await stage.faultTriggers(NOTHING_MADE);
      const settings = recordedWith({ lane: { leaveInDoubt: ['*'] } });
      return stage.pursue(stackId, 'key.a', {}, settings);
    },
  },
  {
    name: 'cancels-late-run',
    ends: { intent: 'not-triggered' },
    async bring(stage, stackId) {
      const settings = recordedWith({ lane: { cancelExtraRuns: true } });
      // One that waits holds the late one in the queue.
      await neverConfirmed(stage, stackId);
      await stage.addRun(stackId);
      await stage.faultTriggers(NOTHING_MADE);
      const kept = await stage.pursue(stackId, 'key.a', ONCE, settings);
      await stage.addRun(stackId, OURS);
      return kept;
    },
  },
  {
    name: 'is-of-its-own-cause',
    ends: { intent: 'not-triggered' },
    async bring(stage, stackId) {
      await stage.pursue(stackId, 'key.a', { cause: ['network', stackId] });
      return { intent: intentIdOf(stackId, 'key.a') };
    },
  },
  {
    name: 'runs-a-task',
    ends: { intent: 'completed' },
    bring: (stage, stackId) =>
      stage.pursue(stackId, 'key.a', { runType: 'TASK', command: 'terraform state list' }),
  },
  {
    name: 'destroys',
    ends: { intent: 'completed' },
    bring: (stage, stackId) => stage.pursue(stackId, 'key.a', { runType: 'DESTROY' }),
  },
  {
    name: 'retries-a-run',
    ends: { intent: 'completed' },
    async bring(stage, stackId) {
      await stage.script(stackId, { failAt: 'PLANNING', runs: 1 });
      const runId = await stage.addRun(stackId);
      await stage.endOf(runIdOf(stackId, runId));
      return stage.pursue(stackId, 'key.a', { retryOf: runId });
    },
  },
];

const neverConfirmed = ({ harness }: Stage, stackId: string) =>
  harness.control('POST', '/stacks', { id: stackId, autodeploy: false });
