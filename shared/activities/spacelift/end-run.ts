/**
 * Brings a run to an end: one request, always with the run's id, since without it Spacelift takes whichever run blocks the
 * stack. Which of the mutations fits the run's state is for the caller to say.
 */
import * as v from 'valibot';
import type { Ending, EndingOutcome, EndingRequest } from '../../workflow/ports.ts';
import type { SpaceliftClient } from './client.ts';
import { SpaceliftFailure } from './failure.ts';

const RUN = 'stack: $stack, run: $run';

const MUTATIONS = {
  cancel: `runCancel(${RUN})`,
  stop: `runStop(${RUN})`,
  discard: `runDiscard(${RUN})`,
  reject: `runReview(${RUN}, decision: REJECT)`,
} as const satisfies Record<Ending, string>;

const documentFor = (ending: Ending) => `mutation End($stack: ID!, $run: ID!) {
  ended: ${MUTATIONS[ending]} { id }
}`;

const AnswerSchema = v.object({ ended: v.nullable(v.object({ id: v.string() })) });

export async function endRun(
  client: SpaceliftClient,
  { ending, stackId, runId }: EndingRequest,
): Promise<EndingOutcome> {
  const operation = `${ending} run ${runId} of stack ${stackId}`;
  try {
    const { ended } = await client.call({
      operation,
      document: documentFor(ending),
      variables: { stack: stackId, run: runId },
      schema: AnswerSchema,
    });
    if (ended !== null) return { kind: 'asked' };
    return { kind: 'refused', reason: `Cannot ${operation}: answer is empty` };
  } catch (error) {
    if (!(error instanceof SpaceliftFailure)) throw error;
    const kind = error.failureClass === 'ambiguous' ? 'unknown' : 'refused';
    return { kind, reason: error.message };
  }
}
