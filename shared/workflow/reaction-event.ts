/** From what an execution knows to the event its reactions are planned from. Pure; the worker explains payloads by it, too. */
import type { SingleEvent } from './messages.ts';
import type { Notice } from './ports.ts';
import { currentTransition, currentWait, hasEnded, verdictOf } from './progress.ts';
import type { ReactionEvent } from './reactions.ts';
import type { RunProgress } from './run-memory.ts';
import { traitsOf } from './run-traits.ts';
import { readEvent } from './single-event.ts';

type Circumstances = Pick<ReactionEvent, 'cause' | 'intentKeys' | 'executionId' | 'traceId'>;

const TOPICS = {
  waiting: 'run-waiting',
  completed: 'run-completed',
  failed: 'run-failed',
  ended: 'run-ended',
} as const;

/** Null while the run goes on by itself. */
export function reactionOfRun(
  progress: RunProgress,
  circumstances: Circumstances,
): ReactionEvent | null {
  const current = currentTransition(progress);
  const verdict = verdictOf(progress);
  const on = verdict?.outcome ?? (currentWait(progress)?.isForPerson === true ? 'waiting' : null);
  if (current === null || on === null) return null;
  const { branch, commit, labels, space, driftDetection, triggeredBy, delta } = traitsOf(progress);
  const lastOpen = hasEnded(progress) ? progress.transitions.at(-2) : undefined;
  return {
    on,
    account: progress.account,
    stackId: progress.stackId,
    runId: progress.runId,
    state: current.state,
    stateVersion: current.stateVersion,
    failedIn: on === 'failed' ? (lastOpen?.state ?? null) : null,
    runType: progress.runType,
    topic: TOPICS[on],
    branch,
    commit,
    labels,
    space,
    driftDetection,
    triggeredBy,
    delta,
    ...circumstances,
  };
}

const NOTHING_KNOWN = {
  runId: null,
  stateVersion: null,
  failedIn: null,
  runType: null,
  branch: null,
  commit: null,
  labels: [],
  space: null,
  driftDetection: false,
  triggeredBy: null,
  delta: null,
  cause: [],
  intentKeys: [],
} as const;

export function reactionOfSingle(
  event: SingleEvent,
  { executionId, traceId }: Pick<ReactionEvent, 'executionId' | 'traceId'>,
): ReactionEvent {
  const { stackId, state, trouble } = readEvent(event);
  return {
    ...NOTHING_KNOWN,
    on: event.type,
    account: event.account,
    stackId,
    state,
    topic: trouble?.topic ?? null,
    ...(event.about === 'audit' && { triggeredBy: event.actor }),
    ...(event.about === 'module' && { commit: event.commit }),
    executionId,
    traceId,
  };
}
/** What our own executions tell people of. */
export const reactionOfNotice = (notice: Notice): ReactionEvent => ({
  ...NOTHING_KNOWN,
  on: 'trouble',
  account: notice.account,
  stackId: notice.stackId,
  runId: notice.runId,
  state: notice.state,
  topic: notice.topic,
  executionId: notice.executionId,
  traceId: notice.traceId,
});
