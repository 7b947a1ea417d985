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
import type { RunProgress, Transition } from './run-memory.ts';
import { traitsOf, withEventTraits, withLookTraits } from './run-traits.ts';
import { type Wait, waitOf } from './run-wait.ts';

/** What to do about it. That a run has ended is no action but progress, which may be taken back. */
export type RunAction = { readonly action: 'notify-waiting'; readonly state: string };

export type Decision = {
  readonly progress: RunProgress;
  readonly actions: readonly RunAction[];
  /** True when the event told nothing new. */
  readonly isDuplicate: boolean;
};

/**
 * States kept of one run. Real runs pass through some dozens; this keeps a sender of ever new ones from filling the
 * history, which would end the execution.
 */
export const TRANSITIONS_LIMIT = 500;

const ORDER_RANK = { exact: 0, derived: 1, absent: 2 } as const;

export const createProgress = ({ account, stackId, runId }: RunRef): RunProgress => ({
  account,
  stackId,
  runId,
  transitions: [],
  url: null,
  runType: null,
  hold: null,
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
  const next = withoutStaleHold(progress, {
    ...progress,
    transitions: withTransition(progress.transitions, transition),
    url: progress.url ?? event.url,
    runType: progress.runType ?? event.runType,
    traits: withEventTraits(traitsOf(progress), event),
  });
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
  const here = { ...progress, transitions };
  const next = {
    ...here,
    url: progress.url ?? facts.url,
    runType: progress.runType ?? facts.runType,
    hold: currentTransition(here)?.state === facts.state ? (facts.hold ?? null) : null,
    traits: withLookTraits(traitsOf(progress), facts.traits ?? null),
  };
  return { progress: next, actions: actionsOf(progress, next), isDuplicate: false };
}

function actionsOf(before: RunProgress, after: RunProgress): readonly RunAction[] {
  const current = currentTransition(after);
  if (current === null || hasEnded(before)) return [];
  const wait = currentWait(after);
  if (wait === null || !wait.isForPerson) return [];
  const isKnown = isSameCurrent(before, after) && currentWait(before)?.kind === wait.kind;
  return isKnown ? [] : [{ action: 'notify-waiting', state: current.state }];
}

/** Whose turn it is, if the run does not go on by itself. */
export function currentWait(progress: RunProgress): Wait | null {
  const current = currentTransition(progress);
  return current === null ? null : waitOf(current.state, progress.hold);
}

function isSameCurrent(before: RunProgress, after: RunProgress): boolean {
  const [left, right] = [currentTransition(before), currentTransition(after)];
  return left !== null && right !== null && isSameTransition(left, right);
}

/** What was in the way of one state says nothing about the next. */
const withoutStaleHold = (before: RunProgress, after: RunProgress): RunProgress =>
  isSameCurrent(before, after) ? after : { ...after, hold: null };

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
  return [...others, ...kept].sort(byPosition).slice(-TRANSITIONS_LIMIT);
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

/** Beyond these a Date is none, and throws when it is written. */
const LATEST_MS = 8_640_000_000_000_000;

export const toIso = (at: number | null): string | null =>
  at === null || !(Math.abs(at) <= LATEST_MS) ? null : new Date(at).toISOString();
