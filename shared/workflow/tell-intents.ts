/** How the intents that wait for a run learn its verdict. */
import { getExternalWorkflowHandle, log } from '@temporalio/workflow';
import { rethrowCancellation } from './failures.ts';
import type { FollowedRun } from './followed-run.ts';
import { type RunVerdict, signalFor } from './messages.ts';
import { traitsOf } from './run-traits.ts';

/** Until nobody new has attached: one who does while this runs is told too. Returns whom nobody can tell any more. */
export async function tellIntents(
  { attached, input, progress }: FollowedRun,
  told: RunVerdict,
): Promise<readonly string[]> {
  const { propagation } = input.settings;
  const { delta } = traitsOf(progress);
  const verdict = propagation === undefined ? told : { ...told, delta };
  const untold: string[] = [];
  for (const executionId of attached) {
    attached.delete(executionId);
    try {
      await getExternalWorkflowHandle(executionId).signal(signalFor(verdict.outcome), { verdict });
    } catch (error) {
      rethrowCancellation(error);
      untold.push(executionId);
      log.warn('intent could not be told the verdict', { intent: executionId });
    }
  }
  return untold;
}
