/**
 * What people and keys may do to a run that exists: confirm, discard, cancel, stop, review, replan. Each is allowed in
 * certain states only; the table says in which, and where it leads.
 */
import { currentState, type Run } from '../model.ts';
import type { RunEngine } from './engine.ts';
import { pathAfterConfirm, pathAfterReplan } from './path.ts';

export type Intervention =
  | 'confirm'
  | 'discard'
  | 'cancel'
  | 'stop'
  | 'replan'
  | 'approve'
  | 'reject';

type Rule = {
  readonly states: readonly string[];
  /** The states from here on, the next one first; none leaves the run as it is. */
  readonly lead: (run: Run) => readonly string[];
};

const RULES: Readonly<Record<Intervention, Rule>> = {
  confirm: { states: ['UNCONFIRMED'], lead: pathAfterConfirm },
  discard: { states: ['QUEUED', 'UNCONFIRMED'], lead: () => ['DISCARDED'] },
  cancel: { states: ['QUEUED', 'READY', 'PENDING'], lead: () => ['CANCELED'] },
  stop: {
    states: ['PREPARING', 'INITIALIZING', 'PLANNING', 'REPLAN_REQUESTED', 'PREPARING_REPLAN'],
    lead: () => ['STOPPED'],
  },
  replan: { states: ['UNCONFIRMED'], lead: pathAfterReplan },
  approve: {
    states: ['QUEUED', 'UNCONFIRMED', 'PENDING_REVIEW'],
    lead: (run) =>
      currentState(run) !== 'PENDING_REVIEW' ? [] : run.path.length > 0 ? run.path : ['FINISHED'],
  },
  reject: { states: ['QUEUED', 'UNCONFIRMED', 'PENDING_REVIEW'], lead: () => ['FAILED'] },
};

/** False when the run's state does not allow it; nothing has happened then. */
export function intervene(
  engine: RunEngine,
  run: Run,
  intervention: Intervention,
  by: { readonly username: string; readonly note: string | null },
): boolean {
  const rule = RULES[intervention];
  if (!rule.states.includes(currentState(run))) return false;
  const [state, ...path] = rule.lead(run);
  if (state !== undefined) engine.intervene(run, state, by, path);
  return true;
}
