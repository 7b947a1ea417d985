/** Intents: a lane makes the run, its events are told as the inbox would, and the intent hears how it ended. */
import { createEnvelope } from '../../../shared/contract/envelope.ts';
import type { SpaceliftEvent } from '../../../shared/contract/events.ts';
import { intentExecutionId } from '../../../shared/contract/ids.ts';
import { deliveryKeyOf } from '../../../shared/contract/keys.ts';
import { continueTrace } from '../../../shared/contract/trace.ts';
import { forwardBatch } from '../../../worker/starter/forwarder.ts';
import type { Experiment } from '../experiment.ts';
import { BARE_TASK_QUEUE } from './bare/names.ts';
import { inParallel } from './in-parallel.ts';
import type { Batch, LingeringReceiver } from './lingering-receiver.ts';
import { RATE_COLUMNS, rateOf } from './rate.ts';
import type { Stage } from './stage.ts';

const AT_ONCE = 32;
const WARM_UP = 20;

export function intents(stage: Stage, receiver: LingeringReceiver, count: number): Experiment {
  const measure = (side: 'ours' | 'bare') => () =>
    stage
      .withWorker(side, 'node', async (workerPid) => {
        const pursue = side === 'ours' ? pursueOurs : pursueBare;
        receiver.passTo((batch) => (side === 'ours' ? tellOurs : tellBare)(stage, batch));
        const all = (stackIds: readonly string[]) =>
          inParallel(stackIds, AT_ONCE, (stackId) => pursue(stage, stackId));
        await all(await addStacks(stage, WARM_UP));
        const stackIds = await addStacks(stage, count);
        return rateOf(count, workerPid, () => all(stackIds));
      })
      .finally(() => receiver.passTo(async () => {}));
  return {
    id: 'intents',
    title: 'Intents, each with its lane and its run',
    isCounted: false,
    columns: RATE_COLUMNS,
    contenders: [
      { id: 'bare-node', title: 'bare workflows, Node', measure: measure('bare') },
      { id: 'ours-node', title: 'intent, lane and run, Node', measure: measure('ours') },
    ],
    comparisons: [
      { figure: 'rate', of: 'ours-node', to: 'bare-node', aim: { atLeast: 0.8 } },
      { figure: 'cpu', of: 'ours-node', to: 'bare-node', aim: null },
    ],
  };
}

export const addStacks = ({ simulator, newName }: Stage, count: number) =>
  inParallel(Array.from({ length: count }), AT_ONCE, async () => {
    const id = newName('stack');
    await simulator.addStack({ id, autodeploy: true });
    return id;
  });

const KEY = 'bench';

export async function pursueOurs(stage: Stage, stackId: string): Promise<void> {
  const { account } = stage.path.spacelift;
  await forward(stage, [intentOf(account, stackId)]);
  await stage.client.workflow.getHandle(intentExecutionId(account, stackId, KEY)).result();
}

export const intentOf = (account: string, stackId: string): SpaceliftEvent => ({
  about: 'intent',
  type: 'triggered',
  account,
  stackId,
  key: KEY,
  runType: 'TRACKED',
  commit: null,
  retry: {},
});

export const tellOurs = (stage: Stage, batch: Batch): Promise<void> => forward(stage, batch);

async function forward(stage: Stage, events: readonly SpaceliftEvent[]): Promise<void> {
  await forwardBatch(events.map(envelopeOf), {
    executions: stage.executions,
    routing: async () => stage.routing,
    now: Date.now,
  });
}

export function envelopeOf(event: SpaceliftEvent) {
  const receivedAt = Date.now();
  const { key } = deliveryKeyOf(event, { bodyHash: '0'.repeat(64), receivedAt });
  return createEnvelope(event, {
    key,
    deliveryId: key,
    traceparent: continueTrace(null),
    receivedAt,
  });
}

async function pursueBare({ client }: Stage, stackId: string): Promise<void> {
  const executionId = `bare-intent/${stackId}`;
  const intent = await client.workflow.start('BareIntentWorkflow', {
    workflowId: executionId,
    taskQueue: BARE_TASK_QUEUE,
  });
  await client.workflow.signalWithStart('BareLaneWorkflow', {
    workflowId: `bare-lane/${stackId}`,
    taskQueue: BARE_TASK_QUEUE,
    args: [{ stackId }],
    signal: 'ask',
    signalArgs: [executionId],
  });
  await intent.result();
}

export async function tellBare({ client }: Stage, batch: Batch): Promise<void> {
  const [first] = batch;
  if (first === undefined) return;
  const { stackId, runId } = first;
  await client.workflow.signalWithStart('BareRunWorkflow', {
    workflowId: `bare-run/${stackId}/${runId}`,
    taskQueue: BARE_TASK_QUEUE,
    args: [{ stackId, runId }],
    signal: 'heard',
    signalArgs: [batch.map(({ state }) => state)],
  });
}
