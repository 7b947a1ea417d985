/**
 * Reads what Temporal itself knows of every execution: which deliveries its start and signals brought, which notices it
 * sent, and what it returned. From the histories, so that no word of ours is taken for it.
 */
import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { parseExecutionId } from '../../shared/contract/ids.ts';
import { SIGNALS } from '../../shared/contract/names.ts';
import type { ExecutionInput, ExecutionResult, RunSignal } from '../../shared/workflow/messages.ts';
import type { RecordedExecution, SentNotice } from './history.ts';
import { type NoticeFacts, noticeKeyOf } from './notice-key.ts';

type Listed = {
  readonly workflowId: string;
  readonly runId: string;
  readonly status: { readonly name: string };
};

/** Reads under way at once; the dev server has one database file. */
const READERS = 8;

/** Signals that bring deliveries. */
const RUN_SIGNALS: readonly string[] = [SIGNALS.completedRun, SIGNALS.failedRun, SIGNALS.runEvents];

/** Activities that tell people: by rules, and as before there were any. */
const NOTIFY: readonly string[] = ['sendNotice', 'notify'];

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

type Events = NonNullable<
  Awaited<ReturnType<ReturnType<Client['workflow']['getHandle']>['fetchHistory']>>['events']
>;

async function readExecution(
  client: Client,
  { workflowId, runId, status }: Listed,
): Promise<RecordedExecution> {
  const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const result = parseExecutionId(workflowId) === null ? null : resultOf(events ?? []);
  return {
    id: workflowId,
    executionRunId: runId,
    status: status.name,
    signalled: (events ?? []).flatMap(broughtBy),
    steps: result?.steps.map(({ step }) => step) ?? [],
    done: result?.done.flatMap(({ action, outcome }) => (outcome === 'done' ? action : [])) ?? [],
    result: result === null ? null : factsOf(result),
    notices: noticesOf(events ?? []),
  };
}

/** An intent comes with the start; news of runs come by signals. */
function broughtBy(event: Events[number]): readonly string[] {
  const started = event.workflowExecutionStartedEventAttributes;
  if (started) {
    const input = firstOf(started.input?.payloads) as Partial<ExecutionInput> | null;
    return input !== null && 'delivery' in input && input.delivery !== undefined
      ? [input.delivery.key]
      : [];
  }
  const signal = event.workflowExecutionSignaledEventAttributes;
  if (!signal || !RUN_SIGNALS.includes(signal.signalName ?? '')) return [];
  return keysOf(firstOf(signal.input?.payloads) as RunSignal | null);
}

function resultOf(events: Events): ExecutionResult | null {
  const completed = events.findLast((event) => event.workflowExecutionCompletedEventAttributes);
  const payloads = completed?.workflowExecutionCompletedEventAttributes?.result?.payloads;
  return firstOf(payloads) as ExecutionResult | null;
}

const factsOf = ({ outcome, runId, state, attempts, reason }: ExecutionResult) => ({
  outcome,
  runId,
  state,
  attempts,
  reason,
});

/** The server writes an attempt into the history once it is the last. */
function noticesOf(events: Events): readonly SentNotice[] {
  const attempts = new Map<string, number>();
  const done = new Set<string>();
  for (const event of events) {
    const started = event.activityTaskStartedEventAttributes;
    if (started) attempts.set(String(started.scheduledEventId), started.attempt ?? 1);
    const completed = event.activityTaskCompletedEventAttributes;
    if (completed) done.add(String(completed.scheduledEventId));
  }
  return events.flatMap((event) => {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (!scheduled || !NOTIFY.includes(scheduled.activityType?.name ?? '')) return [];
    const asked = firstOf(scheduled.input?.payloads) as NoticeFacts & { notice?: NoticeFacts };
    const notice = asked.notice ?? asked;
    const id = String(event.eventId);
    return {
      key: noticeKeyOf(notice),
      topic: String(notice.topic),
      runId: typeof notice.runId === 'string' ? notice.runId : null,
      attempts: attempts.get(id) ?? 0,
      isDone: done.has(id),
    };
  });
}

type Payloads = Parameters<typeof defaultPayloadConverter.fromPayload>[0][] | null | undefined;

function firstOf(payloads: Payloads): unknown {
  const payload = payloads?.[0];
  return payload === undefined ? null : defaultPayloadConverter.fromPayload(payload);
}

const keysOf = (signal: RunSignal | null): readonly string[] =>
  signal !== null && 'events' in signal ? signal.events.map(({ delivery }) => delivery.key) : [];
