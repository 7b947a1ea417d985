/** What a run execution keeps of its reactions. Pure. */
import { createReceipts, type Receipts } from './receipts.ts';
import type { Escalation, RunProgress, RunReactionsMemory } from './run-memory.ts';
import { currentTransition } from './progress.ts';

export type RunReactions = {
  readonly receipts: Receipts;
  routes: readonly string[];
  escalations: readonly Escalation[];
  /** How many plans are being made or carried out. */
  running: number;
};

export const createRunReactions = (carried?: RunReactionsMemory): RunReactions => ({
  receipts: createReceipts(carried?.receipts),
  routes: carried?.routes ?? [],
  escalations: carried?.escalations ?? [],
  running: 0,
});

export const reactionsMemoryOf = (reactions: RunReactions): RunReactionsMemory => ({
  receipts: [...reactions.receipts.known],
  routes: reactions.routes,
  escalations: reactions.escalations,
});

/** Those whose wait goes on. */
export function escalationsOf(
  { escalations }: RunReactions,
  progress: RunProgress,
): readonly Escalation[] {
  const current = currentTransition(progress);
  return escalations.filter(
    ({ state, stateVersion }) =>
      state === current?.state &&
      (stateVersion === null ||
        current.stateVersion === null ||
        stateVersion === current.stateVersion),
  );
}
