/** Observed runs: the first event by itself, the five others together, a look at the end. */
import { runExecutionId } from '../../../shared/contract/ids.ts';
import { forwardBatch } from '../../../worker/starter/forwarder.ts';
import type { Experiment } from '../experiment.ts';
import { BARE_TASK_QUEUE } from './bare/names.ts';
import { inParallel } from './in-parallel.ts';
import { RATE_COLUMNS, rateOf } from './rate.ts';
import { envelopesOf, type MadeRun, makeRuns } from './runs-made.ts';
import type { Runtime, Stage } from './stage.ts';

const AT_ONCE = 32;
const WARM_UP = 20;

export function observedRuns(stage: Stage, count: number): Experiment {
  const measure = (side: 'ours' | 'bare', runtime: Runtime) => () =>
    stage.withWorker(side, runtime, async (workerPid) => {
      const follow = side === 'ours' ? followOurs : followBare;
      const all = (runs: readonly MadeRun[]) =>
        inParallel(runs, AT_ONCE, (run) => follow(stage, run));
      await all(await makeRuns(stage, WARM_UP));
      const runs = await makeRuns(stage, count);
      return rateOf(count, workerPid, () => all(runs));
    });
  return {
    id: 'runs',
    title: 'Observed runs of six states, executions carried to their end',
    isCounted: false,
    columns: RATE_COLUMNS,
    contenders: [
      { id: 'bare-node', title: 'bare workflow, Node', measure: measure('bare', 'node') },
      { id: 'ours-node', title: 'run execution, Node', measure: measure('ours', 'node') },
      { id: 'bare-bun', title: 'bare workflow, Bun', measure: measure('bare', 'bun') },
      { id: 'ours-bun', title: 'run execution, Bun', measure: measure('ours', 'bun') },
    ],
    comparisons: [
      { figure: 'rate', of: 'ours-node', to: 'bare-node', aim: { atLeast: 0.8 } },
      { figure: 'rate', of: 'ours-bun', to: 'bare-bun', aim: { atLeast: 0.8 } },
      { figure: 'cpu', of: 'ours-node', to: 'bare-node', aim: null },
      { figure: 'rate', of: 'ours-bun', to: 'ours-node', aim: null },
    ],
  };
}

export async function followOurs(stage: Stage, run: MadeRun): Promise<void> {
  const { account } = stage.path.spacelift;
  const [first, ...others] = envelopesOf(account, run);
  const { executions } = stage;
  for (const envelopes of [first === undefined ? [] : [first], others])
    await forwardBatch(envelopes, {
      executions,
      routing: async () => stage.routing,
      now: Date.now,
    });
  const executionId = runExecutionId(account, run.stackId, run.runId);
  await stage.client.workflow.getHandle(executionId).result();
}

async function followBare({ client }: Stage, run: MadeRun): Promise<void> {
  const [first, ...others] = run.states;
  const handle = await client.workflow.signalWithStart('BareRunWorkflow', {
    workflowId: `bare-run/${run.stackId}/${run.runId}`,
    taskQueue: BARE_TASK_QUEUE,
    args: [{ stackId: run.stackId, runId: run.runId }],
    signal: 'heard',
    signalArgs: [[first]],
  });
  await handle.signal('heard', others);
  await handle.result();
}
