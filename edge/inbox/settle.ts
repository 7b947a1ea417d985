/**
 * What becomes of a delivery after the starter's word on it, and when an inbox wakes next. Pure: time, randomness and
 * what else happened in the inbox are handed in.
 */
import type { Verdict } from '../../shared/contract/envelope.ts';
import { backoffMs } from './backoff.ts';
import { recordAttempt } from './history.ts';
import type { Pacing } from '../config.ts';
import type { DeliveryStatus, Outage } from './inbox.ts';
import type { ForwardFault } from '../transport.ts';

export type Attempted = {
  /** Attempts before this one. */
  readonly attempts: number;
  /** When the starter first answered `retry`; null when it never did. */
  readonly retryingSince: number | null;
  readonly receivedAt: number;
  readonly history: string | null;
};

/** The columns of a delivery that an attempt changes. */
export type Settlement = Omit<Attempted, 'receivedAt'> & {
  readonly status: Exclude<DeliveryStatus, 'unparsed'>;
  /** 0 for as soon as may be. */
  readonly nextAttemptAt: number;
  readonly settledAt: number | null;
  /** Why it is parked. */
  readonly reason: string | null;
  /** What the starter said to the attempt that did not get it through. */
  readonly lastError: string | null;
  readonly verdict: Verdict['verdict'];
  readonly executionId: string | null;
};

export type SettleFacts = {
  readonly now: number;
  readonly random: number;
  readonly retryAfterMs: number | null;
  readonly pacing: Pacing;
  /** The one that this answer has ended. */
  readonly outage: Outage | null;
  /** Whether another delivery of this inbox has got through since the given time. */
  readonly hasDeliveredSince: (since: number) => boolean;
};

/** Texts of the starter are kept up to this, enough for a reason and its circumstances. */
const REASON_LENGTH = 500;

export function decideSettlement(
  { attempts, retryingSince, receivedAt, history }: Attempted,
  { verdict, executionId, reason }: Verdict,
  { now, random, retryAfterMs, pacing, outage, hasDeliveredSince }: SettleFacts,
): Settlement {
  const lastError = reason?.slice(0, REASON_LENGTH) ?? null;
  const settled = {
    attempts: attempts + 1,
    retryingSince,
    nextAttemptAt: 0,
    settledAt: now,
    lastError,
    verdict,
    executionId: executionId ?? null,
    history: recordAttempt(
      history,
      { at: now, count: 1, verdict, error: lastError },
      receivedAt,
      outage,
    ),
  };
  switch (verdict) {
    case 'started':
    case 'signalled':
    case 'already-handled':
      return { ...settled, status: 'delivered', reason: null, lastError: null };
    case 'refused':
      return { ...settled, status: 'parked', reason: lastError ?? verdict };
    case 'retry': {
      const since = retryingSince ?? now;
      // Only an event that others overtake is at fault itself; when nothing gets through, it is the way.
      if (now - since > pacing.parkAfterMs && hasDeliveredSince(since))
        return { ...settled, status: 'parked', reason: 'retried-too-long' };
      const wait = Math.max(backoffMs(settled.attempts, pacing, random), retryAfterMs ?? 0);
      return {
        ...settled,
        status: 'pending',
        reason: null,
        retryingSince: since,
        nextAttemptAt: now + wait,
        settledAt: null,
      };
    }
  }
}

/** The outage as it stands after one more batch that nobody answered. */
export function lengthenOutage(
  outage: Outage | null,
  { error, retryAfterMs }: ForwardFault,
  { now, random, pacing }: Pick<SettleFacts, 'now' | 'random' | 'pacing'>,
): Outage {
  const failures = (outage?.failures ?? 0) + 1;
  const wait = Math.max(backoffMs(failures, pacing, random), retryAfterMs ?? 0);
  return {
    failures,
    since: outage?.since ?? now,
    at: now,
    until: now + wait,
    lastError: error.slice(0, REASON_LENGTH),
  };
}

export type WakeFacts = {
  /** When the first pending delivery may be attempted; null when none is pending. */
  readonly dueAt: number | null;
  readonly outageUntil: number | null;
  readonly pruneAt: number | null;
};

/** When the alarm must ring, for forwarding or for pruning, whichever comes first; null for never. */
export function nextWakeAt({ dueAt, outageUntil, pruneAt }: WakeFacts): number | null {
  const forwardAt = dueAt === null ? null : Math.max(dueAt, outageUntil ?? 0);
  if (forwardAt === null || pruneAt === null) return forwardAt ?? pruneAt;
  return Math.min(forwardAt, pruneAt);
}
