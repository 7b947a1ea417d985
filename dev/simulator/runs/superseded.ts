/** Which proposed runs a new commit makes pointless: earlier ones of pushes to the same branch that have not ended. */
import { isTerminalState } from '../../../shared/contract/states.ts';
import { currentState, type Run } from '../model.ts';

const isPushPreview = ({ type, triggeredBy, driftDetection }: Run) =>
  type === 'PROPOSED' && triggeredBy === null && !driftDetection;

export const findSuperseded = (run: Run, runs: readonly Run[]): readonly Run[] =>
  !isPushPreview(run)
    ? []
    : runs.filter(
        (earlier) =>
          earlier !== run &&
          isPushPreview(earlier) &&
          earlier.commit.branch === run.commit.branch &&
          earlier.commit.hash !== run.commit.hash &&
          !isTerminalState(currentState(earlier)),
      );
