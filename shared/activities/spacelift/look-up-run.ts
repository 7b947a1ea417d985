/** Asks Spacelift about one run: the truth behind a delivery, and what fills the gaps between deliveries. */
import * as v from 'valibot';
import type { RunRef } from '../../workflow/messages.ts';
import type { RunFacts } from '../../workflow/ports.ts';
import { holdOf, type Obstacles } from '../../workflow/run-wait.ts';
import type { SpaceliftClient } from './client.ts';

const DOCUMENT = `query LookUp($stack: ID!, $run: ID!) {
  viewer { id }
  stack(id: $stack) {
    id
    lockedBy
    blocker { id state }
    dependsOn { dependsOnStack { id } }
    run(id: $run) { id type state needsApproval history { state stateVersion timestamp note } }
  }
}`;

const AnswerSchema = v.object({
  stack: v.nullable(
    v.object({
      /** Only whether there is one: who holds a lock is nobody's business here. */
      lockedBy: v.pipe(
        v.nullish(v.string(), null),
        v.transform((holder) => holder !== null && holder !== ''),
      ),
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
    },
    note: newest?.note ?? null,
  };
}

type Stack = NonNullable<v.InferOutput<typeof AnswerSchema>['stack']>;

const obstaclesOf = (stack: Stack, needsApproval: boolean): Obstacles => ({
  needsApproval,
  isLocked: stack.lockedBy,
  blocker: stack.blocker,
  upstream: stack.dependsOn.flatMap(({ dependsOnStack }) => dependsOnStack?.id ?? []),
});
