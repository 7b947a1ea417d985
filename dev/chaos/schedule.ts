/**
 * Which part is struck when, how and for how long: a pure function of the seed. Moments are counted in deliveries sent,
 * not in milliseconds, so that a fault meets traffic on a slow machine as on a fast one.
 */
import type { PartName } from '../launcher/part-names.ts';
import { between, createRandom, pick, type Random, shuffle } from '../random.ts';
import { FORWARD_TIMEOUT_MS } from './surroundings.ts';

export type PlannedFault = {
  /** Strikes once so many deliveries have been sent. */
  readonly after: number;
  readonly part: PartName;
  /** `restart` lets the part finish; `kill` and `freeze` do not. */
  readonly kind: 'kill' | 'freeze' | 'restart';
  /** How long the part stays away before it is started again, or thawed. */
  readonly forMs: number;
};

type Strike = Pick<PlannedFault, 'part' | 'kind'>;

/**
 * In every schedule: what a bug in the order of write and answer, in the inbox's alarm, or in what an execution remembers
 * would not survive.
 */
const ALWAYS: readonly Strike[] = [
  { part: 'edge', kind: 'kill' },
  { part: 'edge', kind: 'kill' },
  { part: 'edge', kind: 'kill' },
  { part: 'starter', kind: 'kill' },
  { part: 'starter', kind: 'freeze' },
  { part: 'temporal', kind: 'kill' },
  { part: 'worker', kind: 'kill' },
  { part: 'worker', kind: 'kill' },
  { part: 'worker', kind: 'freeze' },
  { part: 'simulator', kind: 'freeze' },
];

const STRUCK_PARTS: readonly PartName[] = ['starter', 'edge', 'temporal', 'worker', 'simulator'];
const KINDS = ['kill', 'freeze', 'restart'] as const;

/** Besides those that are always there, one for so many deliveries. */
const DELIVERIES_PER_FAULT = 100;

/** Faults strike while deliveries arrive: the first not before there are any, the last with some still to come. */
const SPAN = { from: 0.05, to: 0.85 };

const AWAY_MS = 1500;
const FREEZE_MS = { least: 200, most: 2000 };
/** One freeze in so many is longer than the edge waits for the starter. */
const LONG_FREEZE_SHARE = 1 / 3;
const LONG_FREEZE_EXTRA_MS = { least: 500, most: 2000 };

/** In the order in which they strike. */
export function planFaults(
  seed: number,
  deliveries: number,
  parts: readonly PartName[] = STRUCK_PARTS,
): readonly PlannedFault[] {
  const random = createRandom(seed, 'faults');
  const extra = Array.from({ length: Math.round(deliveries / DELIVERIES_PER_FAULT) }, () => ({
    part: pick(parts, random),
    kind: pick(KINDS, random),
  })).map(toPossible);
  const strikes = shuffle([...ALWAYS, ...extra], random);
  const span = (SPAN.to - SPAN.from) * deliveries;
  return strikes.map(({ part, kind }, index) => ({
    // One in each stretch of equal length: spread out, and still at a moment nobody can name.
    after: Math.round(SPAN.from * deliveries + (span * (index + random())) / strikes.length),
    part,
    kind,
    forMs: drawLength(kind, random),
  }));
}

/** What Spacelift knows is Spacelift's own: it may stand still, and never forgets. */
const toPossible = ({ part, kind }: Strike): Strike => ({
  part,
  kind: part === 'simulator' ? 'freeze' : kind,
});

function drawLength(kind: PlannedFault['kind'], random: Random): number {
  if (kind !== 'freeze') return Math.round(random() * AWAY_MS);
  if (random() >= LONG_FREEZE_SHARE) return between(FREEZE_MS, random);
  return FORWARD_TIMEOUT_MS + between(LONG_FREEZE_EXTRA_MS, random);
}
