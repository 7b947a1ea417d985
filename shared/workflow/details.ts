/**
 * The current details of an execution, as the Temporal UI and `temporal workflow metadata` show them: one layout for all
 * kinds of executions. Free of charge and kept out of histories, so it may follow every change.
 */
import { setCurrentDetails } from '@temporalio/workflow';
import { isTold, linkTo } from './markdown.ts';

export type Details = {
  /** Where things stand: a run's state, or what the execution waits for. */
  readonly state: string;
  /** ISO 8601, UTC; null where no source told. */
  readonly since?: string | null;
  readonly runId?: string | null;
  /** The run's page in Spacelift. */
  readonly url?: string | null;
  /** As in "an approver"; null where it is nobody's turn. */
  readonly mustAct?: string | null;
  readonly lastError?: string | null;
  /** What the execution does by itself if it hears nothing; null when it is done. */
  readonly next?: string | null;
  /** What rules wanted, and what became of it. */
  readonly reactions?: readonly string[];
};

export type Show = (details: Details) => void;

/** What an execution with nothing left to do does next. */
export const ENDED = 'nothing, this has ended';

/** Shows details; a state that comes without a time stands since it was first shown. */
export function createShow(): Show {
  let shown: { readonly state: string; readonly since: string } | null = null;
  return ({ since, ...details }) => {
    const { state } = details;
    if (shown?.state !== state) shown = { state, since: new Date().toISOString() };
    setCurrentDetails(toMarkdown({ ...details, since: since ?? shown.since }));
  };
}

export function toMarkdown({ state, since, runId, url, ...facts }: Details): string {
  const { mustAct = null, lastError = null, next = null, reactions = [] } = facts;
  return [
    `**${state}**${isTold(since) ? ` since ${since}` : ''}`,
    isTold(url) ? linkTo(runId ?? url, url) : isTold(runId) ? `Run: ${runId}` : '',
    mustAct === null ? '' : `Must act: ${mustAct}`,
    lastError === null ? '' : `Last error: ${lastError}`,
    next === null ? '' : `Next: ${next}`,
    reactions.length === 0 ? '' : ['Reactions:', ...reactions].join('\n- '),
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}
