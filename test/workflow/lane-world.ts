/**
 * Lanes on the worst of days: a real Temporal server, the simulator, the starter's forwarder, and the worker as a process
 * of its own that is killed without a word and started again.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OperationEntry } from '../../dev/simulator/journal.ts';
import type { IntentRunType } from '../../shared/contract/events.ts';
import { laneExecutionId } from '../../shared/contract/ids.ts';
import type { ExecutionResult, LaneMemory } from '../../shared/workflow/messages.ts';
import type { WorkflowSettings } from '../../shared/workflow/settings.ts';
import { bundleWorkflow } from '../../worker/temporal-worker.ts';
import { markBundle } from '../../worker/workflow-bundle.ts';
import { ACCOUNT } from '../events.ts';
import { type Line, startScript } from '../worker/processes.ts';
import { SETTINGS, startHarness } from './harness.ts';

/** The key of the worker; others make runs too. */
export const OUR_KEY = 'api::01JSIMULATORKEY00000000000';

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

export async function startWorld(temporalCli: string, seed: number) {
  const folder = await mkdtemp(join(tmpdir(), 'spacelift-temporal-lanes-'));
  const bundle = join(folder, 'workflow.js');
  await writeFile(bundle, await markBundle((await bundleWorkflow()).code));
  const harness = await startHarness(
    temporalCli,
    { seed },
    {
      isWithoutWorkers: true,
      observedRunTypes: ['TASK', 'DESTROY', 'PROPOSED'],
      settings: WORLD_SETTINGS,
    },
  );
  const startWorker = () =>
    startScript('node', ['worker/worker.ts'], {
      TEMPORAL_ADDRESS: harness.env.address,
      TEMPORAL_NAMESPACE: harness.env.namespace ?? 'default',
      SPACELIFT_API_KEY_ENDPOINT: harness.simulatorUrl,
      SPACELIFT_API_KEY_ID: OUR_KEY.slice('api::'.length),
      SPACELIFT_API_KEY_SECRET: 'simulator-secret',
      SPACELIFT_ACCOUNT: ACCOUNT,
      SPACELIFT_DEADLINE_MS: String(DEADLINE_MS),
      SPACELIFT_MAX_REQUESTS_PER_SECOND: '1000',
      WORKER_PORT: '0',
      WORKER_SDK_METRICS_PORT: '0',
      WORKFLOW_BUNDLE: bundle,
      LOG_LEVEL: 'warn',
    });
  const workers = [startWorker()];
  const told: Line[] = [];

  return {
    harness,
    /** Notices that the workers logged, those of killed ones too. */
    notices(topic: string): readonly Line[] {
      return [...told, ...workers.flatMap(({ lines }) => lines)].filter(
        (line) => line['msg'] === 'notice' && line['topic'] === topic,
      );
    },
    async killWorker(): Promise<void> {
      const killed = workers.pop();
      killed?.kill('SIGKILL');
      workers.push(startWorker());
      told.push(...((await killed?.ended)?.lines ?? []));
    },
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
      for (const worker of workers) await worker[Symbol.asyncDispose]();
      await harness.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type World = Awaited<ReturnType<typeof startWorld>>;

/** Whose run it is, as the simulator keeps it. */
export const ownerOf = ({ userMetadata }: SimulatedRun): string | null =>
  /^spacelift-temporal\/([^;]+)/.exec(userMetadata[0] ?? '')?.[1] ?? null;

export const isOurs = ({ triggeredBy }: SimulatedRun): boolean => triggeredBy === OUR_KEY;
