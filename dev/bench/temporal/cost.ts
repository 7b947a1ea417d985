/** Events of histories and billed Actions; both are counted, and the same on every machine. */
import {
  intentExecutionId,
  laneExecutionId,
  runExecutionId,
} from '../../../shared/contract/ids.ts';
import { forwardBatch } from '../../../worker/starter/forwarder.ts';
import { historyCostOf } from '../../history-cost.ts';
import type { Contender, Experiment, Figures } from '../experiment.ts';
import { addStacks, pursueOurs, tellOurs } from './intents.ts';
import type { LingeringReceiver } from './lingering-receiver.ts';
import { followOurs } from './observed-runs.ts';
import { envelopesOf, makeRuns } from './runs-made.ts';
import type { Stage } from './stage.ts';

export function cost(stage: Stage, receiver: LingeringReceiver): Experiment {
  const contenders: readonly Contender[] = [
    {
      id: 'followed',
      title: 'run, followed and nothing else',
      measure: () => beside(stage, () => costOfRun(withoutMore(stage))),
    },
    {
      id: 'run',
      title: 'run, with rules and propagation',
      measure: () => beside(stage, () => costOfRun(stage)),
    },
    {
      id: 'run-alone',
      title: 'the same, a signal a state',
      measure: () => beside(stage, () => costOfRunAlone(stage)),
    },
    {
      id: 'pursued',
      title: 'intent, lane and run, and nothing else',
      measure: () => beside(stage, () => costOfIntent(withoutMore(stage), receiver)),
    },
    {
      id: 'intent',
      title: 'the same, with rules and propagation',
      measure: () => beside(stage, () => costOfIntent(stage, receiver)),
    },
  ];
  return {
    id: 'cost',
    title: 'What Temporal keeps and bills for one run of six states',
    isCounted: true,
    columns: [
      { figure: 'events', title: 'history events', places: 0 },
      { figure: 'actions', title: 'actions', places: 0 },
    ],
    contenders,
    comparisons: [
      { figure: 'events', of: 'run', to: null, aim: { atMost: 25 } },
      { figure: 'actions', of: 'followed', to: null, aim: { atMost: 4 } },
      { figure: 'actions', of: 'run', to: null, aim: null },
      { figure: 'actions', of: 'pursued', to: null, aim: { atMost: 12 } },
      { figure: 'actions', of: 'intent', to: null, aim: null },
    ],
  };
}

/** No rules, no propagation, silence left to the sweeps, and intents that wait for their lane without a timer. */
function withoutMore(stage: Stage): Stage {
  const { reactions: _, propagation: __, ...settings } = stage.routing.settings;
  const watch = settings.watch && { ...settings.watch, leavesSilenceToSweeps: true };
  const intents = settings.intents && { ...settings.intents, patienceMs: 0 };
  const lean = { ...settings, ...(watch && { watch }), ...(intents && { intents }) };
  return { ...stage, routing: { ...stage.routing, settings: lean } };
}

const beside = (stage: Stage, work: () => Promise<Figures>) =>
  stage.withWorker('ours', 'node', work);

async function costOfRun(stage: Stage): Promise<Figures> {
  const [run] = await makeRuns(stage, 1);
  if (run === undefined) throw new Error('Cannot count: there is no run');
  await followOurs(stage, run);
  return costOf(stage, [runExecutionId(stage.path.spacelift.account, run.stackId, run.runId)]);
}

async function costOfRunAlone(stage: Stage): Promise<Figures> {
  const [run] = await makeRuns(stage, 1);
  if (run === undefined) throw new Error('Cannot count: there is no run');
  const { account } = stage.path.spacelift;
  const { executions } = stage;
  const executionId = runExecutionId(account, run.stackId, run.runId);
  for (const envelope of envelopesOf(account, run)) {
    await forwardBatch([envelope], {
      executions,
      routing: async () => stage.routing,
      now: Date.now,
    });
    await stage.client.workflow
      .getHandle(executionId)
      .query('progress')
      .catch(() => {});
  }
  await stage.client.workflow.getHandle(executionId).result();
  return costOf(stage, [executionId]);
}

async function costOfIntent(stage: Stage, receiver: LingeringReceiver): Promise<Figures> {
  receiver.passTo((batch) => tellOurs(stage, batch));
  const [stackId] = await addStacks(stage, 1);
  if (stackId === undefined) throw new Error('Cannot count: there is no stack');
  await pursueOurs(stage, stackId);
  receiver.passTo(async () => {});
  const { account } = stage.path.spacelift;
  const [run] = await stage.simulator.runs(stackId);
  return costOf(stage, [
    intentExecutionId(account, stackId, 'bench'),
    laneExecutionId(account, stackId),
    runExecutionId(account, stackId, run?.id ?? ''),
  ]);
}

/** Of all of them together; a start is an Action, too. */
async function costOf({ client }: Stage, executionIds: readonly string[]): Promise<Figures> {
  const costs = await Promise.all(
    executionIds.map((executionId) => historyCostOf(client.workflow.getHandle(executionId))),
  );
  return {
    events: costs.reduce((sum, { events }) => sum + events, 0),
    actions: costs.reduce((sum, { billed }) => sum + billed.length, 0),
  };
}
