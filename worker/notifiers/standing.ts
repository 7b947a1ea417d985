/** Whether a later tracked run of the stack has spoken since: outlets that show one thing a stack must not go back to an older. */
import { SendFailure } from '../../shared/activities/notice-activities.ts';
import { SpaceliftFailure } from '../../shared/activities/spacelift/failure.ts';
import { eventTypeOfState, type RunEventType } from '../../shared/contract/states.ts';
import type { Notice } from '../../shared/workflow/notice-messages.ts';
import type { NotifierContext, TrackedRun } from './definition.ts';

/** Null when the notice is of the latest one, of no tracked run, or when Spacelift will not say. */
export async function laterRun(
  { account, stackId, runId, runType }: Notice,
  { latestTrackedRun, log }: NotifierContext,
): Promise<(TrackedRun & { readonly type: RunEventType }) | null> {
  if (stackId === null || runId === null || (runType ?? 'TRACKED') !== 'TRACKED') return null;
  try {
    const latest = await latestTrackedRun(account, stackId);
    if (latest === null || latest.runId === runId) return null;
    return { ...latest, type: eventTypeOfState(latest.state) };
  } catch (error) {
    if (!(error instanceof SpaceliftFailure)) throw error;
    if (error.failureClass !== 'final')
      throw new SendFailure(error.message, false, error.retryAfterMs);
    log.warn({ account, stackId, reason: error.message }, 'latest run not known');
    return null;
  }
}
