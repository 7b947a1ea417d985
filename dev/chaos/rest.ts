/**
 * The quiet phase: Spacelift's API and webhooks heal, and everything that is under way comes to its end by itself. What
 * never does is left to the checker to name.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { runExecutionId } from '../../shared/contract/ids.ts';
import { LANE_WORKFLOW, PROGRESS_QUERY, WEBHOOK_WORKFLOW } from '../../shared/contract/names.ts';
import type { LaneMemory } from '../../shared/workflow/messages.ts';
import type { SimulatorClient } from '../launcher/simulator-client.ts';
import type { InboxReader } from './inbox-reader.ts';
import { HEALED_AFTER_MS } from './surroundings.ts';
import { enableAll } from './traffic.ts';

export type RestDeps = {
  readonly account: string;
  readonly simulator: SimulatorClient;
  readonly inboxes: InboxReader;
  readonly temporal: Client;
  readonly countUnsent: () => number;
  readonly progress: (text: string) => void;
  readonly deadline: AbortSignal;
};

/** Between two looks at what is still under way. */
const LOOK_MS = 400;
const ANSWER_WITHIN_MS = 10_000;

/** Parts that are only just back may not answer at once. */
export async function comeToRest(deps: RestDeps): Promise<void> {
  const { simulator, progress, deadline } = deps;
  await simulator.clearFaults();
  for (const { id } of await simulator.webhooks()) await simulator.setWebhookFaults(id, {});
  await enableAll(simulator);
  const healedAt = Date.now() + HEALED_AFTER_MS;
  for (;;) {
    deadline.throwIfAborted();
    try {
      const under = await lookAround(deps);
      const left = Object.entries(under).filter(([, count]) => count > 0);
      if (left.length === 0 && Date.now() >= healedAt) return;
      progress(left.map(([name, count]) => `${count} ${name}`).join(', ') || 'nothing under way');
    } catch (error) {
      progress(error instanceof Error ? error.message : String(error));
    }
    await sleep(LOOK_MS);
  }
}

async function lookAround({ account, simulator, inboxes, temporal, countUnsent }: RestDeps) {
  const counts = await simulator.counts();
  const pending = await inboxes.countPending();
  const open = await idsOf(temporal, `${ofType(WEBHOOK_WORKFLOW)} AND ${RUNNING}`);
  const known = new Set(await idsOf(temporal, ofType(WEBHOOK_WORKFLOW)));
  const runs = await simulator.runs();
  // A proposed run that is nobody's stays so.
  const unfollowed = runs.filter(
    ({ stack, id, type }) => type !== 'PROPOSED' && !known.has(runExecutionId(account, stack, id)),
  ).length;
  return {
    'intents to be sent': countUnsent(),
    'deliveries under way': counts.deliveries.pending,
    'deliveries in inboxes': pending,
    'runs open': counts.runs.open,
    'runs that nobody follows': unfollowed,
    'executions open': open.length,
    'lanes at work': open.length > 0 ? 0 : await countBusyLanes(temporal),
  };
}

const RUNNING = "ExecutionStatus = 'Running'";
const ofType = (workflowType: string) => `WorkflowType = '${workflowType}'`;

async function idsOf(temporal: Client, query: string): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of temporal.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

/** With somebody in the queue, or in doubt. */
async function countBusyLanes(temporal: Client): Promise<number> {
  let busy = 0;
  for (const id of await idsOf(temporal, `${ofType(LANE_WORKFLOW)} AND ${RUNNING}`)) {
    const { queue, doubts } = await temporal.connection.withDeadline(
      Date.now() + ANSWER_WITHIN_MS,
      () => temporal.workflow.getHandle(id).query<LaneMemory>(PROGRESS_QUERY),
    );
    if (queue.length + doubts.length > 0) busy += 1;
  }
  return busy;
}
