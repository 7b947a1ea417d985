/**
 * Who may leave QUEUED: tracked runs, tasks and destroy runs of a stack go one at a time in the order they were made,
 * the others side by side. Decides only; the engine moves the run.
 */
import { isTerminalState } from '../../../shared/contract/states.ts';
import { currentState, currentTransition, type Run, type RunType, type Stack } from '../model.ts';

const SERIAL_TYPES: ReadonlySet<RunType> = new Set(['TRACKED', 'TASK', 'DESTROY']);

/** Ends of an upstream run that let its dependents go; a skipped one did not fail, so it lets them go too. */
const CLEARING_STATES: ReadonlySet<string> = new Set(['FINISHED', 'SKIPPED']);

export const isSerial = (run: Run): boolean => SERIAL_TYPES.has(run.type);

/** The run that holds the stack: started, not ended, and of a kind that excludes others. */
export const findHolder = (runs: readonly Run[]): Run | null =>
  runs.find((run) => isSerial(run) && isUnderWay(currentState(run))) ?? null;

/** A stack is in the state of the run that holds it, else of the last one that did. */
export function stackStateOf(runs: readonly Run[]): string {
  const holder = findHolder(runs);
  if (holder !== null) return currentState(holder);
  const ended = runs.filter((run) => isSerial(run) && isTerminalState(currentState(run)));
  const [last] = ended.toSorted((a, b) => currentTransition(b).at - currentTransition(a).at);
  return last === undefined ? 'NONE' : currentState(last);
}

export type QueueDecision = { readonly run: Run; readonly verdict: 'start' | 'skip' };

/** The next run to leave QUEUED, if any; `runs` are the stack's, oldest first. */
export function decideNextStart(
  runs: readonly Run[],
  stack: Pick<Stack, 'lock'>,
  findRun: (id: string) => Run | null,
): QueueDecision | null {
  let isStackFree = findHolder(runs) === null;
  for (const run of runs) {
    if (currentState(run) !== 'QUEUED') continue;
    if (isSerial(run)) {
      const decision = isStackFree ? decideStart(run, stack, findRun) : null;
      if (decision !== null) return decision;
      isStackFree = false;
    } else if (run.isRipe) return { run, verdict: 'start' };
  }
  return null;
}

function decideStart(
  run: Run,
  stack: Pick<Stack, 'lock'>,
  findRun: (id: string) => Run | null,
): QueueDecision | null {
  if (!run.isRipe) return null;
  if (stack.lock !== null && stack.lock.by !== run.triggeredBy) return null;
  const upstream = run.upstreamRunIds.flatMap((id) => {
    const found = findRun(id);
    return found === null ? [] : [currentState(found)];
  });
  if (!upstream.every(isTerminalState)) return null;
  return { run, verdict: upstream.every((state) => CLEARING_STATES.has(state)) ? 'start' : 'skip' };
}

const isUnderWay = (state: string) => state !== 'QUEUED' && !isTerminalState(state);
