/** What an intent does about the run it was given: attaches to the run's execution, and looks where that says nothing. */
import { log } from '@temporalio/workflow';
import { attachToRun, spaceliftOf } from './activities.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import { type Intent, pass } from './intent.ts';
import type { RunRef, RunVerdict } from './messages.ts';
import { createProgress, decideRunFacts, verdictOf } from './progress.ts';

/** Once; a run execution that has closed has left its verdict. Null while there is none. */
export async function attach(intent: Intent, run: RunRef): Promise<RunVerdict | null> {
  const { event, settings } = intent.input;
  const answer = intent.answer?.outcome === 'assigned' ? intent.answer : null;
  const attachment =
    answer?.attachment ??
    (await attachToRun({
      ...run,
      executionId: intent.executionId,
      settings,
      ...(settings.intents !== undefined && { cause: event.cause ?? [] }),
    }));
  pass(intent, 'attached to run');
  intent.url = attachment.url ?? null;
  intent.attachment = attachment.attached ? 'open' : 'closed';
  return attachment.attached ? null : attachment.verdict;
}

/** Null while the run has not ended, and when Spacelift cannot be asked. */
export async function lookForVerdict(intent: Intent, run: RunRef): Promise<RunVerdict | null> {
  const { delivery, settings } = intent.input;
  const { traceId } = delivery;
  try {
    const facts = await spaceliftOf(run.account, settings).lookUpRun({ ...run, traceId });
    intent.lastError = null;
    return facts === null ? null : verdictOf(decideRunFacts(createProgress(run), facts).progress);
  } catch (error) {
    rethrowCancellation(error);
    intent.lastError = messageOf(error);
    log.warn('Spacelift could not be asked about the run', { error: intent.lastError, traceId });
    return null;
  }
}
