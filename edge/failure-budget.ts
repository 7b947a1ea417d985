/**
 * How often in a row genuine deliveries of a webhook could not be kept: Spacelift switches a webhook off after ten
 * failures and tells only its own inbox. Counted by each process or isolate for itself, so it is a sign and no proof.
 */

/** Consecutive failures after which Spacelift switches a webhook off. */
export const FAILURES_LIMIT = 10;

export type FailureBudget = {
  readonly recordSuccess: (webhook: string) => void;
  /** Answers how many there have been in a row. */
  readonly recordFailure: (webhook: string) => number;
  /** Of the webhook that is nearest to being switched off. */
  readonly worst: () => number;
};

export function createFailureBudget(): FailureBudget {
  const failures = new Map<string, number>();
  return {
    recordSuccess(webhook) {
      failures.delete(webhook);
    },
    recordFailure(webhook) {
      const count = (failures.get(webhook) ?? 0) + 1;
      failures.set(webhook, count);
      return count;
    },
    worst: () => Math.max(0, ...failures.values()),
  };
}
