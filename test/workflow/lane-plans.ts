/** Plans of bad days for a lane, by seed: who wants what at the same moment, and what becomes of each trigger. */
import * as fc from 'fast-check';
import { DEADLINE_MS, type IntentWish } from './lane-world.ts';

export type LanePlan = {
  readonly wishes: readonly IntentWish[];
  /** Runs that others start meanwhile: who, and how long after the beginning. */
  readonly others: readonly { readonly triggeredBy: string; readonly afterMs: number }[];
  readonly faults: readonly object[];
  /** Share of the triggers that a fault befalls. */
  readonly probability: number;
  /** With policy payloads runs carry their metadata back. */
  readonly family: 'default' | 'run_updated';
  readonly delayMs: number;
  readonly cancelExtraRuns: boolean;
  readonly maximumEvents: number;
};

const COMMITS = ['a', 'b'].map((digit) => digit.repeat(40));

const wishArbitrary: fc.Arbitrary<IntentWish> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constant({ runType: 'TRACKED', commit: null, command: null } as const),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      runType: fc.constantFrom('TRACKED', 'PROPOSED', 'DESTROY'),
      commit: fc.constantFrom(...COMMITS),
      command: fc.constant(null),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      runType: fc.constant('TASK'),
      commit: fc.constant(null),
      command: fc.constantFrom('ls', 'terraform output'),
    }),
  },
);

const NOTHING_MADE = [{ status: 503 }, { status: 500 }, { lost: true }];

/** The answer fails, is late or never comes, and the run is there when the settle time begins. */
const MADE = [
  { lost: true, created: true },
  { status: 502, created: true },
  { message: 'internal server error', created: true },
  { hangMs: 2 * DEADLINE_MS },
  { untilState: 'FINISHED' },
  { untilDelivered: true },
  { body: 'no json', created: true },
];

const lateBy = (ms: number) => [
  { lost: true, createdAfterMs: ms },
  { status: 504, createdAfterMs: ms },
];

const SURELY_REFUSED = [{ status: 429 }, { status: 429, retryAfterSeconds: 1 }];

export const WITHIN_MS = 700;
export const BEYOND_MS = 8000;

const planArbitrary = (
  sizes: readonly number[],
  always: readonly object[],
  faults: readonly object[],
): fc.Arbitrary<LanePlan> =>
  fc.record({
    wishes: fc
      .constantFrom(...sizes)
      .chain((size) => fc.array(wishArbitrary, { minLength: size, maxLength: size })),
    others: fc.array(
      fc.record({
        triggeredBy: fc.constantFrom('ada@example.com', 'api::01JANOTHERKEY'),
        afterMs: fc.nat(4000),
      }),
      { maxLength: 4 },
    ),
    faults: fc.shuffledSubarray([...faults], { minLength: 4 }).map((some) => [...always, ...some]),
    probability: fc.double({ min: 0.5, max: 0.9, noNaN: true }),
    family: fc.constantFrom('default', 'run_updated'),
    delayMs: fc.constantFrom(0, 300),
    cancelExtraRuns: fc.boolean(),
    maximumEvents: fc.constantFrom(1, 30, 10_000),
  });

const sample = (plans: fc.Arbitrary<LanePlan>, seed: number, count: number) =>
  fc.sample(plans, { seed, numRuns: count });

/** Spacelift creates runs within the settle time, or never. */
export const plansWithin = (seed: number, count: number): readonly LanePlan[] =>
  sample(
    planArbitrary([2, 5, 10], lateBy(WITHIN_MS), [...NOTHING_MADE, ...MADE, ...SURELY_REFUSED]),
    seed,
    count,
  );

/** Some come after it. */
export const plansBeyond = (seed: number, count: number): readonly LanePlan[] =>
  sample(
    planArbitrary(
      [2, 3, 4],
      [...lateBy(BEYOND_MS), ...lateBy(BEYOND_MS)],
      [...NOTHING_MADE, ...MADE],
    ),
    seed,
    count,
  );
