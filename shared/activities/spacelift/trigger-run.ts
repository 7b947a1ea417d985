/** Starts a run: one attempt, and what its failure says about whether a run was made. */
import * as v from 'valibot';
import { withCause } from '../../workflow/cause.ts';
import type { TriggerOutcome, TriggerRequest } from '../../workflow/ports.ts';
import type { SpaceliftClient } from './client.ts';
import { SpaceliftFailure } from './failure.ts';

const DOCUMENT = `mutation Trigger($stack: ID!, $commitSha: String, $runType: RunType) {
  runTrigger(stack: $stack, commitSha: $commitSha, runType: $runType) { id }
}`;

const AnswerSchema = v.object({ runTrigger: v.nullable(v.object({ id: v.string() })) });

/** Comes back as `run.user_provided_metadata` in policy inputs: the only value of ours that does. */
const METADATA_HEADER = 'Spacelift-User-Provided-Run-Metadata';

export async function triggerRun(
  client: SpaceliftClient,
  request: TriggerRequest,
): Promise<TriggerOutcome> {
  const operation = `trigger a ${request.runType} run of stack ${request.stackId}`;
  const { runTrigger } = await client.call({
    operation,
    document: DOCUMENT,
    variables: { stack: request.stackId, commitSha: request.commit, runType: request.runType },
    headers: {
      [METADATA_HEADER]: withCause(`spacelift-temporal/${request.key}`, request.cause ?? []),
    },
    schema: AnswerSchema,
  });
  return runTrigger === null
    ? { kind: 'refused', reason: `Cannot ${operation}: answer is empty`, isFinal: true }
    : { kind: 'made', runId: runTrigger.id };
}

/** What a failed attempt means for the run it wanted; throws what is no failure of the call. */
export function outcomeOfFailure(error: unknown): TriggerOutcome {
  if (!(error instanceof SpaceliftFailure)) throw error;
  const { message: reason, failureClass, retryAfterMs } = error;
  if (failureClass === 'ambiguous') return { kind: 'unknown', reason };
  return {
    kind: 'refused',
    reason,
    isFinal: failureClass === 'final',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}
