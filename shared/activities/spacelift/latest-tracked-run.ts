/** The newest tracked run of a stack: a notifier that shows one thing per stack asks whether a later run has spoken. */
import * as v from 'valibot';
import type { SpaceliftClient } from './client.ts';

/** `stack.runs` holds destroy runs, too; a page has some dozens, and what is older is not looked for. */
const DOCUMENT = `query LatestTracked($stack: ID!) {
  viewer { id }
  stack(id: $stack) { id runs { id type state commit { hash } } }
}`;

const AnswerSchema = v.object({
  stack: v.nullable(
    v.object({
      runs: v.array(
        v.object({
          id: v.string(),
          type: v.string(),
          state: v.string(),
          commit: v.nullish(v.object({ hash: v.string() }), null),
        }),
      ),
    }),
  ),
});

export async function latestTrackedRun(
  client: SpaceliftClient,
  stackId: string,
): Promise<{ runId: string; state: string; commit: string | null } | null> {
  const { stack } = await client.call({
    operation: `look up the latest tracked run of stack ${stackId}`,
    document: DOCUMENT,
    variables: { stack: stackId },
    schema: AnswerSchema,
  });
  const run = stack?.runs.find(({ type }) => type === 'TRACKED');
  if (run === undefined) return null;
  return { runId: run.id, state: run.state, commit: run.commit?.hash ?? null };
}
