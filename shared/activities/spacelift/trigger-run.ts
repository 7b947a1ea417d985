/** Makes a run, in the way its type asks for: one attempt, and what its failure says about whether a run was made. */
import * as v from 'valibot';
import { withCause } from '../../workflow/cause.ts';
import type { TriggerOutcome, TriggerRequest } from '../../workflow/ports.ts';
import { toRunMetadata } from '../../workflow/run-metadata.ts';
import type { SpaceliftClient } from './client.ts';
import { SpaceliftFailure } from './failure.ts';

const TRIGGER = `mutation Trigger($stack: ID!, $commitSha: String, $runType: RunType) {
  made: runTrigger(stack: $stack, commitSha: $commitSha, runType: $runType) { id }
}`;

const CREATE_TASK = `mutation CreateTask($stack: ID!, $command: String!, $skipInitialization: Boolean) {
  made: taskCreate(stack: $stack, command: $command, skipInitialization: $skipInitialization) { id }
}`;

const RETRY = `mutation Retry($stack: ID!, $run: ID!) {
  made: runRetry(stack: $stack, run: $run) { id }
}`;

const AnswerSchema = v.object({ made: v.nullable(v.object({ id: v.string() })) });

/** Comes back as `run.user_provided_metadata` in policy inputs: the only value of ours that does. */
const METADATA_HEADER = 'Spacelift-User-Provided-Run-Metadata';

type Way = {
  readonly operation: string;
  readonly document: string;
  readonly variables: Readonly<Record<string, string | boolean | null>>;
};

export async function triggerRun(
  client: SpaceliftClient,
  request: TriggerRequest,
): Promise<TriggerOutcome> {
  const { operation, document, variables } = wayOf(request);
  const { made } = await client.call({
    operation,
    document,
    variables: { stack: request.stackId, ...variables },
    headers: { [METADATA_HEADER]: withCause(toRunMetadata(request.key), request.cause ?? []) },
    schema: AnswerSchema,
  });
  return made === null
    ? { kind: 'refused', reason: `Cannot ${operation}: answer is empty`, isFinal: true }
    : { kind: 'made', runId: made.id };
}

/** A retried run keeps its type; a task without a command is for Spacelift to refuse. */
function wayOf({ stackId, runType, commit, command = null, retryOf = null }: TriggerRequest): Way {
  if (retryOf !== null)
    return {
      operation: `retry run ${retryOf} of stack ${stackId}`,
      document: RETRY,
      variables: { run: retryOf },
    };
  const operation = `trigger a ${runType} run of stack ${stackId}`;
  if (runType === 'TASK')
    return { operation, document: CREATE_TASK, variables: { command: command ?? '' } };
  return { operation, document: TRIGGER, variables: { commitSha: commit, runType } };
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
