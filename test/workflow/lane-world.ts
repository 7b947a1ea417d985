/**
 * Lanes on the worst of days: a real Temporal server, the simulator, the starter's forwarder, and the worker as a process
 * of its own that is killed without a word and started again.
 */
import type { OperationEntry } from '../../dev/simulator/journal.ts';
import type { IntentRunType } from '../../shared/contract/events.ts';
import { laneExecutionId } from '../../shared/contract/ids.ts';
import type { ExecutionResult, LaneMemory } from '../../shared/workflow/messages.ts';
import type { WorkflowSettings } from '../../shared/workflow/settings.ts';
import { ACCOUNT } from '../events.ts';
import type { Line } from '../worker/processes.ts';
import { SETTINGS, startHarness } from './harness.ts';
import { prepareWorkerProcesses, SIMULATOR_KEY } from './worker-processes.ts';

/** The key of the worker; others make runs too. */
export const OUR_KEY = `api::${SIMULATOR_KEY.keyId}`;

/** Below the settle times by far; the simulator's slow answers take longer. */
export const DEADLINE_MS = 800;

/** A killed worker is missed after this; Temporal's own waits for one are 10 to 15 s. */
const CALL_TIMEOUT_MS = 4000;

export const WORLD_SETTINGS: WorkflowSettings = {
  ...SETTINGS,
  retry: { ...SETTINGS.retry, maximumAttempts: 20 },
  silenceMs: 3000,
  waitingSilenceMs: 3000,
  laneIdleMs: 2000,
  lane: { leaveInDoubt: [], cancelExtraRuns: false, callTimeoutMs: CALL_TIMEOUT_MS },
};

export type SimulatedRun = {
  readonly id: string;
  readonly state: string;
  readonly type: string;
  readonly command: string | null;
  readonly commit: string;
  readonly triggeredBy: string | null;
  readonly userMetadata: readonly string[];
};

export type IntentWish = {
  readonly runType: IntentRunType;
  readonly commit: string | null;
  readonly command: string | null;
};

export async function startWorld(
  temporalCli: string,
  seed: number,
  settings: WorkflowSettings = WORLD_SETTINGS,
) {
  const harness = await startHarness(
    temporalCli,
    { seed },
    {
      isWithoutWorkers: true,
      observedRunTypes: ['TASK', 'DESTROY', 'PROPOSED'],
      settings,
    },
  );
  const workers = await prepareWorkerProcesses(harness, {
    callsPerSecond: 1000,
    deadlineMs: DEADLINE_MS,
  });
  await workers.start();

  return {
    harness,
    /** Notices that the workers logged, those of killed ones too. */
    notices: (topic: string): readonly Line[] =>
      workers.lines().filter((line) => line['msg'] === 'notice' && line['topic'] === topic),
    killWorker: (): Promise<void> => workers.kill(),
    runsOf: async (stackId: string) => (await harness.runsOf(stackId)) as readonly SimulatedRun[],
    /** Triggers of ours that the simulator received for the stack. */
    async triggersOf(stackId: string): Promise<readonly OperationEntry[]> {
      const { operations } = (await harness.control('GET', '/journal')) as {
        operations: readonly OperationEntry[];
      };
      return operations.filter(
        ({ operation, stack }) =>
          stack === stackId && (operation === 'runTrigger' || operation === 'taskCreate'),
      );
    },
    memoryOf: (stackId: string) =>
      harness.handleOf(laneExecutionId(ACCOUNT, stackId)).query<LaneMemory>('progress'),
    async pursue(
      stackId: string,
      key: string,
      wish: IntentWish,
      settings: WorkflowSettings,
    ): Promise<ExecutionResult> {
      return (await harness.pursue(stackId, key, wish, settings)).result;
    },
    async stop(): Promise<void> {
      await workers.stop();
      await harness.stop();
    },
  };
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** Whose run it is, as the simulator keeps it. */
export const ownerOf = ({ userMetadata }: SimulatedRun): string | null =>
  /^spacelift-temporal\/([^;]+)/.exec(userMetadata[0] ?? '')?.[1] ?? null;

export const isOurs = ({ triggeredBy }: SimulatedRun): boolean => triggeredBy === OUR_KEY;
