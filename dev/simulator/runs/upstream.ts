/**
 * What the runs upstream mean for a run of a native dependent. A skipped run did not fail, so it lets its dependents go
 * even if it was skipped for a failure further up; a dependent that takes outputs runs only when they are new.
 */
import { isTerminalState } from '../../../shared/contract/states.ts';
import { currentState, type Run, type Stack } from '../model.ts';
import type { Switches } from '../switches.ts';

type UpstreamFacts = {
  readonly stack: Pick<Stack, 'alwaysAfter' | 'references'>;
  readonly findRun: (id: string) => Run | null;
  readonly switches: Pick<Switches, 'upstreamAbandoned'>;
};

export type UpstreamDecision =
  | 'wait'
  | 'start'
  | { readonly state: 'SKIPPED' | 'CANCELED'; readonly note: string };

export function decideUpstream(
  run: Run,
  { stack, findRun, switches }: UpstreamFacts,
): UpstreamDecision {
  const upstream = run.upstreamRunIds.flatMap((id) => findRun(id) ?? []);
  const states = upstream.map(currentState);
  if (!states.every(isTerminalState)) return 'wait';
  if (states.includes('FAILED')) return { state: 'SKIPPED', note: 'An upstream run failed' };
  if (!states.every((state) => state === 'FINISHED' || state === 'SKIPPED'))
    return { state: switches.upstreamAbandoned, note: 'An upstream run was given up' };
  if (hasNewInput(upstream, stack)) return 'start';
  return { state: 'SKIPPED', note: 'No upstream run has new outputs' };
}

/** References to stacks that are not part of the tree have nothing to say in it. */
function hasNewInput(
  upstream: readonly Run[],
  stack: Pick<Stack, 'alwaysAfter' | 'references'>,
): boolean {
  const references = stack.references.flatMap((reference) => {
    const source = upstream.find(({ stackId }) => stackId === reference.stack);
    const triggerAlways = reference.triggerAlways || stack.alwaysAfter.includes(reference.stack);
    return source === undefined ? [] : { source, triggerAlways };
  });
  if (references.length === 0) return true;
  return references.some(({ source, triggerAlways }) => triggerAlways || hasNewOutputs(source));
}

/** Outputs are written by applying only; a run without changes refreshes none. */
const hasNewOutputs = (run: Run) =>
  isApplied(run) && currentState(run) === 'FINISHED' && (run.script.outputsChange ?? true);

export const isApplied = (run: Run): boolean =>
  run.history.some(({ state }) => state === 'APPLYING');
