/**
 * Looks for the run that Spacelift itself has queued on a stack for the run of a stack above it: the newest tracked one
 * that was not made before that run. By whose wish it was made cannot be seen.
 */
import * as v from 'valibot';
import type { DependentRunQuery, TrackedRun } from '../../workflow/ports.ts';
import { isMadeBefore } from '../../workflow/propagation-state.ts';
import type { SpaceliftClient } from './client.ts';

const DOCUMENT = `query FindDependentRun($stack: ID!) {
  viewer { id }
  stack(id: $stack) { id runs { id type state delta { addCount changeCount deleteCount } } }
}`;

const AnswerSchema = v.object({
  stack: v.nullable(
    v.object({
      runs: v.array(
        v.object({
          id: v.string(),
          type: v.string(),
          state: v.string(),
          delta: v.nullish(
            v.object({ addCount: v.number(), changeCount: v.number(), deleteCount: v.number() }),
            null,
          ),
        }),
      ),
    }),
  ),
});

/** Null when there is none. */
export async function findDependentRun(
  client: SpaceliftClient,
  { stackId, parentRunId }: DependentRunQuery,
): Promise<TrackedRun | null> {
  const { stack } = await client.call({
    operation: `list runs of stack ${stackId}`,
    document: DOCUMENT,
    variables: { stack: stackId },
    schema: AnswerSchema,
  });
  const run = (stack?.runs ?? []).find(
    ({ id, type }) => type === 'TRACKED' && !isMadeBefore(id, parentRunId),
  );
  if (run === undefined) return null;
  const { delta } = run;
  return {
    runId: run.id,
    state: run.state,
    hasChanged: delta === null || delta.addCount + delta.changeCount + delta.deleteCount > 0,
  };
}
