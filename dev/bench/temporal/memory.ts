/** What a worker's memory grows by for executions that wait. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { runExecutionId } from '../../../shared/contract/ids.ts';
import { forwardBatch } from '../../../worker/starter/forwarder.ts';
import { cpuTimeMs } from '../cpu-time.ts';
import type { Experiment } from '../experiment.ts';
import { BARE_TASK_QUEUE } from './bare/names.ts';
import { inParallel } from './in-parallel.ts';
import { envelopesOf } from './runs-made.ts';
import type { Runtime, Side, Stage } from './stage.ts';

const AT_ONCE = 32;
const WARM_UP = 50;

/** A worker that spends less than this share of a second has nothing left to do. */
const IDLE_MS = 50;

export function memory(stage: Stage, count: number): Experiment {
  const measure = (side: Side, runtime: Runtime) => () =>
    stage.withWorker(side, runtime, async (workerPid) => {
      const open = side === 'ours' ? openOurs : openBare;
      const openAll = (some: number) =>
        inParallel(Array.from({ length: some }), AT_ONCE, () => open(stage, stage.newName('open')));
      const warm = await openAll(WARM_UP);
      const before = await restingMegabytes(workerPid);
      const opened = await openAll(count);
      const after = await restingMegabytes(workerPid);
      await endAll(stage, [...warm, ...opened]);
      return { before, grown: ((after - before) * 1000) / count };
    });
  return {
    id: 'memory',
    title: 'Memory of a worker for 1,000 open executions',
    isCounted: false,
    columns: [
      { figure: 'before', title: 'MB with 50', places: 0 },
      { figure: 'grown', title: 'MB per 1,000', places: 1 },
    ],
    contenders: [
      { id: 'bare-node', title: 'bare workflow, Node', measure: measure('bare', 'node') },
      { id: 'ours-node', title: 'run execution, Node', measure: measure('ours', 'node') },
      { id: 'bare-bun', title: 'bare workflow, Bun', measure: measure('bare', 'bun') },
      { id: 'ours-bun', title: 'run execution, Bun', measure: measure('ours', 'bun') },
    ],
    comparisons: [
      { figure: 'grown', of: 'ours-node', to: 'bare-node', aim: null },
      { figure: 'grown', of: 'ours-bun', to: 'ours-node', aim: null },
    ],
  };
}

async function openOurs(stage: Stage, stackId: string): Promise<string> {
  const { account } = stage.path.spacelift;
  const run = { stackId, runId: '01JBENCHRUN', states: ['QUEUED', 'PREPARING'] };
  await forwardBatch(envelopesOf(account, run), {
    executions: stage.executions,
    routing: async () => stage.routing,
    now: Date.now,
  });
  return runExecutionId(account, stackId, run.runId);
}

async function openBare({ client }: Stage, stackId: string): Promise<string> {
  const workflowId = `bare-run/${stackId}`;
  await client.workflow.signalWithStart('BareRunWorkflow', {
    workflowId,
    taskQueue: BARE_TASK_QUEUE,
    args: [{ stackId, runId: '01JBENCHRUN' }],
    signal: 'heard',
    signalArgs: [['QUEUED', 'PREPARING']],
  });
  return workflowId;
}

/** Resident memory once the worker has nothing more to do; NaN where the system does not tell. */
async function restingMegabytes(pid: number): Promise<number> {
  let before = cpuTimeMs(pid) ?? 0;
  for (;;) {
    await sleep(1000);
    const now = cpuTimeMs(pid) ?? 0;
    if (now - before < IDLE_MS) break;
    before = now;
  }
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN) / 1024;
}

/** So that no timer of theirs wakes the next worker. */
const endAll = ({ client }: Stage, executionIds: readonly string[]) =>
  inParallel(executionIds, AT_ONCE, (executionId) =>
    client.workflow.getHandle(executionId).terminate('measured'),
  );
