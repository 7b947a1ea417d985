/** What a person may decide about a run, as far as can be told without asking Spacelift. Pure. */
import type { RunDecision, RunDecisionRequest } from './messages.ts';
import { currentTransition, currentWait } from './progress.ts';
import { isCount, isRecord } from './read-signal.ts';
import type { RunProgress } from './run-memory.ts';

/** Longer ones are no notes. */
const NOTE_LIMIT = 1000;

/** A run that waits in the queue can be thrown away, too; whether one that waits for its reviewer can, Spacelift will say. */
export const DECIDED_IN: Readonly<Record<RunDecision, readonly string[]>> = {
  confirm: ['UNCONFIRMED'],
  discard: ['UNCONFIRMED', 'QUEUED', 'PENDING_REVIEW'],
};

type Reading =
  | { readonly ok: true; readonly value: RunDecisionRequest }
  | { readonly ok: false; readonly error: string };

export function readDecision(request: unknown, ourRunId: string): Reading {
  const refuse = (error: string): Reading => ({ ok: false, error });
  if (!isRecord(request)) return refuse('request is no object');
  const { runId, stateVersion, note } = request;
  if (runId !== ourRunId) return refuse('runId is missing, or that of another run');
  if (!isCount(stateVersion)) return refuse('stateVersion is missing or no whole number');
  if (note === undefined) return { ok: true, value: { runId, stateVersion } };
  if (typeof note !== 'string' || note.length > NOTE_LIMIT)
    return refuse(`note is no text of at most ${NOTE_LIMIT} characters`);
  return { ok: true, value: { runId, stateVersion, note } };
}

/**
 * Null when it may be tried. A stateVersion ahead of what is known is left to Spacelift to judge: the person may have
 * seen there what no delivery has told yet.
 */
export function obstacleToDecision(
  progress: RunProgress,
  decision: RunDecision,
  stateVersion: number,
): string | null {
  const current = currentTransition(progress);
  if (current === null || current.stateVersion === null || stateVersion > current.stateVersion)
    return null;
  if (stateVersion < current.stateVersion)
    return `run has moved on to stateVersion ${current.stateVersion}, ${current.state}`;
  if (decision === 'confirm' && currentWait(progress)?.kind === 'approve')
    return 'it waits for an approver';
  return DECIDED_IN[decision].includes(current.state) ? null : `it is ${current.state}`;
}
