/**
 * Random plans: a distribution over what becomes of runs. Seed, stack and ordinal decide about each run, never timing;
 * every question has numbers of its own, so that changing one part of a plan leaves what the others decide.
 */
import { between, createRandom, pick, type Random, type Range } from '../../random.ts';
import type { Intervention, RunRequest, Script, ScriptedIntervention, Stack } from '../model.ts';

export const OUTCOMES = [
  'finished',
  'unchanged',
  'failed',
  'discarded',
  'rejected',
  'stopped',
  'canceled',
  'waiting',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

export type RandomPlan = {
  /** How often each outcome comes, in proportion; one left out never comes. */
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** States to fail at; those a run does not come to are passed over. */
  readonly failAt: readonly string[];
  /** How long it is until somebody does what is to be done. */
  readonly waitMs: Range;
  /** Probability of each replan before the decision about a plan. */
  readonly replan: number;
  /** Probability of a plan-policy warning. */
  readonly warn: number;
};

/** The run that a plan is asked about. */
export type PlannedRun = {
  readonly stack: Pick<Stack, 'id' | 'approvals'>;
  readonly request: Pick<RunRequest, 'type' | 'skipInitialization'>;
  readonly ordinal: number;
};

/** Enough to see states repeat; without an end a replan probability of 1 would never come to a decision. */
const REPLANS_LIMIT = 3;

export function drawScript(plan: RandomPlan, run: PlannedRun, seed: number): Script {
  const randomFor = (question: string) =>
    createRandom(seed, 'plan', run.stack.id, run.ordinal, question);
  const outcome = pickWeighted(plan.outcomes, randomFor('outcome'));
  const waitRandom = randomFor('wait');
  const act: Act = (state, action) => ({
    state,
    action,
    afterMs: between(plan.waitMs, waitRandom),
  });
  const warns = mustWait(outcome) || randomFor('warn')() < plan.warn;
  const early = actEarly(outcome, run, act, randomFor('early'));
  const replans = countReplans(plan.replan, randomFor('replan'));
  return {
    changes: outcome !== 'unchanged',
    warns,
    ...(outcome === 'failed' && { failAt: pickFailure(plan, run, randomFor('failure')) }),
    interventions:
      outcome === 'waiting'
        ? []
        : [...early, ...approveQueued(run, act), ...decidePlan(outcome, run, replans, act)],
  };
}

type Act = (state: string, action: Intervention) => ScriptedIntervention;

/** Outcomes that come about only if a person is asked. */
const mustWait = (outcome: Outcome) =>
  outcome === 'discarded' || outcome === 'rejected' || outcome === 'waiting';

/** What ends a run before there is a plan; a run without one is discarded and rejected while it is queued. */
function actEarly(
  outcome: Outcome,
  { request }: PlannedRun,
  act: Act,
  random: Random,
): readonly ScriptedIntervention[] {
  const { type } = request;
  if (outcome === 'canceled') return [act(pick(['QUEUED', 'READY'], random), 'cancel')];
  if (outcome === 'stopped')
    return [act(pick(['PREPARING', ...workOf(request, STOPPABLE)], random), 'stop')];
  if (outcome === 'discarded' && type !== 'TRACKED') return [act('QUEUED', 'discard')];
  if (outcome === 'rejected' && type !== 'TRACKED' && type !== 'PROPOSED')
    return [act('QUEUED', 'reject')];
  return [];
}

const approveQueued = ({ stack }: PlannedRun, act: Act) =>
  stack.approvals.includes('QUEUED') ? [act('QUEUED', 'approve')] : [];

/** In the order they come: any number of replans, then the approval if one is asked for, then the decision. */
function decidePlan(outcome: Outcome, { stack }: PlannedRun, replans: number, act: Act) {
  const isRejected = outcome === 'rejected';
  const isDiscarded = outcome === 'discarded';
  const isApproved = stack.approvals.includes('UNCONFIRMED') && !isRejected && !isDiscarded;
  return [
    ...Array.from({ length: replans }, () => act('UNCONFIRMED', 'replan')),
    ...(isApproved ? [act('UNCONFIRMED', 'approve')] : []),
    act('UNCONFIRMED', isRejected ? 'reject' : isDiscarded ? 'discard' : 'confirm'),
    act('PENDING_REVIEW', isRejected ? 'reject' : 'approve'),
  ];
}

const STOPPABLE = ['INITIALIZING', 'PLANNING'];
const WORKING = ['INITIALIZING', 'PLANNING', 'APPLYING', 'PERFORMING', 'DESTROYING'];

/** Those of the states that a run of this kind comes to, if nothing ends it before. */
function workOf(
  { type, skipInitialization }: PlannedRun['request'],
  states: readonly string[],
): readonly string[] {
  const absent: Readonly<Record<RunRequest['type'], readonly string[]>> = {
    TRACKED: ['PERFORMING', 'DESTROYING'],
    PROPOSED: ['APPLYING', 'PERFORMING', 'DESTROYING'],
    PARSE: ['APPLYING', 'PERFORMING', 'DESTROYING'],
    TASK: ['PLANNING', 'APPLYING', 'DESTROYING', ...(skipInitialization ? ['INITIALIZING'] : [])],
    TESTING: ['PERFORMING'],
    DESTROY: ['PLANNING', 'APPLYING', 'PERFORMING'],
  };
  return states.filter((state) => !absent[type].includes(state));
}

function pickFailure(plan: RandomPlan, { request }: PlannedRun, random: Random): string {
  const wanted = workOf(request, plan.failAt);
  return pick(wanted.length > 0 ? wanted : workOf(request, WORKING), random);
}

function countReplans(probability: number, random: Random): number {
  let count = 0;
  while (count < REPLANS_LIMIT && random() < probability) count += 1;
  return count;
}

/** Without any weight everything finishes. */
function pickWeighted(weights: RandomPlan['outcomes'], random: Random): Outcome {
  const total = OUTCOMES.reduce((sum, outcome) => sum + (weights[outcome] ?? 0), 0);
  let rest = random() * total;
  for (const outcome of OUTCOMES) {
    rest -= weights[outcome] ?? 0;
    if (rest < 0) return outcome;
  }
  return 'finished';
}
