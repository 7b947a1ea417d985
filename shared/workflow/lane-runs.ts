/**
 * Which of the runs that a look found is whose. Pure. Runs come oldest first, and only those that our own key made, of the
 * wanted type, commit and command; which request made one, Spacelift does not say.
 */
import type { Doubt, LaneRequest } from './messages.ts';
import type { FoundRun } from './ports.ts';

/** Spacelift tells creation in whole seconds, by its own clock. */
export const CLOCK_SKEW_MS = 2000;

export type Known = {
  readonly isTaken: (runId: string) => boolean;
  readonly ownerOf: (runId: string) => string | undefined;
};

/** The run of an intent whose attempt is in doubt: the one that is named for it, else the oldest that is nobody's. */
export function runFor(
  key: string,
  runs: readonly FoundRun[],
  { isTaken, ownerOf }: Known,
): FoundRun | null {
  const free = runs.filter(({ runId }) => !isTaken(runId));
  const withOwner = (owner: string | undefined) =>
    free.find(({ runId }) => ownerOf(runId) === owner);
  return withOwner(key) ?? withOwner(undefined) ?? null;
}

export type LateRun = {
  readonly run: FoundRun;
  /** The doubt that it settles. */
  readonly doubt: Doubt;
  /** Who gets it; null when it belongs to nobody. */
  readonly request: LaneRequest | null;
};

/**
 * What late runs settle: each one doubt, and each doubt one run. The first that waits for such a run takes it, if it was
 * asked before the run was made; runs for which there is no doubt are somebody else's. A run that is named for an intent
 * settles that one's doubt, unless a guess has done so before. Doubts and requests are alike.
 */
export function accountFor(
  runs: readonly FoundRun[],
  doubts: readonly Doubt[],
  requests: readonly LaneRequest[],
  { isTaken, ownerOf }: Known,
): readonly LateRun[] {
  let open = doubts;
  let waiting = requests;
  return runs.flatMap((run) => {
    if (isTaken(run.runId)) return [];
    const owner = ownerOf(run.runId);
    const isMadeAfter = (at: number) => run.createdAt >= at - CLOCK_SKEW_MS;
    const doubt =
      open.find(({ key }) => key === owner) ?? open.find(({ since }) => isMadeAfter(since));
    if (doubt === undefined) return [];
    const request =
      waiting.find(({ key }) => key === owner) ??
      waiting.find(({ askedAt }) => isMadeAfter(askedAt)) ??
      null;
    open = open.filter((other) => other !== doubt);
    waiting = waiting.filter((other) => other !== request);
    return [{ run, doubt, request }];
  });
}
