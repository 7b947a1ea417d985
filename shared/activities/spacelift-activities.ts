/**
 * Activities that call the Spacelift API; what makes or changes a run is one call an attempt. Served by the task queue of
 * that name.
 */
import {
  activityInfo,
  ApplicationFailure,
  heartbeat,
  log,
  metricMeter,
} from '@temporalio/activity';
import { isTerminalState } from '../contract/states.ts';
import type {
  AttachAnswer,
  ExecutionActivities,
  SpaceliftActivities,
  TriggerOutcome,
  TriggerRequest,
} from '../workflow/ports.ts';
import { planBelow } from '../workflow/propagation-graph.ts';
import { isNews } from '../workflow/run-wait.ts';
import { redact } from './redact.ts';
import type { SpaceliftClient } from './spacelift/client.ts';
import { decideRun } from './spacelift/decide-run.ts';
import { endRun } from './spacelift/end-run.ts';
import { SpaceliftFailure } from './spacelift/failure.ts';
import { findDependentRun } from './spacelift/find-dependent-run.ts';
import { findRuns } from './spacelift/find-runs.ts';
import { listRuns } from './spacelift/list-runs.ts';
import { lookUpRun, type RunLookUp } from './spacelift/look-up-run.ts';
import { readGraph } from './spacelift/read-graph.ts';
import { readWebhook } from './spacelift/read-webhook.ts';
import { outcomeOfFailure, triggerRun } from './spacelift/trigger-run.ts';

/** Yields the client of an account; throws {@link SpaceliftFailure} for one that has no API key configured. */
export type SpaceliftClients = (account: string) => SpaceliftClient;

/** Far below the time that is left of the activity's own. */
const ATTACH_LIMIT_MS = 3000;

export const createSpaceliftActivities = (
  clientOf: SpaceliftClients,
  attachToRun: ExecutionActivities['attachToRun'],
): SpaceliftActivities => ({
  async triggerRun(request) {
    const outcome = await attempt(async () => triggerRun(clientOf(request.account), request));
    const { stackId, traceId } = request;
    metricMeter
      .createCounter('spacelift_trigger_attempts', '1', 'runTrigger calls by outcome')
      .add(1, { outcome: outcome.kind });
    if (outcome.kind === 'made')
      log.info('run triggered', { stackId, runId: outcome.runId, traceId });
    else log.warn('run not triggered', { stackId, traceId, ...outcome });
    if (outcome.kind !== 'made' || request.attach === undefined) return outcome;
    const attachment = await attachSoon(outcome.runId, request, attachToRun);
    return attachment === null ? outcome : { ...outcome, attachment };
  },

  findRuns: async (query) => asActivity(() => findRuns(clientOf(query.account), query)),

  async lookUpRun(run) {
    const found = await asActivity(() => lookUpRun(clientOf(run.account), run));
    if (found === null) return null;
    if (found.facts.state === 'FAILED') logFailedRun(run, found);
    return found.facts;
  },

  async watchRun({ known, ...run }) {
    const found = await asActivity(() => lookUpRun(clientOf(run.account), run), 'go-on');
    if (found !== null && isNews(known, found.facts)) return found.facts;
    const state = found === null ? 'unknown to Spacelift' : found.facts.state;
    throw ApplicationFailure.create({
      message: `Cannot tell news of run ${run.runId}: it is ${state}`,
      type: 'no-news',
      category: 'BENIGN',
    });
  },

  async endRun(request) {
    const outcome = await asActivity(() => endRun(clientOf(request.account), request));
    const { stackId, runId, ending, traceId } = request;
    log.info('run asked to end', { stackId, runId, ending, traceId, ...outcome });
    return outcome;
  },

  async decideRun(wish) {
    const outcome = await asActivity(() => decideRun(clientOf(wish.account), wish));
    const { stackId, runId, decision, traceId } = wish;
    log.info('run decided', { stackId, runId, decision, traceId, ...outcome.answer });
    return outcome;
  },

  listRuns: async (query) => asActivity(() => listRuns(clientOf(query.account), query)),

  readWebhook: async ({ account, webhookId }) =>
    asActivity(() => readWebhook(clientOf(account), webhookId)),

  planPropagation: async ({ account, stackId, labels }) =>
    planBelow(
      stackId,
      await asActivity(() => readGraph(clientOf(account), heartbeat)),
      new Set(labels),
    ),

  findDependentRun: async (query) =>
    asActivity(() => findDependentRun(clientOf(query.account), query)),
});

/** Whatever comes of it, the run is made, and its lane must hear so; null when that would take long. */
function attachSoon(
  runId: string,
  { account, stackId, cause, attach }: TriggerRequest,
  attachToRun: ExecutionActivities['attachToRun'],
): Promise<AttachAnswer | null> {
  if (attach === undefined) return Promise.resolve(null);
  const run = { account, stackId, runId, ...(cause !== undefined && { cause }) };
  const soon = new Promise<null>((resolve) => {
    setTimeout(resolve, ATTACH_LIMIT_MS, null);
  });
  return Promise.race([attachToRun({ ...run, ...attach }).catch(() => null), soon]);
}

function logFailedRun(
  { stackId, runId, traceId }: { stackId: string; runId: string; traceId: string },
  { facts, note }: RunLookUp,
): void {
  const failedIn = facts.history.findLast(({ state }) => !isTerminalState(state))?.state;
  const error = note === null ? null : redact(note);
  log.error('run failed', { stackId, runId, traceId, failedIn, error });
}

const attempt = (act: () => Promise<TriggerOutcome>) => act().catch(outcomeOfFailure);

/**
 * Tells Temporal whether and when to try again; the message is the failure's own, free of secrets. A watch goes on even
 * when it is refused: the key may be repaired long before the run ends.
 */
async function asActivity<T>(
  act: () => Promise<T>,
  whenFinal: 'give-up' | 'go-on' = 'give-up',
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof SpaceliftFailure)) throw error;
    const isFinal = error.failureClass === 'final' && whenFinal === 'give-up';
    const { failureClass, message } = error;
    const tryAgainInMs = isFinal ? null : (error.retryAfterMs ?? nextWaitMs());
    log.warn('Spacelift call failed', { error: message, failureClass, tryAgainInMs });
    throw ApplicationFailure.create({
      message: error.message,
      type: `spacelift-${error.failureClass}`,
      nonRetryable: isFinal,
      details: [{ failureClass, tryAgainInMs }],
      ...(error.retryAfterMs !== undefined && { nextRetryDelay: error.retryAfterMs }),
    });
  }
}

/** What Temporal will wait by the activity's policy, as seen from the attempt under way; null after the last. */
function nextWaitMs(): number | null {
  const { attempt, retryPolicy = {} } = activityInfo();
  const { initialInterval = 1000, backoffCoefficient = 2, maximumAttempts = 0 } = retryPolicy;
  if (maximumAttempts > 0 && attempt >= maximumAttempts) return null;
  // The SDK tells durations in milliseconds here, though its type allows for words.
  const initialMs = Number(initialInterval);
  const limitMs = Number(retryPolicy.maximumInterval ?? initialMs * 100);
  return Math.min(initialMs * backoffCoefficient ** (attempt - 1), limitMs);
}
