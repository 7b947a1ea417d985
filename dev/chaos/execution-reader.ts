/**
 * Reads what Temporal itself knows of every execution: which deliveries its signals brought, and what it returned. From
 * the histories, so that no word of ours is taken for it.
 */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { SIGNALS } from '../../shared/contract/names.ts';
import type { ExecutionResult, RunSignal } from '../../shared/workflow/messages.ts';
import type { RecordedExecution } from './history.ts';

type Listed = {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: { readonly name: string };
};

/** Reads under way at once; the dev server has one database file. */
const READERS = 8;

/** Signals that bring deliveries. */
const RUN_SIGNALS: readonly string[] = [SIGNALS.completedRun, SIGNALS.failedRun, SIGNALS.runEvents];

export async function readExecutions(client: Client): Promise<readonly RecordedExecution[]> {
  const listed: Listed[] = [];
  for await (const execution of client.workflow.list()) listed.push(execution);
  const rest = listed.values();
  const recorded: RecordedExecution[] = [];
  const read = async () => {
    for (const execution of rest) recorded.push(await readExecution(client, execution));
  };
  await Promise.all(Array.from({ length: READERS }, read));
  return recorded;
}

async function readExecution(
  client: Client,
  { workflowId, runId, status }: Listed,
): Promise<RecordedExecution> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const signalled: string[] = [];
  let result: ExecutionResult | null = null;
  for (const event of events ?? []) {
    const signal = event.workflowExecutionSignaledEventAttributes;
    if (signal && RUN_SIGNALS.includes(signal.signalName ?? ''))
      signalled.push(...keysOf(firstOf(signal.input?.payloads) as RunSignal | null));
    const completed = event.workflowExecutionCompletedEventAttributes;
    if (completed) result = firstOf(completed.result?.payloads) as ExecutionResult | null;
  }
  return {
    id: workflowId,
    executionRunId: runId,
    status: status.name,
    signalled,
    steps: result?.steps.map(({ step }) => step) ?? [],
    done: result?.done.map(({ action }) => action) ?? [],
  };
}

type Payloads = Parameters<typeof defaultPayloadConverter.fromPayload>[0][] | null | undefined;

function firstOf(payloads: Payloads): unknown {
  const payload = payloads?.[0];
  return payload === undefined ? null : defaultPayloadConverter.fromPayload(payload);
}

const keysOf = (signal: RunSignal | null): readonly string[] =>
  signal !== null && 'events' in signal ? signal.events.map(({ delivery }) => delivery.key) : [];
