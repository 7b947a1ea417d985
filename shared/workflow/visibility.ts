/**
 * What the Temporal UI and `temporal workflow list` show of an execution: search attributes, as far as the namespace
 * has registered them, and the current details. Attributes change only with news a person would search for, since each
 * change is a billed Action; the details are free and follow every state.
 */
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { SEARCH_ATTRIBUTES } from '../contract/names.ts';
import { eventTypeOfState } from '../contract/states.ts';
import type { ExecutionResult, RunVerdict, SweepResult } from './messages.ts';
import { currentTransition, type RunProgress, toIso } from './progress.ts';
import { searchAttributePairs } from './search-attributes.ts';
import type { WorkflowSettings } from './settings.ts';

const upsert = (
  values: Partial<Record<keyof typeof SEARCH_ATTRIBUTES, string | null>>,
  { searchAttributes }: WorkflowSettings,
): void => {
  const pairs = searchAttributePairs(values, searchAttributes);
  if (pairs.length > 0) upsertSearchAttributes(pairs);
};

export function showRun(progress: RunProgress): void {
  const current = currentTransition(progress);
  if (current === null) return;
  const since = toIso(current.at);
  setCurrentDetails(
    [
      `**${current.state}**${since === null ? '' : ` since ${since}`}`,
      progress.url === null ? '' : `[Run ${progress.runId}](${progress.url})`,
      eventTypeOfState(current.state) === 'waiting' ? 'Somebody must confirm or discard it.' : '',
    ]
      .filter((line) => line !== '')
      .join('\n\n'),
  );
}

export const showWaiting = (state: string, settings: WorkflowSettings): void =>
  upsert({ state, eventType: 'waiting' }, settings);

export const showRunOutcome = (verdict: RunVerdict, settings: WorkflowSettings): void =>
  upsert({ state: verdict.state, eventType: verdict.outcome, outcome: verdict.outcome }, settings);

export function showIntent(text: string, runId: string | null, settings: WorkflowSettings): void {
  setCurrentDetails(text);
  if (runId !== null) upsert({ run: runId }, settings);
}

export function showOutcome(result: ExecutionResult, settings: WorkflowSettings): void {
  setCurrentDetails(`**${result.outcome}**${result.reason === null ? '' : `: ${result.reason}`}`);
  upsert({ state: result.state, outcome: result.outcome }, settings);
}

/** The details of a sweep, in Markdown. */
export function showSweep({ openRuns, started, told, tooOld, isComplete, memory }: SweepResult) {
  const webhooks = memory.webhooks.map(
    ({ webhookId, state, lastEnabledAt }) =>
      `Webhook ${webhookId}: **${state}**, last seen enabled: ${toIso(lastEnabledAt) ?? 'never'}`,
  );
  return [
    `${openRuns} runs open, ${started} executions started, ${told} told, ${tooOld} runs too old`,
    isComplete ? '' : 'There were more runs than one sweep reads; the next one goes on.',
    ...webhooks,
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}
