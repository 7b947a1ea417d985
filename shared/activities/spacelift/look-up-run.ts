/** Asks Spacelift about one run: the truth behind a delivery, and what fills the gaps between deliveries. */
import * as v from 'valibot';
import { toTriggeredBy } from '../../contract/families/family.ts';
import type { RunRef } from '../../workflow/messages.ts';
import type { RunFacts } from '../../workflow/ports.ts';
import type { Traits } from '../../workflow/run-memory.ts';
import { holdOf, type Obstacles } from '../../workflow/run-wait.ts';
import type { SpaceliftClient } from './client.ts';

const DOCUMENT = `query LookUp($stack: ID!, $run: ID!) {
  viewer { id }
  stack(id: $stack) {
    id
    lockedBy
    labels
    space
    namespace
    repository
    blocker { id state }
    dependsOn { dependsOnStack { id } }
    run(id: $run) {
      id type state needsApproval branch driftDetection triggeredBy
      commit { hash }
      delta { addCount changeCount deleteCount }
      history { state stateVersion timestamp note }
    }
  }
}`;

const text = v.nullish(v.string(), null);

const AnswerSchema = v.object({
  stack: v.nullable(
    v.object({
      /** Only whether there is one: who holds a lock is nobody's business here. */
      lockedBy: v.pipe(
        v.nullish(v.string(), null),
        v.transform((holder) => holder !== null && holder !== ''),
      ),
      labels: v.nullish(v.array(v.string()), []),
      space: text,
      namespace: text,
      repository: text,
      blocker: v.nullish(v.object({ id: v.string(), state: v.string() }), null),
      dependsOn: v.nullish(
        v.array(v.object({ dependsOnStack: v.nullable(v.object({ id: v.string() })) })),
        [],
      ),
      run: v.nullable(
        v.object({
          type: v.nullable(v.string()),
          state: v.string(),
          needsApproval: v.nullish(v.boolean(), false),
          branch: text,
          driftDetection: v.nullish(v.boolean(), false),
          triggeredBy: text,
          commit: v.nullish(v.object({ hash: text }), null),
          delta: v.nullish(
            v.object({ addCount: v.number(), changeCount: v.number(), deleteCount: v.number() }),
            null,
          ),
          history: v.array(
            v.object({
              state: v.string(),
              stateVersion: v.nullable(v.number()),
              timestamp: v.nullable(v.number()),
              note: v.nullish(v.string(), null),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** As of an event: a history holds no more. */
const LABELS_LIMIT = 100;

/** `note` is Spacelift's word on why the run is in its state: for the log, not for histories. */
export type RunLookUp = { readonly facts: RunFacts; readonly note: string | null };

export const runPage = (
  { account }: SpaceliftClient,
  { stackId, runId }: Pick<RunRef, 'stackId' | 'runId'>,
): string => `${account.endpoint.replace(/\/+$/, '')}/stack/${stackId}/run/${runId}`;

/** Null when the stack or the run is not there, or not for our key to see. */
export async function lookUpRun(
  client: SpaceliftClient,
  { stackId, runId }: RunRef,
): Promise<RunLookUp | null> {
  const { stack } = await client.call({
    operation: `look up run ${runId} of stack ${stackId}`,
    document: DOCUMENT,
    variables: { stack: stackId, run: runId },
    schema: AnswerSchema,
  });
  if (stack === null || stack.run === null) return null;
  const { type, state, needsApproval, history } = stack.run;
  const newest = history[0];
  return {
    facts: {
      state,
      stateVersion: newest?.state === state ? newest.stateVersion : null,
      runType: type,
      url: runPage(client, { stackId, runId }),
      history: history.toReversed().map((entry) => ({
        state: entry.state,
        stateVersion: entry.stateVersion,
        at: entry.timestamp === null ? null : entry.timestamp * 1000,
      })),
      hold: holdOf({ id: runId, state }, obstaclesOf(stack, needsApproval)),
      traits: traitsOf(stack, stack.run),
    },
    note: newest?.note ?? null,
  };
}

type Stack = NonNullable<v.InferOutput<typeof AnswerSchema>['stack']>;

/** Who triggered it becomes a kind: no name gets into a history. */
function traitsOf(
  { labels, space, namespace, repository }: Stack,
  { branch, commit, driftDetection, triggeredBy, delta }: NonNullable<Stack['run']>,
): Traits {
  const owner = namespace === null || namespace === '' ? '' : `${namespace}/`;
  return {
    branch,
    commit: commit?.hash ?? null,
    labels: labels.slice(0, LABELS_LIMIT),
    space,
    repository: repository === null ? null : `${owner}${repository}`,
    driftDetection,
    triggeredBy: toTriggeredBy(triggeredBy),
    delta: delta && {
      added: delta.addCount,
      changed: delta.changeCount,
      deleted: delta.deleteCount,
    },
  };
}

const obstaclesOf = (stack: Stack, needsApproval: boolean): Obstacles => ({
  needsApproval,
  isLocked: stack.lockedBy,
  blocker: stack.blocker,
  upstream: stack.dependsOn.flatMap(({ dependsOnStack }) => dependsOnStack?.id ?? []),
});
