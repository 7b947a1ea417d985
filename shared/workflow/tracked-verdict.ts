/** How the end of a tracked run comes to the registry of its account, which decides what runs next. Told once. */
import { parseExecutionId, parsePropagationKey } from '../contract/ids.ts';
import type { FollowedRun } from './followed-run.ts';
import type { RunVerdict } from './messages.ts';
import { tellRegistry } from './propagation-activities.ts';
import { traitsOf } from './run-traits.ts';

export type VerdictTeller = {
  /** Whether rules decide if what depends on the stack is to run. */
  readonly isUpToRules: boolean;
  /** `untold` are intents that nobody can tell any more. Where it is up to rules, none wanted anything. */
  readonly tell: (untold: readonly string[]) => Promise<void>;
  /** What a rule does; answers why nothing comes of it, if so. */
  readonly triggerDependents: () => Promise<string | null>;
};

/** Call before the intents are told: what a payload says of its intent anybody may have written. */
export function createVerdictTeller(run: FollowedRun, verdict: RunVerdict): VerdictTeller {
  const { input, progress, recorder } = run;
  const { propagation, reactions = false } = input.settings;
  // Nothing depends on what other runs do.
  const isHeard = propagation !== undefined && progress.runType === 'TRACKED';
  const intent = propagationIntentOf(run);
  const isUpToRules = reactions && verdict.outcome === 'completed' && intent === null;
  let isTold = !isHeard;

  function tellOnce(wantsDependents: boolean, isIntentTold: boolean): Promise<void> {
    isTold = true;
    const { account, stackId, runId, settings } = input;
    const { driftDetection, delta } = traitsOf(run.progress);
    return tellRegistry({
      verdict: {
        account,
        stackId,
        runId,
        state: verdict.state,
        outcome: verdict.outcome,
        isDrift: driftDetection,
        delta,
        intentKey: intent?.key ?? null,
        isIntentTold,
        cause: run.cause,
        wantsDependents,
        at: Date.now(),
        traceId: run.traceId,
      },
      settings,
    });
  }

  return {
    isUpToRules,
    async tell(untold) {
      if (isTold) return;
      const isIntentTold = intent !== null && !untold.includes(intent.executionId);
      const tellIt = () => tellOnce(!isUpToRules, isIntentTold);
      await recorder.carryOut('tell-registry', tellIt);
    },
    async triggerDependents() {
      if (!isHeard) return 'nothing is propagated from this run';
      if (intent !== null) return 'the run belongs to a propagation';
      if (!isTold) await tellOnce(true, false);
      return null;
    },
  };
}

function propagationIntentOf({ attached }: FollowedRun) {
  for (const executionId of attached) {
    const id = parseExecutionId(executionId);
    if (id?.kind === 'trigger' && parsePropagationKey(id.key) !== null)
      return { executionId, key: id.key };
  }
  return null;
}
