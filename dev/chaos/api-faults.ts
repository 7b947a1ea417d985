/** What goes wrong between our worker and Spacelift's API, and what becomes of the runs that intents make. Pure. */
import type { Fault, RandomPlan } from '../launcher/simulator-client.ts';
import { between, createRandom, shuffle } from '../random.ts';
import { LATE_MS } from './surroundings.ts';

/** In hundredths, of the requests. */
const TRIGGERS_MET = { least: 25, most: 50 };
const READS_MET = { least: 1, most: 6 };

/** Longer than a call may take. */
const HANG_MS = 3000;

/** In every seed: those that a lane without memory would not survive. */
const ALWAYS: NonNullable<Fault['oneOf']> = [
  { lost: true, created: true },
  { status: 502, created: true },
  { lost: true, createdAfterMs: LATE_MS.within },
  { lost: true, createdAfterMs: LATE_MS.beyond },
];

const SOMETIMES: NonNullable<Fault['oneOf']> = [
  { status: 503 },
  { lost: true },
  { status: 429 },
  { status: 504, createdAfterMs: LATE_MS.within },
  { status: 504, createdAfterMs: LATE_MS.beyond },
  { hangMs: HANG_MS },
  { body: 'no json', created: true },
  { message: 'internal server error', created: true },
];

const OF_READS: NonNullable<Fault['oneOf']> = [
  { status: 503 },
  { lost: true },
  { hangMs: HANG_MS },
  { body: 'no json' },
];

/** The first that strikes decides, so those of triggers come first. */
export function planApiFaults(seed: number): readonly Fault[] {
  const random = createRandom(seed, 'api');
  const some = shuffle(SOMETIMES, random).slice(0, between({ least: 3, most: 6 }, random));
  const probability = between(TRIGGERS_MET, random) / 100;
  return [
    ...['runTrigger', 'taskCreate'].map((operation) => ({
      operation,
      probability,
      oneOf: [...ALWAYS, ...some],
    })),
    { operation: 'any', probability: between(READS_MET, random) / 100, oneOf: OF_READS },
  ];
}

/** Of runs that come through the API; those that wait do so until a person of the chaos decides. */
export const RUNS_PLAN: RandomPlan = {
  outcomes: { finished: 6, unchanged: 2, failed: 2, discarded: 1, stopped: 1, waiting: 3 },
  waitMs: { least: 200, most: 1500 },
  replan: 0.15,
  warn: 0.1,
};
