/** The wait before another attempt; imports nothing but the type of the policy. */
import type { RetryPolicy } from '../contract/events.ts';

/** Milliseconds after the given attempt (from 1): exponential, capped. */
export const backoffMs = (retry: RetryPolicy, attempt: number): number =>
  Math.min(
    retry.initialIntervalMs * retry.backoffCoefficient ** (attempt - 1),
    retry.maximumIntervalMs,
  );
