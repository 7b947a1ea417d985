/**
 * What a run execution knows of its run, and what each event changes about it. Pure: no clock, no Temporal. Any
 * permutation and duplication of the same events, from whichever payload families, ends in the same progress.
 */
import type { RunEvent } from '../contract/events.ts';
import {
  eventTypeOfState,
  isTerminalEventType,
  isTerminalState,
  type RunEventType,
} from '../contract/states.ts';
import type { RunRef, RunVerdict } from './messages.ts';
import type { RunFacts } from './ports.ts';

/** A state the run was in. Of the same state told twice, the better ordered and finer telling is kept. */
export type Transition = {
  readonly state: string;
  readonly stateVersion: number | null;
  readonly order: RunEvent['order'];
  readonly at: number | null;
};

export type RunProgress = RunRef & {
  /** Oldest first. */
  readonly transitions: readonly Transition[];
  readonly url: string | null;
  readonly runType: string | null;
};

export type RunAction =
  | { readonly action: 'notify-waiting'; readonly state: string }
  | { readonly action: 'conclude'; readonly state: string };

export type Decision = {
  readonly progress: RunProgress;
  readonly actions: readonly RunAction[];
  /** True when the event told nothing new. */
  readonly isDuplicate: boolean;
};

const ORDER_RANK = { exact: 0, derived: 1, absent: 2 } as const;

export const createProgress = ({ account, stackId, runId }: RunRef): RunProgress => ({
  account,
  stackId,
  runId,
  transitions: [],
  url: null,
  runType: null,
});

/** Where the run is now: its terminal state if it has one, however stale its stateVersion, else the latest. */
export function currentTransition(progress: RunProgress): Transition | null {
  const terminal = progress.transitions.find(({ state }) => isTerminalState(state));
  return terminal ?? progress.transitions.at(-1) ?? null;
}

export const currentEventType = (progress: RunProgress): RunEventType | null => {
  const current = currentTransition(progress);
  return current === null ? null : eventTypeOfState(current.state);
};

export const hasEnded = (progress: RunProgress): boolean => {
  const type = currentEventType(progress);
  return type !== null && isTerminalEventType(type);
};

/** Takes one event in; actions follow only from news that moves the run on. */
export function decideRunEvent(progress: RunProgress, event: RunEvent): Decision {
  const transition: Transition = {
    state: event.state,
    stateVersion: event.stateVersion,
    order: event.order,
    at: event.occurredAt,
  };
  const told = progress.transitions.find((known) => isSameTransition(known, transition));
  const next = {
    ...progress,
    transitions: withTransition(progress.transitions, transition),
    url: progress.url ?? event.url,
    runType: progress.runType ?? event.runType,
  };
  if (told !== undefined) return { progress: next, actions: [], isDuplicate: true };
  return { progress: next, actions: actionsOf(progress, next), isDuplicate: false };
}

/**
 * Takes in what Spacelift itself says: fills gaps for the record, may find news no webhook told, and its terminal state
 * stands over any other that was signalled.
 */
export function decideRunFacts(progress: RunProgress, facts: RunFacts): Decision {
  const current = { state: facts.state, stateVersion: facts.stateVersion, at: null };
  const told = facts.history.length > 0 ? facts.history : [current];
  const transitions = told.reduce<readonly Transition[]>(
    (known, { state, stateVersion, at }) =>
      withTransition(known, {
        state,
        stateVersion,
        order: stateVersion === null ? 'absent' : 'exact',
        at,
      }),
    isTerminalState(facts.state)
      ? progress.transitions.filter(({ state }) => state === facts.state || !isTerminalState(state))
      : progress.transitions,
  );
  const next = {
    ...progress,
    transitions,
    url: progress.url ?? facts.url,
    runType: progress.runType ?? facts.runType,
  };
  return { progress: next, actions: actionsOf(progress, next), isDuplicate: false };
}

function actionsOf(before: RunProgress, after: RunProgress): readonly RunAction[] {
  const current = currentTransition(after);
  if (current === null || hasEnded(before)) return [];
  const previous = currentTransition(before);
  if (previous !== null && isSameTransition(previous, current)) return [];
  const type = eventTypeOfState(current.state);
  if (type === 'waiting') return [{ action: 'notify-waiting', state: current.state }];
  return isTerminalEventType(type) ? [{ action: 'conclude', state: current.state }] : [];
}

/**
 * The same state at the same position; a state that can only be had once per run, or one told without its position,
 * is the same wherever it is told.
 */
const isSameTransition = (left: Transition, right: Transition): boolean =>
  left.state === right.state &&
  (left.stateVersion === right.stateVersion ||
    left.stateVersion === null ||
    right.stateVersion === null ||
    isTerminalState(left.state));

function withTransition(
  transitions: readonly Transition[],
  added: Transition,
): readonly Transition[] {
  const same = transitions.filter((known) => isSameTransition(known, added));
  const others = transitions.filter((known) => !isSameTransition(known, added));
  const kept = same.length > 1 && added.stateVersion === null ? same : [same.reduce(better, added)];
  return [...others, ...kept].sort(byPosition);
}

/**
 * The telling to keep of two of the same transition, whichever came first. Of two times the later one is kept: some
 * sources cut milliseconds off.
 */
function better(left: Transition, right: Transition): Transition {
  const rank = ORDER_RANK[left.order] - ORDER_RANK[right.order];
  if (rank !== 0) return rank < 0 ? left : right;
  if (left.stateVersion !== right.stateVersion)
    return (left.stateVersion ?? 0) < (right.stateVersion ?? 0) ? left : right;
  return (left.at ?? 0) >= (right.at ?? 0) ? left : right;
}

/**
 * By stateVersion, a terminal state always at the end. One told without its position stands before all others: it must
 * not hide where the run is known to be.
 */
function byPosition(left: Transition, right: Transition): number {
  const leftEnds = isTerminalState(left.state);
  if (leftEnds !== isTerminalState(right.state)) return leftEnds ? 1 : -1;
  return (
    (left.stateVersion ?? -1) - (right.stateVersion ?? -1) ||
    (left.at ?? 0) - (right.at ?? 0) ||
    (left.state < right.state ? -1 : 1)
  );
}

/** Takes a terminal state back that Spacelift does not confirm: a signed body is a fact to check, not the truth. */
export const withoutTerminal = (progress: RunProgress): RunProgress => ({
  ...progress,
  transitions: progress.transitions.filter(({ state }) => !isTerminalState(state)),
});

/** How the run ended; null while it has not. */
export function verdictOf(progress: RunProgress): RunVerdict | null {
  const current = currentTransition(progress);
  if (current === null) return null;
  const { runId, transitions } = progress;
  const outcome = eventTypeOfState(current.state);
  if (outcome === 'progressed' || outcome === 'waiting') return null;
  const lastOpen = transitions.findLast(({ state }) => !isTerminalState(state));
  const failedIn = outcome === 'failed' && lastOpen !== undefined ? lastOpen.state : null;
  return {
    runId,
    state: current.state,
    outcome,
    reason: failedIn === null ? null : `run failed in ${failedIn}`,
    steps: transitions.map(({ state, at }) => ({ step: state, at: toIso(at) })),
  };
}

export const toIso = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString();
