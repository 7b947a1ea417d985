/**
 * When a run execution continues as new, with all it knows. Also with news pending, which goes along: Temporal refuses to
 * close an execution that was signalled meanwhile, so one that first acted on all it heard might never come to it.
 */
import { allHandlersFinished, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import { type FollowedRun, memoryOf } from './followed-run.ts';
import type { ExecutionResult, RunInput } from './messages.ts';

/** Pending events that fit into an input, of which Temporal takes 2 MiB; an event has less than 1 KiB as a rule. */
const CARRIED_LIMIT = 500;

export const mayContinue = (run: FollowedRun): boolean =>
  isToContinue(run) && allHandlersFinished();

export async function continueIfHeavy(run: FollowedRun): Promise<void> {
  // The handlers of the signals that were just taken in count as running until the turn is over.
  if (isToContinue(run)) await condition(() => allHandlersFinished() || run.deciding > 0);
  if (!mayContinue(run)) return;
  await continueAsNew<(input: RunInput) => Promise<ExecutionResult>>({
    ...run.input,
    carried: memoryOf(run),
  });
}

const isToContinue = (run: FollowedRun): boolean =>
  isHistoryHeavy(run) &&
  run.deciding === 0 &&
  run.reactions.running === 0 &&
  run.news.events.length <= CARRIED_LIMIT;

function isHistoryHeavy({ input: { settings } }: FollowedRun): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  const { maximumEvents = Infinity } = settings.watch ?? {};
  return continueAsNewSuggested || historyLength >= maximumEvents;
}
