/**
 * Who may leave QUEUED: tracked runs, tasks and destroy runs of a stack go one at a time in the order they were made,
 * prioritized ones before the others; other types go side by side. Decides only; the engine moves the run.
 */
import { isTerminalState } from '../../../shared/contract/states.ts';
import { currentState, currentTransition, type Run, type RunType, type Stack } from '../model.ts';
import type { Switches } from '../switches.ts';
import { needsApproval } from './approvals.ts';
import { decideUpstream, type UpstreamDecision } from './upstream.ts';

const SERIAL_TYPES: ReadonlySet<RunType> = new Set(['TRACKED', 'TASK', 'DESTROY']);

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

export type QueueFacts = {
  readonly stack: Stack;
  readonly findRun: (id: string) => Run | null;
  readonly isCompleted: (externalDependency: string) => boolean;
  readonly switches: Pick<Switches, 'upstreamAbandoned' | 'waitingRunBlocks'>;
};

/** What keeps a run in QUEUED, apart from other runs of its stack. */
export type QueueReason = 'age' | 'lock' | 'approval' | 'external-dependency' | 'upstream';

export function findQueueReason(run: Run, facts: QueueFacts): QueueReason | null {
  const { stack } = facts;
  if (isSerial(run) && stack.lock !== null && stack.lock.by !== run.triggeredBy) return 'lock';
  if (needsApproval(run, stack)) return 'approval';
  if (!run.externalDependencies.every(facts.isCompleted)) return 'external-dependency';
  if (decideUpstream(run, facts) === 'wait') return 'upstream';
  return run.isRipe ? null : 'age';
}

export type QueueDecision = {
  readonly run: Run;
  readonly verdict: Exclude<UpstreamDecision, 'wait'>;
};

/** The next run to leave QUEUED, if any; `runs` are the stack's, oldest first. */
export function decideNextStart(runs: readonly Run[], facts: QueueFacts): QueueDecision | null {
  let isStackFree = findHolder(runs) === null;
  for (const run of inOrder(runs)) {
    if (currentState(run) !== 'QUEUED' || (isSerial(run) && !isStackFree)) continue;
    const verdict = decideUpstream(run, facts);
    const reason = findQueueReason(run, facts);
    if (verdict !== 'wait' && reason === null) return { run, verdict };
    if (isSerial(run)) isStackFree = givesWay(reason, facts);
  }
  return null;
}

/** A lock keeps everybody out but its holder, whose runs must then come through. */
function givesWay(reason: QueueReason | null, { switches }: QueueFacts): boolean {
  if (reason === 'lock') return true;
  const waits = reason === 'upstream' || reason === 'external-dependency';
  return waits && !switches.waitingRunBlocks;
}

const inOrder = (runs: readonly Run[]) =>
  runs.toSorted((a, b) => Number(b.isPrioritized) - Number(a.isPrioritized));

const isUnderWay = (state: string) => state !== 'QUEUED' && !isTerminalState(state);
