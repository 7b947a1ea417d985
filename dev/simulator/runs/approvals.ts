/** Approval policies: whether a run waits for a review. An approval counts for the stay in a state it was given in. */
import { currentTransition, type Run, type Stack } from '../model.ts';

export function needsApproval(run: Run, stack: Pick<Stack, 'approvals'>): boolean {
  const { state, stateVersion } = currentTransition(run);
  return (
    stack.approvals.some((reviewed) => reviewed === state) &&
    !run.reviews.some(
      (review) => review.decision === 'APPROVE' && review.stateVersion === stateVersion,
    )
  );
}
