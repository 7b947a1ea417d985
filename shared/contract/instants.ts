/**
 * Spacelift writes times in seconds (run payloads), milliseconds (audit, `timestamp_millis`) and nanoseconds (policy
 * inputs, beyond 2^53, rounded by JSON numbers). All become epoch milliseconds; what cannot be a time becomes null.
 */

/** 2001-09-09 in seconds, and its milliseconds and nanoseconds: any Spacelift time lies between its unit's bounds. */
const SECONDS_FROM = 1e9;
const MILLISECONDS_FROM = 1e12;
const NANOSECONDS_FROM = 1e18;

const NANOSECONDS_PER_MILLISECOND = 1e6;
const MILLISECONDS_PER_SECOND = 1000;

/** The last instant a Date can hold. */
const LATEST_INSTANT = 8.64e15;

/** Reads a number, or a numeric text, of unknown unit by its magnitude. */
export function toInstant(time: unknown): number | null {
  const number = typeof time === 'string' && time !== '' ? Number(time) : time;
  if (typeof number !== 'number' || !Number.isFinite(number) || number < SECONDS_FROM) return null;
  const instant = Math.floor(toMilliseconds(number));
  return instant <= LATEST_INSTANT ? instant : null;
}

function toMilliseconds(number: number): number {
  if (number >= NANOSECONDS_FROM) return number / NANOSECONDS_PER_MILLISECOND;
  return number >= MILLISECONDS_FROM ? number : number * MILLISECONDS_PER_SECOND;
}
