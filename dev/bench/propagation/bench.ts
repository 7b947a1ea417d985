/**
 * `npm run bench -- propagation`: one stack finishes and all others depend on it, beside one parent that starts a child for
 * each of them.
 */
import {
  intentExecutionId,
  laneExecutionId,
  propagationExecutionId,
  propagationKey,
  registryExecutionId,
  runExecutionId,
} from '../../../shared/contract/ids.ts';
import { eventually } from '../../launcher/eventually.ts';
import { historyCostOf } from '../../history-cost.ts';
import type { Contender, Experiment, Figures, Results } from '../experiment.ts';
import { BARE_TASK_QUEUE } from '../temporal/bare/names.ts';
import { inParallel } from '../temporal/in-parallel.ts';
import { tellBare, tellOurs } from '../temporal/intents.ts';
import type { LingeringReceiver } from '../temporal/lingering-receiver.ts';
import { playOnStage, type StageOptions } from '../temporal/play-on-stage.ts';
import type { Stage } from '../temporal/stage.ts';

const SIZES = [10, 100, 1000] as const;

const AT_ONCE = 16;
const WITHIN_MS = 30 * 60_000;

/** Of the stacks below, whose executions are alike. */
const SAMPLE = 10;

export const benchPropagation = (options: StageOptions): Promise<readonly Results[]> =>
  playOnStage(options, (stage, receiver) =>
    SIZES.map((size) => experimentOf(stage, receiver, size)),
  );

function experimentOf(stage: Stage, receiver: LingeringReceiver, size: number): Experiment {
  const beside =
    (side: 'ours' | 'bare', work: (stackIds: readonly string[]) => Promise<Figures>) => () => {
      receiver.passTo((batch) => (side === 'ours' ? tellOurs : tellBare)(stage, batch));
      return stage
        .withWorker(side, 'node', async () => work(await addFan(stage, size)))
        .finally(() => receiver.passTo(async () => {}));
    };
  const contenders: readonly Contender[] = [
    {
      id: 'flat',
      title: 'one flat parent',
      measure: beside('bare', (ids) => playFlat(stage, ids)),
    },
    { id: 'ours', title: 'propagation', measure: beside('ours', (ids) => playOurs(stage, ids)) },
  ];
  return {
    id: String(size),
    title: `${size} stacks, all but one below the first`,
    isCounted: true,
    columns: [
      { figure: 'triggered', title: 'all triggered after s', places: 1 },
      { figure: 'over', title: 'over after s', places: 1 },
      { figure: 'events', title: 'history events a stack', places: 1 },
      { figure: 'actions', title: 'actions a stack', places: 1 },
      { figure: 'longest', title: 'longest history', places: 0 },
    ],
    contenders,
    comparisons: [{ figure: 'triggered', of: 'ours', to: 'flat', aim: null }],
  };
}

/** The first is the root. */
async function addFan({ simulator, newName }: Stage, size: number): Promise<readonly string[]> {
  const root = newName('root');
  const stackIds = [root, ...Array.from({ length: size - 1 }, () => newName('below'))];
  await inParallel(stackIds, AT_ONCE, (id) =>
    simulator.addStack({ id, autodeploy: true, labels: id === root ? [] : [`dependsOn:${root}`] }),
  );
  return stackIds;
}

async function playOurs(stage: Stage, stackIds: readonly string[]): Promise<Figures> {
  const { client, simulator, path } = stage;
  const { account } = path.spacelift;
  const [root = '', ...below] = stackIds;
  const { id: runId } = await simulator.startRun(root);
  const ended = await eventually('the end of the root', WITHIN_MS, async () => {
    const [run] = await simulator.runs(root);
    return run?.state === 'FINISHED' ? run.history.at(-1)?.at : null;
  });
  const propagation = client.workflow.getHandle(propagationExecutionId(account, runId));
  await eventually('the propagation', WITHIN_MS, () => propagation.describe());
  await propagation.result();
  const times = await timesOf(stage, ended, below);
  const sampled = await inParallel(below.slice(0, SAMPLE), AT_ONCE, async (stackId) => {
    const [run] = await simulator.runs(stackId);
    return costOf(stage, [
      intentExecutionId(account, stackId, propagationKey(runId, 1)),
      laneExecutionId(account, stackId),
      runExecutionId(account, stackId, run?.id ?? ''),
    ]);
  });
  const common = await costOf(stage, [propagation.workflowId, registryExecutionId(account)]);
  return { ...times, ...perStack(sampled, common, stackIds.length), longest: common.longest };
}

async function playFlat(stage: Stage, stackIds: readonly string[]): Promise<Figures> {
  const { client, simulator, newName } = stage;
  const [, ...below] = stackIds;
  const startedAt = Date.now();
  const flat = await client.workflow.start('BareFlatWorkflow', {
    workflowId: newName('bare-flat'),
    taskQueue: BARE_TASK_QUEUE,
    args: [below],
  });
  await flat.result();
  const times = await timesOf(stage, startedAt, below);
  const sampled = await inParallel(below.slice(0, SAMPLE), AT_ONCE, async (stackId) => {
    const [run] = await simulator.runs(stackId);
    return costOf(stage, [`bare-child/${stackId}`, `bare-run/${stackId}/${run?.id ?? ''}`]);
  });
  const common = await costOf(stage, [flat.workflowId]);
  return { ...times, ...perStack(sampled, common, stackIds.length), longest: common.longest };
}

/** Seconds; what the runs themselves take is milliseconds here. */
async function timesOf({ simulator }: Stage, since: number, stackIds: readonly string[]) {
  const now = Date.now();
  const created = await inParallel(stackIds, AT_ONCE, async (stackId) => {
    const [run, ...others] = await simulator.runs(stackId);
    if (run === undefined || others.length > 0)
      throw new Error(`Cannot measure: stack ${stackId} has not one run`);
    return run.createdAt;
  });
  return { triggered: (Math.max(...created) - since) / 1000, over: (now - since) / 1000 };
}

type Cost = { readonly events: number; readonly actions: number; readonly longest: number };

async function costOf({ client }: Stage, executionIds: readonly string[]): Promise<Cost> {
  const costs = await Promise.all(
    executionIds.map((executionId) => historyCostOf(client.workflow.getHandle(executionId))),
  );
  return {
    events: costs.reduce((sum, { events }) => sum + events, 0),
    actions: costs.reduce((sum, { billed }) => sum + billed.length, 0),
    longest: Math.max(...costs.map(({ events }) => events)),
  };
}

/** What a stack's own executions take, and its share of those that all of them have in common. */
function perStack(sampled: readonly Cost[], common: Cost, stacks: number) {
  const mean = (figure: 'events' | 'actions') =>
    sampled.reduce((sum, cost) => sum + cost[figure], 0) / sampled.length + common[figure] / stacks;
  return { events: mean('events'), actions: mean('actions') };
}
