/**
 * Spacelift writes times in seconds (run payloads), milliseconds (audit trail, `timestamp_millis`) and nanoseconds
 * (policy inputs), and people write them in microseconds too. All become epoch milliseconds; what cannot be a time
 * becomes null. Nanoseconds lie beyond 2^53 and arrive rounded by up to 256, seconds with a fraction are rounded too, so
 * both are brought to whole microseconds before they are cut: else a time on a millisecond could lose it.
 */

/** 2001-09-09 in seconds: what is smaller is no time. */
const SECONDS_FROM = 1e9;
/** From here on a number is read in the next smaller unit: a thousand times 1973-03, and still the year 5138 before. */
const MILLISECONDS_FROM = 1e11;
const MICROSECONDS_FROM = 1e14;
const NANOSECONDS_FROM = 1e17;

/** The last instant a Date can hold. */
const LATEST_INSTANT = 8.64e15;

/** Reads a number, or a numeric text, of unknown unit by its magnitude. */
export function toInstant(time: unknown): number | null {
  const number = typeof time === 'string' ? Number(time) : time;
  if (typeof number !== 'number' || !(number >= SECONDS_FROM)) return null;
  const instant = Math.floor(Math.round(toMicroseconds(number)) / 1000);
  return instant <= LATEST_INSTANT ? instant : null;
}

function toMicroseconds(number: number): number {
  if (number < MILLISECONDS_FROM) return number * 1e6;
  if (number < MICROSECONDS_FROM) return number * 1000;
  return number < NANOSECONDS_FROM ? number : number / 1000;
}
