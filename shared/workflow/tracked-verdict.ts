/** How the end of a tracked run comes to the registry of its account, which decides what runs next. */
import { parseExecutionId, parsePropagationKey } from '../contract/ids.ts';
import type { FollowedRun } from './followed-run.ts';
import type { RunVerdict } from './messages.ts';
import { tellRegistry } from './propagation-activities.ts';
import { traitsOf } from './run-traits.ts';

/** Of tracked runs only: nothing depends on what others do. */
export const isHeardByRegistry = ({ input, progress }: FollowedRun): boolean =>
  input.settings.propagation !== undefined && progress.runType === 'TRACKED';

type Attached = { readonly executionId: string; readonly key: string };

/** Of intents that are attached: what a payload says of its intent anybody may have written. */
export const propagationKeysOf = ({ attached }: FollowedRun): readonly Attached[] =>
  [...attached].flatMap((executionId) => {
    const id = parseExecutionId(executionId);
    return id?.kind === 'trigger' && parsePropagationKey(id.key) !== null
      ? [{ executionId, key: id.key }]
      : [];
  });

export async function tellVerdict(
  run: FollowedRun,
  verdict: RunVerdict,
  { keys, untold }: { readonly keys: readonly Attached[]; readonly untold: readonly string[] },
): Promise<void> {
  const { account, stackId, runId, settings } = run.input;
  const { driftDetection, delta } = traitsOf(run.progress);
  const [intent] = keys;
  await run.recorder.carryOut('tell-registry', () =>
    tellRegistry({
      verdict: {
        account,
        stackId,
        runId,
        state: verdict.state,
        outcome: verdict.outcome,
        isDrift: driftDetection,
        delta,
        intentKey: intent?.key ?? null,
        isIntentTold: intent !== undefined && !untold.includes(intent.executionId),
        cause: run.cause,
        wantsDependents: true,
        at: Date.now(),
        traceId: run.traceId,
      },
      settings,
    }),
  );
}
