/** What an execution's history holds, and what of it Temporal Cloud bills as Actions. */
import type { WorkflowHandle } from '@temporalio/client';

/** Kinds of events that are billed. */
const BILLED = {
  workflowExecutionSignaledEventAttributes: 'signal',
  timerStartedEventAttributes: 'timer',
  activityTaskScheduledEventAttributes: 'activity',
  upsertWorkflowSearchAttributesEventAttributes: 'search attributes',
  // Local activities; the project's workflows record no other markers but those of patches, of which there are none yet.
  markerRecordedEventAttributes: 'local activity',
} as const;

export type HistoryCost = {
  readonly events: number;
  /** One entry an Action, in the order of the history. */
  readonly billed: readonly string[];
};

export async function historyCostOf(
  handle: Pick<WorkflowHandle, 'fetchHistory'>,
): Promise<HistoryCost> {
  const { events } = await handle.fetchHistory();
  const history = events ?? [];
  const billed = history.flatMap((event) =>
    Object.entries(BILLED).flatMap(([field, name]) =>
      (event as unknown as Record<string, unknown>)[field] ? [name] : [],
    ),
  );
  // A start that comes with a signal is billed as one with it.
  const isStartedBySignal = Boolean(history[1]?.workflowExecutionSignaledEventAttributes);
  return { events: history.length, billed: isStartedBySignal ? billed : ['start', ...billed] };
}
