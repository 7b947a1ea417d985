/** When a route is quiet, in the time of a place. Pure: the instant is handed in. */
import * as v from 'valibot';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAY_MINUTES = 24 * 60;
const MINUTE_MS = 60_000;

/** Every offset from UTC that is in use is a multiple of it, so no quiet time ends between two steps by more. */
const STEP_MS = 15 * MINUTE_MS;

/** A week is all there is to say; what is quiet for longer is quiet for ever. */
const LONGEST_MS = 8 * DAY_MINUTES * MINUTE_MS;

const isTimeZone = (timeZone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const clockTime = v.pipe(
  v.string(),
  v.regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time from 00:00 to 24:00'),
);

export const QuietHoursSchema = v.pipe(
  v.object({
    /** As `Europe/Berlin`. */
    timeZone: v.pipe(v.string(), v.check(isTimeZone, 'no such time zone')),
    windows: v.pipe(
      v.array(
        v.object({
          /** On which it begins; every day where none are named. */
          days: v.optional(v.array(v.picklist(DAYS))),
          from: clockTime,
          /** At or before `from` it is on the next day. */
          to: clockTime,
        }),
      ),
      v.minLength(1),
    ),
  }),
  v.check((quiet) => {
    if (!isTimeZone(quiet.timeZone)) return true;
    const start = Date.UTC(2026, 0, 5);
    return quietUntil(quiet, start) !== null || !isQuiet(quiet, start);
  }, 'is never over'),
);

type QuietHours = v.InferOutput<
  v.ObjectSchema<
    {
      timeZone: v.GenericSchema<string>;
      windows: v.GenericSchema<
        readonly { days?: (typeof DAYS)[number][] | undefined; from: string; to: string }[]
      >;
    },
    undefined
  >
>;

/** The instant at which it is over, in epoch ms, exact to the minute; null when it is not quiet, or for ever. */
export function quietUntil(quiet: QuietHours, now: number): number | null {
  if (!isQuiet(quiet, now)) return null;
  const first = Math.floor(now / MINUTE_MS) * MINUTE_MS;
  let over = first;
  while (isQuiet(quiet, over)) {
    over += STEP_MS;
    if (over - first > LONGEST_MS) return null;
  }
  while (!isQuiet(quiet, over - MINUTE_MS)) over -= MINUTE_MS;
  return over;
}

function isQuiet({ timeZone, windows }: QuietHours, now: number): boolean {
  const { day, minute } = localTime(timeZone, now);
  return windows.some(({ days, from, to }) => {
    const [begins, ends] = [minutesOf(from), minutesOf(to)];
    const isOn = (index: number) => days?.includes(DAYS[(index + 7) % 7] ?? 'sun') ?? true;
    if (begins < ends) return isOn(day) && minute >= begins && minute < ends;
    return (isOn(day) && minute >= begins) || (isOn(day - 1) && minute < ends);
  });
}

function localTime(timeZone: string, now: number): { day: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(now);
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
  const day = DAYS.findIndex((name) => name === of('weekday').toLowerCase());
  return { day, minute: Number(of('hour')) * 60 + Number(of('minute')) };
}

const minutesOf = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
};
