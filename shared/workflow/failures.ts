/** What an activity's failure says, without Temporal's wrapping. */
import { isCancellation, rootCause } from '@temporalio/workflow';

export const messageOf = (error: unknown): string => rootCause(error) ?? 'unknown failure';

/** Cancellation is a person's wish and ends the execution; every other failure may be lived with. */
export function rethrowCancellation(error: unknown): void {
  if (isCancellation(error)) throw error;
}
