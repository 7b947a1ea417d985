/**
 * How the lane gets a run for an intent: one attempt, and where the answer never came, the settle time and looks before
 * anything is triggered again. The last step is always a look, so that no run of ours goes unnoticed within the settle time.
 */
import { condition, log, sleep } from '@temporalio/workflow';
import { spaceliftOf } from './activities.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import { doubtOf, findRunsFor, lookForLateRuns } from './lane-late.ts';
import { runFor } from './lane-runs.ts';
import { type Lane, obstacleOf, showLane } from './lane-state.ts';
import type { FailureClass, LaneAnswer, LaneRequest } from './messages.ts';
import type { FoundRun, TriggerOutcome } from './ports.ts';
import { toIso } from './progress.ts';
import { backoffMs } from './retry.ts';
import { wishOf } from './run-wish.ts';

type Missed = Exclude<TriggerOutcome, { kind: 'made' }>;

/** Null when the request is still to be served: another attempt is due, or somebody else's late run has answered it. */
export async function serveOnce(request: LaneRequest, lane: Lane): Promise<LaneAnswer | null> {
  const { book } = lane;
  const unwanted = answerUnwanted(request, lane);
  if (unwanted !== null) return unwanted;
  await lookForLateRuns(lane, request);
  if (book.answerTo(request.key) !== undefined) return null;
  if (obstacleOf(lane, request) !== null) return null;

  const triggeredAt = Date.now();
  const attempts = book.countAttempt();
  const trial = await tryTrigger(request, lane);
  if (trial.kind === 'made') {
    const { runId, attachment } = trial;
    lane.lastRun = { runId, url: attachment?.url ?? null };
    lane.lastError = null;
    const attached = attachment === undefined ? {} : { attachment };
    return { outcome: 'assigned', runId, attempts, ...attached };
  }
  const { stackId } = lane.input;
  const { key: intent, traceId } = request;
  const { reason } = trial;
  lane.lastError = reason;
  log.warn('attempt made no run we know of', { intent, stackId, traceId, attempts, reason });
  if (trial.kind === 'unknown') {
    const answer = await settle(request, triggeredAt, trial, lane);
    if (answer !== null) return answer;
  }
  return lastAnswer(trial, request, lane) ?? waitForNext(trial, request, lane);
}

function answerUnwanted(request: LaneRequest, lane: Lane): LaneAnswer | null {
  const reason = obstacleOf(lane, request);
  if (reason === null) return null;
  return { outcome: 'not-triggered', reason, attempts: lane.book.attempts() };
}

/** One attempt; a dead worker and a time-out tell as little as an answer that was lost. */
async function tryTrigger(request: LaneRequest, { input }: Lane): Promise<TriggerOutcome> {
  const { account, stackId, settings } = input;
  const { executionId, key, traceId, cause } = request;
  try {
    return await spaceliftOf(account, settings).triggerRun({
      account,
      stackId,
      ...wishOf(request),
      key,
      traceId,
      ...(cause !== undefined && { cause }),
      ...(settings.lane !== undefined && { attach: { executionId, settings } }),
    });
  } catch (error) {
    rethrowCancellation(error);
    return { kind: 'unknown', reason: messageOf(error) };
  }
}

/** Opens a doubt, waits the settle time out and looks more than once in it. Null when all there was to see is no run. */
async function settle(
  request: LaneRequest,
  triggeredAt: number,
  { reason }: Missed,
  lane: Lane,
): Promise<LaneAnswer | null> {
  const { book, input } = lane;
  const { looks, settleMs, lane: rules } = input.settings;
  const attempts = book.attempts();
  const doubt = doubtOf(request, triggeredAt, lane);
  book.openDoubt(doubt);
  let seen: readonly FoundRun[] | null = null;
  for (let look = 0; look < looks; look += 1) {
    const at = toIso(Date.now() + settleMs / looks);
    showLane(lane, `In doubt whether a run was made for intent ${request.key}`, `looks at ${at}`);
    await pauseForLook(request, settleMs / looks, lane);
    seen = await findRunsFor(request, triggeredAt, lane, request.traceId);
    const found = runFor(request.key, seen ?? [], book);
    if (found === null) continue;
    book.closeDoubt(doubt);
    lane.lastRun = { runId: found.runId, url: found.url ?? null };
    return { outcome: 'assigned', runId: found.runId, attempts };
  }
  if (rules === undefined) return null;
  if (seen === null)
    return { ...IN_DOUBT, attempts, reason: `${reason}; Spacelift could not be asked for the run` };
  return isLeftInDoubt(lane) ? { ...IN_DOUBT, attempts, reason } : null;
}

const IN_DOUBT = { outcome: 'in-doubt', failureClass: 'ambiguous' } as const;

/** A run that is named for the intent is looked for at once; found or not, the settle time is what it is. */
async function pauseForLook({ key }: LaneRequest, pauseMs: number, { book }: Lane): Promise<void> {
  if (book.hasHint(key)) await sleep(pauseMs);
  else await condition(() => book.hasHint(key), pauseMs);
}

function isLeftInDoubt({ input }: Lane): boolean {
  const { account, stackId, settings } = input;
  const names = ['*', stackId, `${account}/${stackId}`];
  return (settings.lane?.leaveInDoubt ?? []).some((name) => names.includes(name));
}

function lastAnswer(trial: Missed, request: LaneRequest, { book }: Lane): LaneAnswer | null {
  const attempts = book.attempts();
  const isFinal = trial.kind === 'refused' && trial.isFinal;
  if (attempts < request.retry.maximumAttempts && !isFinal) return null;
  const failureClass: FailureClass = isFinal
    ? 'final'
    : trial.kind === 'refused'
      ? 'retryable'
      : 'ambiguous';
  return { outcome: 'not-triggered', reason: trial.reason, failureClass, attempts };
}

/** Ends early when the run is no longer wanted. */
async function waitForNext(trial: Missed, request: LaneRequest, lane: Lane): Promise<null> {
  const retryAfterMs = trial.kind === 'refused' ? (trial.retryAfterMs ?? 0) : 0;
  const { book } = lane;
  const pauseMs = Math.max(backoffMs(request.retry, book.attempts()), retryAfterMs);
  book.noteWait(pauseMs);
  const at = toIso(Date.now() + pauseMs);
  showLane(lane, `Made no run for intent ${request.key} so far`, `tries again at ${at}`);
  await condition(() => obstacleOf(lane, request) !== null, pauseMs);
  return null;
}
