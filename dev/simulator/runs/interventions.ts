/**
 * What people and keys may do to a run that exists: confirm, discard, approve, reject, replan, stop, kill, cancel. Each
 * is allowed in certain states only; the table says in which, and where it leads.
 */
import { isTerminalState } from '../../../shared/contract/states.ts';
import {
  currentState,
  currentTransition,
  type Intervention,
  REVIEWED_STATES,
  type Run,
  type Stack,
} from '../model.ts';
import type { Switches } from '../switches.ts';
import { needsApproval } from './approvals.ts';
import { pathAfterConfirm, pathAfterReplan } from './path.ts';

export type { Intervention } from '../model.ts';

export type Actor = { readonly username: string; readonly note: string | null };

/** What an engine does for whoever intervenes. */
type Moves = {
  readonly switches: Pick<Switches, 'killedState'>;
  readonly now: () => number;
  readonly findStack: (id: string) => Stack | null;
  readonly startQueued: (stackId: string) => void;
  readonly intervene: (run: Run, state: string, by: Actor, path: readonly string[]) => void;
};

type Rule = {
  readonly allows: (state: string) => boolean;
  /** The states from here on, the next one first; none leaves the run as it is. */
  readonly lead: (run: Run, switches: Moves['switches']) => readonly string[];
};

const inOneOf =
  (...states: readonly string[]) =>
  (state: string) =>
    states.includes(state);

const RULES: Readonly<Record<Intervention, Rule>> = {
  confirm: { allows: inOneOf('UNCONFIRMED'), lead: pathAfterConfirm },
  discard: { allows: inOneOf('QUEUED', 'UNCONFIRMED'), lead: () => ['DISCARDED'] },
  approve: { allows: inOneOf(...REVIEWED_STATES), lead: pathAfterApproval },
  reject: { allows: inOneOf(...REVIEWED_STATES), lead: () => ['FAILED'] },
  replan: { allows: inOneOf('UNCONFIRMED'), lead: pathAfterReplan },
  stop: {
    allows: inOneOf(
      'PREPARING',
      'INITIALIZING',
      'PLANNING',
      'REPLAN_REQUESTED',
      'PREPARING_REPLAN',
    ),
    lead: () => ['STOPPED'],
  },
  kill: {
    allows: (state) => state !== 'QUEUED' && !isTerminalState(state),
    lead: (_, { killedState }) => [killedState],
  },
  cancel: { allows: inOneOf('QUEUED', 'READY', 'PENDING'), lead: () => ['CANCELED'] },
};

type AllowFacts = Pick<Moves, 'findStack'>;

/** Whether the run's state allows it, and an approval is there if it takes one. */
export function isAllowed(facts: AllowFacts, run: Run, intervention: Intervention): boolean {
  const stack = facts.findStack(run.stackId);
  if (stack === null || !RULES[intervention].allows(currentState(run))) return false;
  return intervention !== 'confirm' || !needsApproval(run, stack);
}

/** False when it is not allowed; nothing has happened then. */
export function intervene(moves: Moves, run: Run, intervention: Intervention, by: Actor): boolean {
  if (!isAllowed(moves, run, intervention)) return false;
  const rule = RULES[intervention];
  const [state, ...path] = rule.lead(run, moves.switches);
  if (intervention === 'approve' || intervention === 'reject')
    review(run, intervention === 'approve' ? 'APPROVE' : 'REJECT', by, moves.now());
  if (state !== undefined) moves.intervene(run, state, by, path);
  else moves.startQueued(run.stackId);
  return true;
}

function review(run: Run, decision: 'APPROVE' | 'REJECT', by: Actor, at: number): void {
  const { state, stateVersion } = currentTransition(run);
  run.reviews.push({ author: by.username, decision, note: by.note ?? '', state, stateVersion, at });
}

/** Only a proposed run waits for nothing but the review. */
function pathAfterApproval(run: Run): readonly string[] {
  if (currentState(run) !== 'PENDING_REVIEW') return [];
  return run.path.length > 0 ? run.path : ['FINISHED'];
}
