/** Intents as they arrive: several for one stack at once, alike and different, some sent twice. Pure. */
import type { IntentRunType } from '../../shared/contract/events.ts';
import { between, createRandom, pick, type Random } from '../random.ts';
import { stackIdOf, STACKS } from './account.ts';
import { MAXIMUM_ATTEMPTS, UNKNOWN_STACK } from './surroundings.ts';

export type PlannedIntent = {
  readonly idempotencyKey: string;
  readonly stackId: string;
  readonly runType: IntentRunType;
  readonly command: string | null;
  readonly commit: string | null;
  readonly maximumAttempts: number;
  /** How often it is sent, all at the same moment. */
  readonly copies: number;
};

type Wish = Pick<PlannedIntent, 'runType' | 'command' | 'commit'>;

const tracked: Wish = { runType: 'TRACKED', command: null, commit: null };

const WISHES: readonly Wish[] = [
  tracked,
  tracked,
  { ...tracked, commit: 'a'.repeat(40) },
  { ...tracked, runType: 'DESTROY' },
  { ...tracked, runType: 'PROPOSED' },
  { ...tracked, runType: 'TASK', command: 'terraform output' },
];

const SIZE = { least: 1, most: 4 };
/** All alike; else each draws its own wish. */
const ALIKE_SHARE = 1 / 2;
const TWICE_SHARE = 1 / 4;
/** Tries once only, and may end without a run. */
const ONCE_SHARE = 1 / 10;
/** For a stack that Spacelift does not know. */
const UNKNOWN_SHARE = 1 / 12;

/** The burst with this number, from 0. */
export function planBurst(seed: number, number: number): readonly PlannedIntent[] {
  const random = createRandom(seed, 'burst', number);
  const isUnknown = random() < UNKNOWN_SHARE;
  const stackId = isUnknown ? UNKNOWN_STACK : stackIdOf(Math.floor(random() * STACKS));
  const shared = random() < ALIKE_SHARE ? pick(WISHES, random) : null;
  return Array.from({ length: isUnknown ? 1 : between(SIZE, random) }, (_, index) => ({
    ...drawIntent(shared, random),
    stackId,
    idempotencyKey: `chaos-${number}-${index}`,
  }));
}

const drawIntent = (shared: Wish | null, random: Random) => ({
  ...(shared ?? pick(WISHES, random)),
  copies: random() < TWICE_SHARE ? 2 : 1,
  maximumAttempts: random() < ONCE_SHARE ? 1 : MAXIMUM_ATTEMPTS,
});
