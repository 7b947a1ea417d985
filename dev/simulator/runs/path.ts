/**
 * The way of a run through its states, decided without clock or timers: which states it has before it, as far as that
 * can be told, and whether it may take the next one by itself. What comes after planning shows only then: a lock may
 * come or go meanwhile.
 */
import { isTerminalState } from '../../../shared/contract/states.ts';
import { currentState, type Run, type RunRequest, type Script, type Stack } from '../model.ts';

const START = ['READY', 'PREPARING', 'INITIALIZING'] as const;
const APPLY = ['CONFIRMED', 'PREPARING_APPLY', 'APPLYING', 'FINISHED'] as const;
const REPLAN = ['REPLAN_REQUESTED', 'PREPARING_REPLAN', 'PLANNING', 'UNCONFIRMED'] as const;

/** States in which a person has to decide before the run goes on. */
const DECISION_STATES: ReadonlySet<string> = new Set(['UNCONFIRMED', 'PENDING_REVIEW']);

type PathFacts = {
  readonly request: Pick<RunRequest, 'type' | 'skipInitialization'>;
  readonly script: Script;
  readonly destroyStates: readonly string[];
};

/** The states after QUEUED, up to a plan to decide about; a scripted sequence may name QUEUED itself. */
export function planPath(facts: PathFacts): readonly string[] {
  const { script } = facts;
  const scripted = script.states?.[0] === 'QUEUED' ? script.states.slice(1) : script.states;
  return failingAt(scripted ?? usualPath(facts), script.failAt);
}

/** The states from here on: those planned, or after a plan, what the plan and the stack ask for. */
export function statesAhead(run: Run, stack: Pick<Stack, 'autodeploy' | 'lock'>) {
  if (run.path.length > 0 || !endsWithPlan(run)) return run.path;
  return failingAt(pathAfterPlan(run, stack), run.script.failAt);
}

/** The states after a person's yes; those that were planned already, or the usual ones. */
export const pathAfterConfirm = (run: Run): readonly string[] =>
  run.path.length > 0 ? run.path : failingAt(APPLY, run.script.failAt);

export const pathAfterReplan = (run: Run): readonly string[] =>
  failingAt(REPLAN, run.script.failAt);

/** Whether a person's decision is what the run waits for, or it has nowhere to go. */
export function isHeld(run: Run): boolean {
  const state = currentState(run);
  if (isTerminalState(state)) return true;
  if (run.script.states === undefined && DECISION_STATES.has(state)) return true;
  return run.path.length === 0 && !endsWithPlan(run);
}

const endsWithPlan = (run: Run) =>
  run.script.states === undefined && currentState(run) === 'PLANNING';

function usualPath({ request, destroyStates }: PathFacts): readonly string[] {
  switch (request.type) {
    case 'TRACKED':
    case 'PROPOSED':
      return [...START, 'PLANNING'];
    case 'TASK':
      return request.skipInitialization
        ? ['READY', 'PREPARING', 'PERFORMING', 'FINISHED']
        : [...START, 'PERFORMING', 'FINISHED'];
    case 'TESTING':
      return [...START, 'PLANNING', 'APPLYING', 'DESTROYING', 'FINISHED'];
    case 'DESTROY':
      return [...START, ...destroyStates, 'FINISHED'];
    case 'PARSE':
      return [...START, 'PLANNING', 'FINISHED'];
  }
}

function pathAfterPlan(
  { type, script, forceApply }: Run,
  { autodeploy, lock }: Pick<Stack, 'autodeploy' | 'lock'>,
): readonly string[] {
  const warns = script.warns ?? false;
  if (type !== 'TRACKED') return warns ? ['PENDING_REVIEW'] : ['FINISHED'];
  if (!(script.changes ?? true) && !forceApply) return ['FINISHED'];
  return autodeploy && lock === null && !warns ? ['APPLYING', 'FINISHED'] : ['UNCONFIRMED'];
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
