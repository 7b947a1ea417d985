/**
 * How the attempts to forward a delivery went, kept with it as JSON text. Attempts during an outage reach no delivery by
 * itself, so they are told as one entry once the outage is over. Pure.
 */
import type { Verdict } from '../../shared/contract/envelope.ts';
import type { Outage } from './inbox.ts';

export type Attempt = {
  /** Epoch ms; of the first one when the entry stands for several. */
  readonly at: number;
  readonly count: number;
  /** Null when the starter did not answer. */
  readonly verdict: Verdict['verdict'] | null;
  readonly error: string | null;
};

/** How it began and how it goes now are what matters in a long story. */
const OLDEST_KEPT = 3;
const ENTRIES_LIMIT = 20;

export const parseHistory = (json: string | null): readonly Attempt[] =>
  json === null ? [] : (JSON.parse(json) as Attempt[]);

/** The history with one more attempt, and with the outage that ended before it if the delivery was there to suffer it. */
export function recordAttempt(
  json: string | null,
  attempt: Attempt,
  receivedAt: number,
  outage: Outage | null,
): string {
  const suffered: readonly Attempt[] =
    outage === null || receivedAt > outage.at
      ? []
      : [
          {
            at: Math.max(outage.since, receivedAt),
            count: outage.failures,
            verdict: null,
            error: outage.lastError,
          },
        ];
  const entries = [...parseHistory(json), ...suffered, attempt];
  const excess = Math.max(0, entries.length - ENTRIES_LIMIT);
  return JSON.stringify(entries.toSpliced(OLDEST_KEPT, excess));
}
