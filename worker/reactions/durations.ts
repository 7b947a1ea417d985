/** Durations as rules write them: `90s`, `30m`, `4h`, `2d`. */

export type Duration = `${number}${keyof typeof UNITS}`;

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Longer waits are typing errors. */
const LIMIT_MS = 30 * UNITS.d;

/** Milliseconds; null for what is no duration of at least a second and at most 30 days. */
export function parseDuration(text: string): number | null {
  const [, amount, unit] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return null;
  const durationMs = Number(amount) * UNITS[unit as keyof typeof UNITS];
  return durationMs > 0 && durationMs <= LIMIT_MS ? durationMs : null;
}
