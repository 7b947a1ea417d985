/**
 * Stacks that natively depend on one of the propagation: Spacelift itself queues a run of them with that of the parent.
 * That run is adopted; or it is cancelled while it has not begun, and one of ours takes its place. Where there is none, as
 * after a retry, ours is started anyway.
 */
import { log, sleep } from '@temporalio/workflow';
import { eventTypeOfState, isTerminalState } from '../contract/states.ts';
import { spaceliftOf, tellRuns } from './activities.ts';
import { endingsFor } from './ending.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import type { TrackedRun } from './ports.ts';
import type { PropagationAction } from './propagation-decision.ts';
import { nodeOf, type OpenedPropagation, take } from './propagation-open.ts';

export async function adoptNode(
  propagation: OpenedPropagation,
  { action, nodeId }: PropagationAction,
): Promise<void> {
  const run = await lookForRun(propagation, nodeId);
  const isReplaced =
    run !== null && action === 'take-over' && (await isCancelled(propagation, nodeId, run));
  if (run === null || isReplaced) {
    propagation.toStart.push(nodeId);
    return;
  }
  const { runId, state, hasChanged } = run;
  take(propagation, { kind: 'adopted', nodeId, runId });
  const outcome = eventTypeOfState(state);
  if (outcome === 'completed' || outcome === 'failed' || outcome === 'ended') {
    const { stackId } = nodeOf(propagation, nodeId);
    const verdict = { stackId, runId, state, outcome, hasChanged, attempt: null };
    take(propagation, { kind: 'verdict', verdict });
    return;
  }
  await follow(propagation, nodeId, run);
}

/** More than once, in case Spacelift lags behind its own webhooks. */
async function lookForRun(
  propagation: OpenedPropagation,
  nodeId: string,
): Promise<TrackedRun | null> {
  const { account, settings } = propagation.input;
  const { looks, settleMs } = settings;
  const { stackId, native } = nodeOf(propagation, nodeId);
  const parentRunId = native
    .flatMap((id) => nodeOf(propagation, id).runId ?? [])
    .toSorted()
    .at(-1);
  if (parentRunId === undefined) return null;
  for (let asked = 0; asked < looks; asked += 1) {
    if (asked > 0) await sleep(settleMs / looks);
    const query = { account, stackId, parentRunId };
    const run = await spaceliftOf(account, settings)
      .findDependentRun(query)
      .catch((error: unknown) => {
        rethrowCancellation(error);
        log.warn('Spacelift could not be asked for a run', { stackId, error: messageOf(error) });
        return null;
      });
    if (run !== null) return run;
  }
  return null;
}

/** Only what has not begun: what works is let be. */
async function isCancelled(
  { input, roots }: OpenedPropagation,
  nodeId: string,
  { runId, state }: TrackedRun,
): Promise<boolean> {
  const { account, settings } = input;
  const stackId = nodeId.replace(/#\d+$/, '');
  if (isTerminalState(state) || endingsFor(state)[0] !== 'cancel') return false;
  const traceId = roots[0]?.traceId ?? '';
  const { endRun } = spaceliftOf(account, settings);
  const outcome = await endRun({ account, stackId, runId, ending: 'cancel', traceId }).catch(
    (error: unknown) => {
      rethrowCancellation(error);
      return null;
    },
  );
  return outcome?.kind === 'asked';
}

/** So that its end is told even if no webhook tells of it. */
async function follow(
  { input }: OpenedPropagation,
  nodeId: string,
  { runId, state }: TrackedRun,
): Promise<void> {
  const { account, settings } = input;
  const stackId = nodeId.replace(/#\d+$/, '');
  const runs = [{ stackId, runId, state, mayStart: true }];
  await tellRuns({ account, runs, settings }).catch((error: unknown) => {
    rethrowCancellation(error);
    log.warn('run could not be followed', { runId, error: messageOf(error) });
  });
}
