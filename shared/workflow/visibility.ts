/**
 * What the Temporal UI and `temporal workflow list` show of an execution: search attributes, as far as the namespace
 * has registered them, and the current details. Attributes change only with news a person would search for, since each
 * change is a billed Action; the details are free and follow every state.
 */
import { upsertSearchAttributes } from '@temporalio/workflow';
import type { SEARCH_ATTRIBUTES } from '../contract/names.ts';
import { ENDED, type Show, toMarkdown } from './details.ts';
import type { Deed, ExecutionResult, RunVerdict } from './messages.ts';
import type { FollowedRun } from './followed-run.ts';
import { currentTransition, currentWait, toIso, verdictOf } from './progress.ts';
import { searchAttributePairs } from './search-attributes.ts';
import type { WorkflowSettings } from './settings.ts';
import type { SweepResult } from './sweep-messages.ts';

const upsert = (
  values: Partial<Record<keyof typeof SEARCH_ATTRIBUTES, string | null>>,
  { searchAttributes }: WorkflowSettings,
): void => {
  const pairs = searchAttributePairs(values, searchAttributes);
  if (pairs.length > 0) upsertSearchAttributes(pairs);
};

/** `next` is what the execution does by itself; null when it has nothing left to do, or will not say. */
export function showRun(
  { progress, lastError, recorder, show }: FollowedRun,
  next: string | null,
): void {
  const current = currentTransition(progress);
  show({
    state: current?.state ?? 'Nothing heard of the run yet',
    since: toIso(current?.at ?? null),
    runId: progress.runId,
    url: progress.url,
    mustAct: currentWait(progress)?.mustAct ?? null,
    lastError: lastError ?? verdictOf(progress)?.reason ?? null,
    next,
    reactions: wordsOf(recorder.done),
  });
}

/** Of many the latest: details hold a page, not a book. */
const SHOWN_REACTIONS = 20;

const wordsOf = (done: readonly Deed[]): readonly string[] =>
  done
    .filter(({ rule }) => rule !== undefined)
    .slice(-SHOWN_REACTIONS)
    .map(({ action, rule, outcome, detail }) =>
      [`${action} (rule ${rule}): ${outcome}`, detail].filter(Boolean).join(', '),
    );

/** `asksAt` is null while Spacelift is being asked again and again, Infinity where that is left to the sweeps. */
export function nextStepOf(remindsAt: number, asksAt: number | null): string {
  if (asksAt === null) return 'asks Spacelift until there is news';
  if (asksAt === Infinity && remindsAt === Infinity) return 'waits to be told by webhook or sweep';
  if (remindsAt < asksAt) return `reminds people at ${toIso(remindsAt)}`;
  return `asks Spacelift if nothing is heard by ${toIso(asksAt)}`;
}

export const showWaiting = (state: string, settings: WorkflowSettings): void =>
  upsert({ state, eventType: 'waiting' }, settings);

export const showRunOutcome = (verdict: RunVerdict, settings: WorkflowSettings): void =>
  upsert({ state: verdict.state, eventType: verdict.outcome, outcome: verdict.outcome }, settings);

/** Of executions that 0.1.0 started; others say it once, at their end. */
export function noteRun(runId: string, settings: WorkflowSettings): void {
  if (settings.intents === undefined) upsert({ run: runId }, settings);
}

export function showOutcome(result: ExecutionResult, settings: WorkflowSettings, show: Show): void {
  const { state, outcome, reason, runId, url = null } = result;
  const end = runId === null || state === null ? outcome : `${outcome}, run is ${state}`;
  show({ state: end, runId, url, lastError: reason, next: ENDED });
  const isToldOnce = settings.intents !== undefined && runId !== null;
  upsert({ ...(isToldOnce && { run: runId }), state, outcome }, settings);
}

/** The details of a sweep that is done, in Markdown. */
export function sweepDetails(result: SweepResult, lastError: string | null): string {
  const { openRuns, started, told, tooOld, isComplete, memory } = result;
  const lost = memory.webhooks.filter(({ state }) => state !== 'enabled');
  const names = lost.map(({ webhookId }) => webhookId).join(', ');
  const details = toMarkdown({
    state: `${openRuns} runs open, ${started} executions started, ${told} told, ${tooOld} runs too old`,
    since: toIso(memory.sweptAt),
    mustAct: lost.length === 0 ? null : `an administrator must see to webhook ${names}`,
    lastError,
    next: isComplete
      ? 'the next firing of the schedule reads on'
      : 'the next firing of the schedule reads the rest: there were more runs than one sweep reads',
  });
  const webhooks = memory.webhooks.map(
    ({ webhookId, state, lastEnabledAt }) =>
      `Webhook ${webhookId}: **${state}**, last seen enabled: ${toIso(lastEnabledAt) ?? 'never'}`,
  );
  return [details, ...webhooks].join('\n\n');
}
