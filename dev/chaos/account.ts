/**
 * The Spacelift account that a seed stands for: its stacks, its webhooks with their faults, and what each run does. Pure.
 * Some stacks tell by default payloads, some by policy inputs, some by both, so that one event comes under two keys.
 */
import type { NewRun, NewStack, NewWebhook, Script } from '../launcher/simulator-client.ts';
import { between, createRandom, pick, type Random } from '../random.ts';

export type PlannedWebhook = Omit<NewWebhook, 'url' | 'secret'>;

export type PlannedRun = {
  readonly stackId: string;
  readonly script: Script;
  readonly run: NewRun;
};

export type PlannedAccount = {
  readonly stacks: readonly NewStack[];
  readonly webhooks: readonly PlannedWebhook[];
  /** How many deliveries one run makes on average, if none is dropped and none sent twice. */
  readonly deliveriesPerRun: number;
};

export const STACKS = 8;

/** What a stack's events are told by; the first stacks take one each, so that every seed has all of them. */
const TOLD_BY = ['attached', 'named', 'policy', 'attached and policy', 'named and policy'] as const;

/** In hundredths. */
const DROP = { least: 2, most: 10 };
const DUPLICATE = { least: 5, most: 20 };
const REORDER = { least: 0, most: 10 };
const DELAY_MS = { least: 50, most: 400 };

/** Five to ten states. UNCONFIRMED is left by a person who is part of the script, or by those of people.ts. */
const COURSES: readonly (Pick<PlannedRun, 'script' | 'run'> & { readonly states: number })[] = [
  { script: {}, run: {}, states: 7 },
  { script: { changes: false }, run: {}, states: 6 },
  { script: { failAt: 'PLANNING' }, run: {}, states: 6 },
  { script: { failAt: 'APPLYING' }, run: {}, states: 7 },
  { script: {}, run: { type: 'TASK', command: 'terraform refresh' }, states: 6 },
  { script: {}, run: { type: 'DESTROY' }, states: 7 },
  {
    script: { states: 'READY PLANNING UNCONFIRMED CONFIRMED APPLYING FINISHED'.split(' ') },
    run: {},
    states: 7,
  },
  {
    script: {
      states: 'READY PLANNING UNCONFIRMED REPLAN_REQUESTED PLANNING UNCONFIRMED DISCARDED'.split(
        ' ',
      ),
    },
    run: {},
    states: 8,
  },
  { script: { states: 'READY PREPARING PLANNING STOPPED'.split(' ') }, run: {}, states: 5 },
  { script: { warns: true }, run: { triggeredBy: 'ada@example.com' }, states: 10 },
];

export const stackIdOf = (index: number): string => `stack-${index + 1}`;

export function planAccount(seed: number): PlannedAccount {
  const random = createRandom(seed, 'account');
  const told = Array.from({ length: STACKS }, (_, index) => ({
    id: stackIdOf(index),
    by: TOLD_BY[index] ?? pick(TOLD_BY, random),
  }));
  const stacksBy = (way: string) =>
    told.filter(({ by }) => by.split(' and ').includes(way)).map(({ id }) => id);

  const attached = stacksBy('attached').map((stack) => ({
    name: `Attached to ${stack}`,
    family: 'default' as const,
    stack,
    retryOnFailure: random() < 0.5,
  }));
  const named = [
    { name: 'State changes', family: 'default', method: 'PUT', stacks: stacksBy('named') },
    { name: 'Policy inputs', family: 'run_updated', stacks: stacksBy('policy') },
    // Two webhooks of one family tell the same event under the same key.
    { name: 'Second policy', family: 'run_updated', stacks: stacksBy('policy').slice(0, 1) },
  ] as const;
  const webhooks = [
    ...attached,
    ...named.map((webhook, index) => ({ ...webhook, retryOnFailure: index !== 1 })),
  ].map((webhook) => ({ ...webhook, faults: drawFaults(random) }));

  const listeners = webhooks.flatMap((webhook) =>
    'stack' in webhook ? [webhook.stack] : webhook.stacks,
  ).length;
  const states = COURSES.reduce((sum, course) => sum + course.states, 0) / COURSES.length;
  return {
    stacks: told.map(({ id }) => ({ id, autodeploy: true })),
    webhooks,
    deliveriesPerRun: (states * listeners) / STACKS,
  };
}

/** What nobody outside Spacelift knows is decided by the seed; time-outs and retries in seconds of a laptop. */
export function planSwitches(seed: number) {
  const random = createRandom(seed, 'switches');
  return {
    retryDelayMs: 500,
    responseTimeoutMs: 4000,
    retryNetworkErrors: random() < 0.5,
    triesIncludeFirst: random() < 0.5,
    deliveryOrder: pick(['concurrent', 'one-by-one'] as const, random),
    emptyFields: pick(['null', 'absent'] as const, random),
    policyNumbers: pick(['exact', 'float', 'exponent'] as const, random),
    publicWorkerPool: pick(['shown', 'absent'] as const, random),
  };
}

const drawFaults = (random: Random) => ({
  drop: between(DROP, random) / 100,
  duplicate: between(DUPLICATE, random) / 100,
  delayMs: between(DELAY_MS, random),
  reorder: between(REORDER, random) / 100,
});

/** What the run with this number, from 0, does; stacks take turns. */
export function planRun(seed: number, number: number): PlannedRun {
  const { script, run } = pick(COURSES, createRandom(seed, 'run', number));
  return { stackId: stackIdOf(number % STACKS), script, run };
}
