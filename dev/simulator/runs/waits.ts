/** What a run waits for that time alone does not bring, as the control API and the page tell it. Decides only. */
import { currentState, type Run } from '../model.ts';
import { needsApproval } from './approvals.ts';
import {
  findHolder,
  findQueueReason,
  type QueueFacts,
  type QueueReason,
  isSerial,
} from './queue.ts';

export type Wait = Exclude<QueueReason, 'age'> | 'confirmation' | 'run';

/** `runs` are those of the run's stack. */
export function findWait(run: Run, runs: readonly Run[], facts: QueueFacts): Wait | null {
  switch (currentState(run)) {
    case 'QUEUED': {
      const reason = findQueueReason(run, facts);
      if (reason !== null && reason !== 'age') return reason;
      return isSerial(run) && findHolder(runs) !== null ? 'run' : null;
    }
    case 'UNCONFIRMED':
      return needsApproval(run, facts.stack) ? 'approval' : 'confirmation';
    case 'PENDING_REVIEW':
      return 'approval';
    default:
      return null;
  }
}
