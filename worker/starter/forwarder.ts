/**
 * Carries a batch into Temporal, one call an execution, within a time budget below the edge's own time limit. Whatever
 * the budget or an absent Temporal left over is answered `retry`: the inbox keeps it.
 */
import type { Envelope, Verdict } from '../../shared/contract/envelope.ts';
import { SIGNALS } from '../../shared/contract/names.ts';
import type { RunOwner } from '../../shared/workflow/messages.ts';
import type { StarterExecutions } from '../executions.ts';
import { verdictOfFailure } from './grpc.ts';
import { type LaneAsk, type Route, routeBatch, type Routing } from './route.ts';

/** The edge waits 10 s for an answer. */
export const BATCH_BUDGET_MS = 7000;

/** For what only a duplicate needs to know. */
const ANSWER_LIMIT_MS = 2000;

export type ForwarderDeps = {
  readonly executions: StarterExecutions;
  readonly routing: () => Promise<Routing>;
  readonly now: () => number;
};

type CallDeps = Pick<ForwarderDeps, 'executions' | 'now'>;

type Answer = Omit<Verdict, 'id'>;

/** Verdicts in the order of the envelopes. */
export async function forwardBatch(
  envelopes: readonly Envelope[],
  { executions, routing, now }: ForwarderDeps,
): Promise<readonly Verdict[]> {
  const until = now() + BATCH_BUDGET_MS;
  const answers = new Map<string, Answer>();
  let gaveUp: string | null = null;
  for (const route of routeBatch(envelopes, await routing())) {
    if (gaveUp === null && now() >= until) gaveUp = 'time budget is spent';
    const answer: Answer =
      gaveUp === null
        ? await take(route, { executions, now }, (reason) => {
            gaveUp = reason;
          })
        : { verdict: 'retry', reason: gaveUp };
    for (const key of route.keys) answers.set(key, answer);
  }
  return envelopes.map(({ id }) => ({
    id,
    ...(answers.get(id) ?? { verdict: 'retry', reason: 'not attempted' }),
  }));
}

async function take(
  route: Route,
  deps: CallDeps,
  giveUp: (reason: string) => void,
): Promise<Answer> {
  const { executionId } = route;
  try {
    return { executionId, ...(await call(route, deps)) };
  } catch (error) {
    const { verdict, reason, isTemporalAway } = verdictOfFailure(error, route.by);
    if (isTemporalAway) giveUp(reason);
    return { verdict, reason, executionId };
  }
}

async function call(route: Route, { executions, now }: CallDeps): Promise<Answer> {
  switch (route.by) {
    case 'start': {
      const started = await executions.start(route.start, route.reuse);
      const isNew = started === 'started';
      if (route.ask !== null && (isNew || !(await isAnswered(route.executionId, executions))))
        await askLane(route.ask, { executions, now });
      return { verdict: isNew ? 'started' : 'already-handled' };
    }
    case 'signal':
      await executions.signal(route.executionId, route.signal);
      return { verdict: 'signalled' };
    case 'signal-with-start': {
      const signalled = await executions.signalWithStart(route.start, route.signal, route.reuse);
      if (signalled === 'started' && route.owner !== null)
        await hintTo(route.laneId, route.owner, executions);
      return { verdict: signalled === 'closed' ? 'already-handled' : signalled };
    }
  }
}

const askLane = ({ lane, requestAt }: LaneAsk, { executions, now }: CallDeps) =>
  executions.signalWithStart(
    lane,
    { name: SIGNALS.askForRun, payload: requestAt(now()) },
    'always',
  );

/**
 * The starter may have died after it started the intent, before it asked the lane. Asked about an intent that has its run,
 * a lane that has forgotten it would make another. Only a worker can tell; the answer is not waited for without one.
 */
async function isAnswered(executionId: string, executions: StarterExecutions): Promise<boolean> {
  const answered = executions.isAnswered(executionId).catch(() => null);
  const late = new Promise<null>((resolve) => void setTimeout(resolve, ANSWER_LIMIT_MS, null));
  const isKnown = await Promise.race([answered, late]);
  if (isKnown === null) throw new Error('Cannot ask lane: its intent cannot be asked');
  return isKnown;
}

/**
 * Of use only to a lane in doubt, which is open then; every other run is known to its lane before its first event, or was
 * made by nobody of ours. Lost, it costs the lane a look.
 */
async function hintTo(
  laneId: string,
  owner: RunOwner,
  executions: StarterExecutions,
): Promise<void> {
  await executions.signal(laneId, { name: SIGNALS.ownRun, payload: owner }).catch(() => {});
}
