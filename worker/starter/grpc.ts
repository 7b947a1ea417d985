/** What a failed Temporal call means for the events it carried: one table from gRPC status to verdict. */
import {
  isGrpcServiceError,
  NamespaceNotFoundError,
  ServiceError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Route } from './route.ts';

export type CallVerdict = {
  readonly verdict: 'refused' | 'retry' | 'already-handled';
  readonly reason: string;
  /** True when the next call would fail alike, so that the rest of the batch is not even tried. */
  readonly isTemporalAway: boolean;
};

/** gRPC status names by code; a verdict `refused` parks the event, so it is kept for what can never succeed. */
const STATUSES: Readonly<Record<number, readonly [name: string, verdict: 'refused' | 'retry']>> = {
  1: ['CANCELLED', 'retry'],
  2: ['UNKNOWN', 'retry'],
  3: ['INVALID_ARGUMENT', 'refused'],
  4: ['DEADLINE_EXCEEDED', 'retry'],
  5: ['NOT_FOUND', 'retry'],
  6: ['ALREADY_EXISTS', 'retry'],
  7: ['PERMISSION_DENIED', 'retry'],
  8: ['RESOURCE_EXHAUSTED', 'retry'],
  9: ['FAILED_PRECONDITION', 'retry'],
  10: ['ABORTED', 'retry'],
  11: ['OUT_OF_RANGE', 'retry'],
  12: ['UNIMPLEMENTED', 'retry'],
  13: ['INTERNAL', 'retry'],
  14: ['UNAVAILABLE', 'retry'],
  15: ['DATA_LOSS', 'retry'],
  16: ['UNAUTHENTICATED', 'retry'],
};

const AWAY_CODES: readonly number[] = [4, 7, 14, 16];

/** `by` is what was called: the SDK has one error for an execution that is not open and for any NOT_FOUND of a start. */
export function verdictOfFailure(error: unknown, by: Route['by']): CallVerdict {
  if (error instanceof WorkflowNotFoundError)
    return by === 'signal'
      ? { verdict: 'already-handled', reason: 'execution-not-open', isTemporalAway: false }
      : { verdict: 'retry', reason: 'temporal answered NOT_FOUND', isTemporalAway: false };
  if (error instanceof NamespaceNotFoundError)
    return { verdict: 'retry', reason: 'temporal namespace not found', isTemporalAway: true };
  const cause = error instanceof ServiceError ? error.cause : error;
  const code = isGrpcServiceError(cause) ? cause.code : undefined;
  const [name, verdict] = (code === undefined ? undefined : STATUSES[code]) ?? [
    'no status',
    'retry',
  ];
  return {
    verdict,
    reason: `temporal answered ${name}`,
    isTemporalAway: code !== undefined && AWAY_CODES.includes(code),
  };
}
