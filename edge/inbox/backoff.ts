/** How long to wait before the starter is asked again. Pure: attempt, bounds and randomness are handed in. */

export type BackoffBounds = { readonly backoffBaseMs: number; readonly backoffCapMs: number };

/** A starter that asks for more is asked again after this: a mistyped header must not stop an inbox for a day. */
const RETRY_AFTER_LIMIT_MS = 15 * 60 * 1000;

/** Exponential with a cap and equal jitter: never under half of the ceiling, so that no attempt follows at once. */
export function backoffMs(attempt: number, bounds: BackoffBounds, random: number): number {
  const ceiling = Math.min(
    bounds.backoffCapMs,
    bounds.backoffBaseMs * 2 ** Math.max(0, attempt - 1),
  );
  return Math.round((ceiling / 2) * (1 + random));
}

/** `Retry-After` in either form of RFC 9110 §10.2.3, as a wait from `now`; null when there is none or it makes no sense. */
export function parseRetryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const wait = /^\d{1,9}$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isNaN(wait) ? null : Math.min(Math.max(0, wait), RETRY_AFTER_LIMIT_MS);
}
