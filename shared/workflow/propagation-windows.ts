/**
 * Maintenance windows: when a stack with a label may start. Pure, in UTC: the workflow knows no time zones. A stack with
 * several windows may start in any of them.
 */

export type MaintenanceWindow = {
  /** Of the stack. */
  readonly label: string;
  /** Days on which the window opens, 0 for Sunday. */
  readonly days: readonly number[];
  /** Minutes after midnight UTC; one that closes at or before it opens closes on the next day. */
  readonly fromMinute: number;
  readonly toMinute: number;
};

const MINUTE_MS = 60_000;
const DAY_MINUTES = 24 * 60;
const DAY_MS = DAY_MINUTES * MINUTE_MS;

/** Yesterday's may still be open; after a week all come again. */
const DAYS_TO_LOOK_AT = [-1, 0, 1, 2, 3, 4, 5, 6, 7];

/** `at` where the stack may start now, or the next opening; null where it may never. Epoch ms. */
export function opensAt(
  labels: readonly string[],
  windows: readonly MaintenanceWindow[],
  at: number,
): number | null {
  const ours = windows.filter(({ label }) => labels.includes(label));
  if (ours.length === 0) return at;
  const openings = ours.flatMap((window) => openingsOf(window, at));
  return openings.length === 0 ? null : Math.min(...openings);
}

function openingsOf({ days, fromMinute, toMinute }: MaintenanceWindow, at: number): number[] {
  const length =
    toMinute > fromMinute ? toMinute - fromMinute : toMinute + DAY_MINUTES - fromMinute;
  const midnight = Math.floor(at / DAY_MS) * DAY_MS;
  return DAYS_TO_LOOK_AT.flatMap((day) => {
    const opens = midnight + day * DAY_MS + fromMinute * MINUTE_MS;
    const isWanted = days.includes(new Date(midnight + day * DAY_MS).getUTCDay());
    return isWanted && opens + length * MINUTE_MS > at ? [Math.max(opens, at)] : [];
  });
}
