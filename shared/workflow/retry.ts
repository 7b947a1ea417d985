/** How often a run is tried for, and the waits in between; imports nothing but types. */
import type { RetryPolicy, RetryWish } from '../contract/events.ts';

/** What an intent does not ask for itself is as configured. */
export const retryPolicyOf = (wish: RetryWish, configured: RetryPolicy): RetryPolicy => ({
  maximumAttempts: wish.maximumAttempts ?? configured.maximumAttempts,
  initialIntervalMs: wish.initialIntervalMs ?? configured.initialIntervalMs,
  backoffCoefficient: wish.backoffCoefficient ?? configured.backoffCoefficient,
  maximumIntervalMs: wish.maximumIntervalMs ?? configured.maximumIntervalMs,
});

/** Milliseconds after the given attempt (from 1): exponential, capped. */
export const backoffMs = (retry: RetryPolicy, attempt: number): number =>
  Math.min(
    retry.initialIntervalMs * retry.backoffCoefficient ** (attempt - 1),
    retry.maximumIntervalMs,
  );
