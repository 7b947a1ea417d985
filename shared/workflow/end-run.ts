/**
 * Ends a run in Spacelift for an intent that gives up: looks in which state it is, asks for what fits that state, and
 * looks again where it was refused, since states change in between. Never throws but for cancellation.
 */
import { log } from '@temporalio/workflow';
import { isTerminalState } from '../contract/states.ts';
import { spaceliftOf } from './activities.ts';
import { endingsFor } from './ending.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import type { RunRef } from './messages.ts';
import type { WorkflowSettings } from './settings.ts';

/** A run moves on between look and request a few times at most. */
const TRIES = 5;

/** What was asked of Spacelift, in words for a result; null when the run had ended by itself. */
export async function endRunOf(
  run: RunRef,
  traceId: string,
  settings: WorkflowSettings,
): Promise<string | null> {
  const { lookUpRun, endRun } = spaceliftOf(run.account, settings);
  let problem = 'it moves on too quickly';
  const refusals: string[] = [];
  for (let tried = 0; tried < TRIES; tried += 1) {
    try {
      const facts = await lookUpRun({ ...run, traceId });
      if (facts === null) return `run ${run.runId} could not be ended: Spacelift does not know it`;
      if (isTerminalState(facts.state)) return null;
      const refused = refusals.filter((state) => state === facts.state).length;
      const ending = endingsFor(facts.state)[refused];
      if (ending === undefined) break;
      const outcome = await endRun({ ...run, ending, traceId });
      if (outcome.kind === 'asked') return `asked Spacelift to ${ending} run ${run.runId}`;
      problem = outcome.reason;
      refusals.push(facts.state);
      if (outcome.kind === 'unknown') break;
    } catch (error) {
      rethrowCancellation(error);
      problem = messageOf(error);
      break;
    }
  }
  log.warn('run could not be ended', { runId: run.runId, error: problem, traceId });
  return `run ${run.runId} may not have been ended: ${problem}`;
}
