/** Drift: a check is a proposed run, reconciling is a tracked run of its own. Decides only. */
import { currentState, type Run, type RunRequest, type Stack } from '../model.ts';
import type { Switches } from '../switches.ts';
import { createRequest } from './request.ts';
import { isApplied } from './upstream.ts';

const isFinishedCheck = (run: Run) =>
  run.type === 'PROPOSED' && run.driftDetection && currentState(run) === 'FINISHED';

const hasChanges = ({ delta }: Run) =>
  delta !== null && delta.added + delta.changed + delta.deleted > 0;

/** Whether the stack has drifted, as far as the end of this run tells; null when it tells nothing. */
export function findDrift(run: Run): boolean | null {
  if (isFinishedCheck(run)) return hasChanges(run);
  const isDeployed = run.type === 'TRACKED' && currentState(run) === 'FINISHED' && isApplied(run);
  return isDeployed ? false : null;
}

/** The tracked run that a check's end asks for, if it found changes and the stack reconciles. */
export function planReconciliation(
  run: Run,
  stack: Stack,
  { reconciliationIsDrift }: Pick<Switches, 'reconciliationIsDrift'>,
): RunRequest | null {
  if (!isFinishedCheck(run) || !hasChanges(run) || !stack.reconciles) return null;
  return createRequest({
    type: 'TRACKED',
    commit: stack.trackedCommit,
    triggeredBy: run.triggeredBy,
    driftDetection: reconciliationIsDrift,
  });
}
