/** Looks for runs of a stack that our own key made: the look after an unanswered trigger. */
import * as v from 'valibot';
import type { FindRunsQuery, FoundRun } from '../../workflow/ports.ts';
import type { SpaceliftClient } from './client.ts';

const RUN_FIELDS = 'id type createdAt triggeredBy commit { hash }';

/** `stack.runs` lists tracked and destroy runs; proposed ones have a list of their own. */
const documentFor = (list: 'runs' | 'proposedRuns') => `query Find($stack: ID!) {
  viewer { id }
  stack(id: $stack) { id found: ${list} { ${RUN_FIELDS} } }
}`;

const AnswerSchema = v.object({
  stack: v.nullable(
    v.object({
      found: v.array(
        v.object({
          id: v.string(),
          type: v.string(),
          createdAt: v.number(),
          triggeredBy: v.nullable(v.string()),
          commit: v.nullable(v.object({ hash: v.string() })),
        }),
      ),
    }),
  ),
});

/** Oldest first; `createdAt` in epoch ms, exact to the second. */
export async function findRuns(
  client: SpaceliftClient,
  { stackId, runType, commit, createdSince }: FindRunsQuery,
): Promise<readonly FoundRun[]> {
  const { stack } = await client.call({
    operation: `list runs of stack ${stackId}`,
    document: documentFor(runType === 'PROPOSED' ? 'proposedRuns' : 'runs'),
    variables: { stack: stackId },
    schema: AnswerSchema,
  });
  const ours = `api::${client.account.keyId}`;
  return (stack?.found ?? [])
    .filter(
      (run) =>
        run.triggeredBy === ours &&
        run.type === runType &&
        (commit === null || run.commit?.hash === commit) &&
        run.createdAt * 1000 >= createdSince,
    )
    .map((run) => ({ runId: run.id, createdAt: run.createdAt * 1000 }))
    .sort((left, right) => left.createdAt - right.createdAt);
}
