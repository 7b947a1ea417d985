/** What the scenarios are played on, and the looks they share. Sees only what a person could see too. */
import type { Client } from '@temporalio/client';
import type { SIGNALS } from '../../shared/contract/names.ts';
import type { ExecutionResult } from '../../shared/workflow/messages.ts';
import { deliveryUrl, type EdgeClient, type InboxRow } from './edge-client.ts';
import { eventually } from './eventually.ts';
import type { Narrator } from './narrator.ts';
import type { Path } from './path.ts';
import type { JournalDelivery, SimulatorClient } from './simulator-client.ts';

export type Stage = {
  readonly path: Path;
  readonly edge: EdgeClient;
  readonly simulator: SimulatorClient;
  readonly temporal: Client;
  readonly narrator: Narrator;
};

/** Each step takes well under a second when all is well; a loaded machine gets its time. */
export const STEP_WITHIN_MS = 30_000;
/** A run passes some eight states, and its result follows the last of them. */
const RUN_WITHIN_MS = 90_000;

export const executionUrl = ({ path }: Stage, executionId: string): string => {
  const { temporalUi } = path.urls;
  const { namespace } = path.temporal;
  return temporalUi === null
    ? `temporal workflow show --namespace ${namespace} --workflow-id ${executionId}`
    : `${temporalUi}/namespaces/${namespace}/workflows/${encodeURIComponent(executionId)}`;
};

/** A command that shows a delivery's row; the operator token stays in its file. */
export const inboxCommand = ({ path }: Stage, inbox: string, deliveryId: string): string =>
  `curl -s -H "Authorization: Bearer $TOKEN" '${deliveryUrl(path.urls.edge, inbox, deliveryId)}'`;

export async function seeDelivered(
  { edge, narrator }: Stage,
  inbox: string,
  deliveryId: string,
): Promise<InboxRow> {
  narrator.waitFor('the starter has taken the delivery');
  return eventually(`delivery ${deliveryId} delivered`, STEP_WITHIN_MS, async () => {
    const row = await edge.showDelivery(inbox, deliveryId);
    if (row === null || row.status === 'pending') return null;
    if (row.status === 'delivered') return row;
    throw new Error(`it is ${row.status}: ${row.reason ?? row.lastError ?? 'no reason given'}`);
  });
}

export async function seeExecution(
  { temporal, narrator }: Stage,
  executionId: string,
): Promise<{ readonly startedAt: number }> {
  narrator.waitFor(`execution ${executionId}`);
  const { startTime } = await eventually(`execution ${executionId}`, STEP_WITHIN_MS, async () =>
    temporal.workflow.getHandle(executionId).describe(),
  );
  return { startedAt: startTime.getTime() };
}

/** Tells each state of the run as the simulator delivers it, until the run has reached `lastState`. */
export async function followDeliveries(
  stage: Stage,
  runId: string,
  lastState: string,
): Promise<void> {
  const { simulator, narrator } = stage;
  let told = 0;
  const isDone = ({ outcome }: JournalDelivery) => outcome !== 'pending';
  narrator.waitFor(`run ${runId} reaches ${lastState}`);
  await eventually(`the delivery of ${lastState} for run ${runId}`, RUN_WITHIN_MS, async () => {
    const { deliveries } = await simulator.journal();
    const ofRun = deliveries.filter(({ run }) => run === runId);
    for (const delivery of ofRun.slice(told)) {
      if (!isDone(delivery)) break;
      told += 1;
      narrator.step(
        `webhook ${delivery.state.padEnd(16)} stateVersion ${delivery.stateVersion}  ${delivery.outcome}`,
        { at: delivery.at },
      );
      narrator.waitFor(`run ${runId} reaches ${lastState}`);
    }
    return ofRun.slice(0, told).find(({ state }) => state === lastState);
  });
}

/** When the execution was signalled, from its history. */
export async function seeSignal(
  { temporal, narrator }: Stage,
  executionId: string,
  signal: (typeof SIGNALS)[keyof typeof SIGNALS],
): Promise<number> {
  narrator.waitFor(`signal ${signal} to ${executionId}`);
  return eventually(`signal ${signal} to ${executionId}`, STEP_WITHIN_MS, async () => {
    const { events } = await temporal.workflow.getHandle(executionId).fetchHistory();
    const signalled = events?.find(
      (event) => event.workflowExecutionSignaledEventAttributes?.signalName === signal,
    );
    return signalled === undefined ? null : toEpochMs(signalled.eventTime);
  });
}

/** Protobuf's timestamp, whose seconds are a 64-bit integer of its own kind. */
const toEpochMs = (
  time: { readonly seconds?: unknown; readonly nanos?: number | null } | null | undefined,
): number => Number(time?.seconds ?? 0) * 1000 + Math.floor((time?.nanos ?? 0) / 1_000_000);

export async function seeResult(
  { temporal, narrator }: Stage,
  executionId: string,
): Promise<ExecutionResult> {
  narrator.waitFor(`the result of ${executionId}`);
  const handle = temporal.workflow.getHandle(executionId);
  await eventually(`the end of ${executionId}`, RUN_WITHIN_MS, async () => {
    const { status } = await handle.describe();
    return status.name === 'RUNNING' ? null : status;
  });
  return (await handle.result()) as ExecutionResult;
}

export function tellResult({ narrator }: Stage, result: ExecutionResult): void {
  const { steps, done, ...facts } = result;
  narrator.step('returned event details');
  for (const [name, fact] of Object.entries(facts))
    narrator.detail(`${name.padEnd(10)} ${fact === null ? '-' : String(fact) || '-'}`);
  narrator.detail(`${'steps'.padEnd(10)} ${steps.map(({ step }) => step).join(' → ')}`);
  narrator.detail(
    `${'done'.padEnd(10)} ${done.map(({ action, outcome }) => (outcome === 'done' ? action : `${action} (${outcome})`)).join(', ')}`,
  );
}
