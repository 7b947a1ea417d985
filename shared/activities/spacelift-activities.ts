/** Activities that call the Spacelift API, each exactly once an attempt; served by the task queue of that name. */
import { ApplicationFailure, log, metricMeter } from '@temporalio/activity';
import { isTerminalState } from '../contract/states.ts';
import type { SpaceliftActivities, TriggerOutcome } from '../workflow/ports.ts';
import { redact } from './redact.ts';
import type { SpaceliftClient } from './spacelift/client.ts';
import { SpaceliftFailure } from './spacelift/failure.ts';
import { findRuns } from './spacelift/find-runs.ts';
import { listRuns } from './spacelift/list-runs.ts';
import { lookUpRun } from './spacelift/look-up-run.ts';
import { readWebhook } from './spacelift/read-webhook.ts';
import { outcomeOfFailure, triggerRun } from './spacelift/trigger-run.ts';

/** Yields the client of an account; throws {@link SpaceliftFailure} for one that has no API key configured. */
export type SpaceliftClients = (account: string) => SpaceliftClient;

export const createSpaceliftActivities = (clientOf: SpaceliftClients): SpaceliftActivities => ({
  async triggerRun(request) {
    const outcome = await attempt(async () => triggerRun(clientOf(request.account), request));
    const { stackId, traceId } = request;
    metricMeter
      .createCounter('spacelift_trigger_attempts', '1', 'runTrigger calls by outcome')
      .add(1, { outcome: outcome.kind });
    if (outcome.kind === 'made')
      log.info('run triggered', { stackId, runId: outcome.runId, traceId });
    else log.warn('run not triggered', { stackId, traceId, ...outcome });
    return outcome;
  },

  findRuns: async (query) => asActivity(() => findRuns(clientOf(query.account), query)),

  async lookUpRun(run) {
    const found = await asActivity(() => lookUpRun(clientOf(run.account), run));
    if (found === null) return null;
    const { facts, note } = found;
    if (facts.state === 'FAILED') {
      const failedIn = facts.history.findLast(({ state }) => !isTerminalState(state))?.state;
      const { account: _, ...ref } = run;
      log.error('run failed', { ...ref, failedIn, error: note === null ? null : redact(note) });
    }
    return facts;
  },

  listRuns: async (query) => asActivity(() => listRuns(clientOf(query.account), query)),

  readWebhook: async ({ account, webhookId }) =>
    asActivity(() => readWebhook(clientOf(account), webhookId)),
});

const attempt = (act: () => Promise<TriggerOutcome>) => act().catch(outcomeOfFailure);

/** Tells Temporal whether and when to try again; the message is the failure's own, free of secrets. */
async function asActivity<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof SpaceliftFailure)) throw error;
    throw ApplicationFailure.create({
      message: error.message,
      type: `spacelift-${error.failureClass}`,
      nonRetryable: error.failureClass === 'final',
      ...(error.retryAfterMs !== undefined && { nextRetryDelay: error.retryAfterMs }),
    });
  }
}
