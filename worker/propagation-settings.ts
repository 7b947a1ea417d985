/** How the variables of propagation are written: limits by worker-pool label, and maintenance windows by label. */
import * as v from 'valibot';
import type { MaintenanceWindow } from '../shared/workflow/propagation-windows.ts';
import type { PropagationSettings } from '../shared/workflow/settings.ts';

const POOL_LIMIT = /^\s*([^=;\s][^=;]*?)\s*=\s*([1-9]\d{0,5})\s*$/;

/** `large=2;gpu=1`. */
export const poolLimits = v.pipe(
  v.optional(v.string(), ''),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const limits = entriesOf(dataset.value).map((entry) => POOL_LIMIT.exec(entry));
    const found = limits.flatMap((match) =>
      match?.[1] === undefined ? [] : [{ label: match[1], runsLimit: Number(match[2]) }],
    );
    if (found.length === limits.length) return found;
    addIssue();
    return NEVER;
  }),
);

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

const WINDOW =
  /^\s*([^=;\s][^=;]*?)\s*=\s*(?:([A-Z][a-z]{2}(?:[,-][A-Z][a-z]{2})*)\s+)?(\d\d):(\d\d)-(\d\d):(\d\d)\s*$/;

/** `night=22:00-06:00;weekend=Sat,Sun 00:00-24:00;work=Mon-Fri 08:00-18:00`, in UTC. */
export const windows = v.pipe(
  v.optional(v.string(), ''),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const entries = entriesOf(dataset.value);
    const found = entries.flatMap((entry) => parseWindow(entry) ?? []);
    if (found.length === entries.length) return found;
    addIssue();
    return NEVER;
  }),
);

const entriesOf = (text: string): readonly string[] =>
  text.split(';').filter((entry) => entry.trim() !== '');

function parseWindow(entry: string): MaintenanceWindow | null {
  const [, label, dayText, ...clock] = WINDOW.exec(entry) ?? [];
  const days = daysOf(dayText ?? 'Sun-Sat');
  const [fromHour = 24, from = 0, toHour = 25, to = 0] = clock.map(Number);
  const isClock = fromHour < 24 && from < 60 && to < 60 && toHour * 60 + to <= 24 * 60;
  if (label === undefined || days === null || !isClock) return null;
  return {
    label,
    days,
    fromMinute: fromHour * 60 + from,
    toMinute: (toHour * 60 + to) % (24 * 60),
  };
}

/** Null where one is no day. A range may go over the end of the week. */
function daysOf(text: string): readonly number[] | null {
  const days = new Set<number>();
  for (const part of text.split(',')) {
    const [first = -1, last = first] = part.split('-').map((day) => DAYS.indexOf(day));
    if (first < 0 || last < 0 || part.split('-').length > 2) return null;
    for (let day = first; ; day = (day + 1) % DAYS.length) {
      days.add(day);
      if (day === last) break;
    }
  }
  return [...days];
}

type Parsed = {
  readonly PROPAGATION: boolean;
  readonly PROPAGATION_NATIVE_EDGES: PropagationSettings['nativeEdges'];
  readonly PROPAGATION_ONLY_IF_CHANGED: boolean;
  readonly PROPAGATION_RUNS_LIMIT: number;
  readonly PROPAGATION_POOL_LIMITS: PropagationSettings['poolLimits'];
  readonly PROPAGATION_WINDOWS: PropagationSettings['windows'];
  readonly PROPAGATION_RESUMABLE_MS: number;
  readonly LANE_IDLE_MS: number;
};

/** Undefined where nothing propagates. */
export const toPropagationSettings = (parsed: Parsed): PropagationSettings | undefined =>
  parsed.PROPAGATION
    ? {
        nativeEdges: parsed.PROPAGATION_NATIVE_EDGES,
        onlyIfChanged: parsed.PROPAGATION_ONLY_IF_CHANGED,
        runsLimit: parsed.PROPAGATION_RUNS_LIMIT === 0 ? null : parsed.PROPAGATION_RUNS_LIMIT,
        poolLimits: parsed.PROPAGATION_POOL_LIMITS,
        windows: parsed.PROPAGATION_WINDOWS,
        resumableMs: parsed.PROPAGATION_RESUMABLE_MS,
        registryIdleMs: parsed.LANE_IDLE_MS,
      }
    : undefined;
