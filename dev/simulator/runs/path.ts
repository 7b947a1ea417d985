/**
 * The way of a run through its states, decided without clock or timers: which states a new run has before it, and
 * whether it may take the next one by itself.
 */
import { isTerminalState } from '../../../shared/contract/states.ts';
import type { Run, RunRequest, Script, Stack } from '../model.ts';

const START = ['READY', 'PREPARING', 'INITIALIZING'] as const;
const APPLY = ['CONFIRMED', 'PREPARING_APPLY', 'APPLYING', 'FINISHED'] as const;
const REPLAN = ['REPLAN_REQUESTED', 'PREPARING_REPLAN', 'PLANNING'] as const;

/** States in which a person has to decide before the run goes on. */
const DECISION_STATES: ReadonlySet<string> = new Set(['UNCONFIRMED', 'PENDING_REVIEW']);

type PathFacts = {
  readonly request: Pick<RunRequest, 'type' | 'skipInitialization' | 'forceApply'>;
  readonly stack: Pick<Stack, 'autodeploy' | 'lock'>;
  readonly script: Script;
  readonly destroyStates: readonly string[];
};

/** The states after QUEUED; a scripted sequence may name QUEUED itself. */
export function planPath(facts: PathFacts): readonly string[] {
  const { script } = facts;
  const scripted = script.states?.[0] === 'QUEUED' ? script.states.slice(1) : script.states;
  return failingAt(scripted ?? usualPath(facts), script.failAt);
}

/** The states after a person's yes; those that were planned already, or the usual ones. */
export const pathAfterConfirm = (run: Run): readonly string[] =>
  run.path.length > 0 ? run.path : failingAt(APPLY, run.script.failAt);

export const pathAfterReplan = (run: Run): readonly string[] =>
  failingAt([...REPLAN, 'UNCONFIRMED', ...APPLY], run.script.failAt);

/** Whether a person's decision is what the run waits for, or it has nowhere to go. */
export function isHeld(run: Run, state: string): boolean {
  if (isTerminalState(state) || run.path.length === 0) return true;
  return run.script.states === undefined && DECISION_STATES.has(state);
}

function usualPath({ request, stack, script, destroyStates }: PathFacts): readonly string[] {
  switch (request.type) {
    case 'TRACKED': {
      const applies = (script.changes ?? true) || request.forceApply;
      if (!applies) return [...START, 'PLANNING', 'FINISHED'];
      return stack.autodeploy && stack.lock === null
        ? [...START, 'PLANNING', 'APPLYING', 'FINISHED']
        : [...START, 'PLANNING', 'UNCONFIRMED', ...APPLY];
    }
    case 'TASK':
      return request.skipInitialization
        ? ['READY', 'PREPARING', 'PERFORMING', 'FINISHED']
        : [...START, 'PERFORMING', 'FINISHED'];
    case 'TESTING':
      return [...START, 'PLANNING', 'APPLYING', 'DESTROYING', 'FINISHED'];
    case 'DESTROY':
      return [...START, ...destroyStates, 'FINISHED'];
    case 'PROPOSED':
    case 'PARSE':
      return [...START, 'PLANNING', 'FINISHED'];
  }
}

/** Cuts the way short after the failing state; a module test destroys what it built even then. */
function failingAt(path: readonly string[], state: string | undefined): readonly string[] {
  if (state === undefined) return path;
  if (state === 'QUEUED') return ['FAILED'];
  const index = path.indexOf(state);
  if (index === -1) return path;
  const cleansUp = state === 'APPLYING' && path.includes('DESTROYING');
  return [...path.slice(0, index + 1), ...(cleansUp ? ['DESTROYING'] : []), 'FAILED'];
}
