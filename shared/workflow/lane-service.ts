/**
 * How the lane gets one run for one intent: trigger, and where the answer never came, settle and look before anything
 * is triggered again. The last step is always a look, so that no run of ours goes unnoticed within the settle time.
 */
import { log, sleep } from '@temporalio/workflow';
import { spaceliftOf } from './activities.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import type { LaneBook } from './lane-book.ts';
import type { Doubt, FailureClass, LaneAnswer, LaneInput, LaneRequest } from './messages.ts';
import type { FoundRun, TriggerOutcome } from './ports.ts';
import { backoffMs } from './retry.ts';

/** Spacelift tells creation in whole seconds, by its own clock. */
const CLOCK_SKEW_MS = 2000;

export async function serveRequest(
  request: LaneRequest,
  lane: LaneInput,
  book: LaneBook,
): Promise<LaneAnswer> {
  const { maximumAttempts } = request.retry;
  for (let attempts = 1; ; attempts += 1) {
    const late = await takeLateRun(request, lane, book);
    if (late !== null) return { outcome: 'assigned', runId: late.runId, attempts };

    const triggeredAt = Date.now();
    const trial = await tryTrigger(request, lane);
    if (trial.kind === 'made') return { outcome: 'assigned', runId: trial.runId, attempts };

    const { reason } = trial;
    log.warn('attempt made no run we know of', { ...factsOf(request, lane), attempts, reason });
    if (trial.kind === 'unknown') {
      const found = await settle(doubtOf(request, triggeredAt), request, lane, book);
      if (found !== null) return { outcome: 'assigned', runId: found.runId, attempts };
    }
    if (attempts >= maximumAttempts || (trial.kind === 'refused' && trial.isFinal))
      return { outcome: 'not-triggered', reason, attempts, failureClass: classOf(trial) };
    const retryAfterMs = trial.kind === 'refused' ? (trial.retryAfterMs ?? 0) : 0;
    await sleep(Math.max(backoffMs(request.retry, attempts), retryAfterMs));
  }
}

const classOf = (trial: Exclude<TriggerOutcome, { kind: 'made' }>): FailureClass => {
  if (trial.kind === 'unknown') return 'ambiguous';
  return trial.isFinal ? 'final' : 'retryable';
};

const factsOf = ({ key, traceId }: LaneRequest, { stackId }: LaneInput) => ({
  intent: key,
  stackId,
  traceId,
});

const doubtOf = ({ key, runType, commit }: LaneRequest, since: number): Doubt => ({
  since,
  key,
  runType,
  commit,
});

/** One attempt; a dead worker and a time-out tell as little as an answer that was lost. */
async function tryTrigger(request: LaneRequest, lane: LaneInput): Promise<TriggerOutcome> {
  const { account, stackId } = lane;
  const { runType, commit, key, traceId, cause } = request;
  try {
    return await spaceliftOf(account, lane.settings).triggerRun({
      account,
      stackId,
      runType,
      commit,
      key,
      traceId,
      ...(cause !== undefined && { cause }),
    });
  } catch (error) {
    rethrowCancellation(error);
    return { kind: 'unknown', reason: messageOf(error) };
  }
}

/** Opens the doubt, waits the settle time out and looks more than once in it. */
async function settle(
  doubt: Doubt,
  request: LaneRequest,
  lane: LaneInput,
  book: LaneBook,
): Promise<FoundRun | null> {
  const { looks, settleMs } = lane.settings;
  book.openDoubt(doubt);
  for (let look = 0; look < looks; look += 1) {
    await sleep(settleMs / looks);
    const found = await lookFor(doubt, request, lane, book);
    if (found === null) continue;
    book.closeDoubt(doubt);
    return found;
  }
  return null;
}

/**
 * While a doubt is open, a run may still turn up for it. The intent at hand takes it if it was asked for before the run
 * was made; else it is an extra that only a person can judge.
 */
async function takeLateRun(
  request: LaneRequest,
  lane: LaneInput,
  book: LaneBook,
): Promise<FoundRun | null> {
  const { runType, commit, askedAt } = request;
  for (const doubt of book.doubts(Date.now(), lane.settings.doubtHorizonMs)) {
    if (doubt.runType !== runType || doubt.commit !== commit) continue;
    const found = await lookFor(doubt, request, lane, book);
    if (found === null) continue;
    book.closeDoubt(doubt);
    if (found.createdAt >= askedAt - CLOCK_SKEW_MS) return found;
    log.warn('late run belongs to no intent', { ...factsOf(request, lane), runId: found.runId });
  }
  return null;
}

async function lookFor(
  doubt: Doubt,
  request: LaneRequest,
  lane: LaneInput,
  book: LaneBook,
): Promise<FoundRun | null> {
  const { account, stackId } = lane;
  const { runType, commit } = doubt;
  const createdSince = doubt.since - CLOCK_SKEW_MS;
  try {
    const runs = await spaceliftOf(account, lane.settings).findRuns({
      account,
      stackId,
      runType,
      commit,
      createdSince,
    });
    return runs.find(({ runId }) => !book.isAssigned(runId)) ?? null;
  } catch (error) {
    rethrowCancellation(error);
    log.warn('lane could not look', { ...factsOf(request, lane), error: messageOf(error) });
    return null;
  }
}
