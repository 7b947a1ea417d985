/**
 * Propagation execution: runs what is below a root, by intents like anybody's, in the order that the decision says. Knows
 * of runs only what the registry and its own intents tell it. What was stopped stays open for a while, to be resumed.
 */
import {
  CancellationScope,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  log,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { propagationKey, registryExecutionId } from '../contract/ids.ts';
import { messageOf } from './failures.ts';
import { createPatience } from './patience.ts';
import { startRuns } from './propagation-activities.ts';
import { adoptNode } from './propagation-native.ts';
import {
  type PropagationInput,
  propagationOver,
  type PropagationResult,
} from './propagation-messages.ts';
import type { WantedRun } from './propagation-ports.ts';
import {
  createOpenPropagation,
  memoryOf,
  nodeOf,
  type OpenedPropagation,
  rootOf,
  take,
} from './propagation-open.ts';
import { isComplete, isSettled } from './propagation-state.ts';
import { toTree, viewOf } from './propagation-view.ts';
import { asksAgainAt, tellSlots } from './propagation-wish.ts';
import { searchAttributePairs } from './search-attributes.ts';

/** Intents that one activity starts: what they take of the input of an activity is far below what Temporal takes. */
const STARTS_LIMIT = 250;

export async function propagate(input: PropagationInput): Promise<PropagationResult> {
  const propagation = createOpenPropagation(input);
  try {
    await work(propagation);
  } catch (error) {
    if (isCancellation(error)) {
      take(propagation, { kind: 'cancelled' });
      await CancellationScope.nonCancellable(() => leave(propagation));
    }
    throw error;
  }
  await leave(propagation);
  const { state, roots } = propagation;
  return {
    account: input.account,
    roots: roots.map(({ stackId, runId }) => ({ stackId, runId })),
    outcome: isComplete(state) ? 'completed' : 'stopped',
    nodes: viewOf(state),
  };
}

async function work(propagation: OpenedPropagation): Promise<void> {
  const { resumableMs } = propagation.rules;
  const patience = createPatience(null);
  for (;;) {
    propagation.isDisturbed = false;
    await tellSlots(propagation);
    await startAll(propagation);
    adoptAll(propagation);
    setCurrentDetails(toTree(propagation.state));
    if (isIdle(propagation) && isSettled(propagation.state)) {
      propagation.resumableUntil ??= Date.now() + resumableMs;
      if (isComplete(propagation.state) || propagation.resumableUntil <= Date.now()) return;
    } else propagation.resumableUntil = null;
    if (isIdle(propagation) && isHeavy(propagation))
      await continueAsNew<(input: PropagationInput) => Promise<PropagationResult>>({
        ...propagation.input,
        stacks: [],
        carried: memoryOf(propagation),
      });
    const { wakeAt, resumableUntil } = propagation;
    const askAt = asksAgainAt(propagation);
    const until = Math.min(wakeAt ?? Infinity, resumableUntil ?? Infinity, askAt);
    const silenceMs = Number.isFinite(until) ? Math.max(until - Date.now(), 1) : 0;
    await patience.until(() => propagation.isDisturbed, silenceMs);
    if (wakeAt !== null && wakeAt <= Date.now()) take(propagation, { kind: 'tick' });
  }
}

const isIdle = ({ toStart, toAdopt, adopting }: OpenedPropagation): boolean =>
  toStart.length === 0 && toAdopt.length === 0 && adopting.size === 0;

function isHeavy({ rules }: OpenedPropagation): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  return continueAsNewSuggested || historyLength >= (rules.maximumEvents ?? Infinity);
}

async function startAll(propagation: OpenedPropagation): Promise<void> {
  const { toStart, roots, input } = propagation;
  while (toStart.length > 0) {
    const runs = toStart.splice(0, STARTS_LIMIT).map((id) => wantedRun(propagation, id));
    await startRuns({
      executionId: workflowInfo().workflowId,
      runs,
      traceId: roots[0]?.traceId ?? '',
      settings: input.settings,
    });
  }
}

/** Its cause is what led to the root, and the root: what a propagation runs cannot come round to itself. */
function wantedRun(propagation: OpenedPropagation, nodeId: string): WantedRun {
  const { account } = propagation.input;
  const { stackId, attempt } = nodeOf(propagation, nodeId);
  const root = rootOf(propagation, nodeId);
  return {
    nodeId,
    event: {
      about: 'intent',
      type: 'triggered',
      account,
      stackId,
      key: propagationKey(propagation.input.root.runId, attempt),
      runType: 'TRACKED',
      commit: null,
      retry: {},
      cause: [...root.cause, root.stackId],
    },
  };
}

function adoptAll(propagation: OpenedPropagation): void {
  for (const wish of propagation.toAdopt.splice(0)) {
    propagation.adopting.add(wish.nodeId);
    void adoptNode(propagation, wish).finally(() => {
      propagation.adopting.delete(wish.nodeId);
      propagation.isDisturbed = true;
    });
  }
}

/** From here on nothing is taken, so that what comes now begins something of its own. */
async function leave(propagation: OpenedPropagation): Promise<void> {
  propagation.isOver = true;
  const { account, settings } = propagation.input;
  const outcome = isComplete(propagation.state) ? 'completed' : 'stopped';
  setCurrentDetails(toTree(propagation.state));
  const pairs = searchAttributePairs({ outcome }, settings.searchAttributes);
  if (pairs.length > 0) upsertSearchAttributes(pairs);
  const { workflowId } = workflowInfo();
  try {
    await getExternalWorkflowHandle(registryExecutionId(account)).signal(
      propagationOver,
      workflowId,
    );
  } catch (error) {
    log.warn('registry could not be told', { error: messageOf(error) });
  }
}
