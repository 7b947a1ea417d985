/**
 * An open propagation: what it knows, what it has still to do, and how it hears of runs. Handlers decide at once and leave
 * the doing to the main loop, so that an offer is answered by what was decided and nothing else.
 */
import { setHandler } from '@temporalio/workflow';
import { parsePropagationKey } from '../contract/ids.ts';
import { progressQuery } from './messages.ts';
import { mayJoin } from './propagation-join.ts';
import {
  createPropagation,
  decidePropagation,
  type PropagationAction,
  type PropagationEvent,
} from './propagation-decision.ts';
import {
  hasChanged,
  type NodeEnd,
  nodeEnded,
  nodeVerdicts,
  type Offer,
  type OfferAnswer,
  offerVerdict,
  slotsGranted,
  type PropagationInput,
  type PropagationMemory,
  toNodeVerdict,
  type TrackedVerdict,
} from './propagation-messages.ts';
import type { PropagationNode, PropagationState } from './propagation-state.ts';
import { viewOf } from './propagation-view.ts';
import type { PropagationSettings } from './settings.ts';

export type OpenedPropagation = {
  readonly input: PropagationInput;
  readonly rules: PropagationSettings;
  readonly roots: TrackedVerdict[];
  readonly toStart: string[];
  readonly toAdopt: PropagationAction[];
  /** Ids of nodes whose run of Spacelift's is being looked for. */
  readonly adopting: Set<string>;
  /** What the registry was told of slots, and when to tell it again, in epoch ms. */
  slotsTold: { readonly text: string; readonly againAt: number } | null;
  state: PropagationState;
  /** Epoch ms, as is `resumableUntil`. */
  wakeAt: number | null;
  resumableUntil: number | null;
  isDisturbed: boolean;
  isOver: boolean;
};

/** Of inputs that come from a registry, which has none without. */
const NOTHING: PropagationSettings = {
  nativeEdges: 'adopt',
  onlyIfChanged: false,
  runsLimit: null,
  poolLimits: [],
  windows: [],
  resumableMs: 0,
  registryIdleMs: 0,
};

/** Call before the first await. */
export function createOpenPropagation(input: PropagationInput): OpenedPropagation {
  const { carried, settings } = input;
  const rules = settings.propagation ?? NOTHING;
  const { nativeEdges, onlyIfChanged, runsLimit, poolLimits, windows } = rules;
  const propagation: OpenedPropagation = {
    input,
    rules,
    roots: [...(carried?.roots ?? [])],
    toStart: [],
    toAdopt: [],
    adopting: new Set(),
    slotsTold: null,
    state:
      carried?.state ??
      createPropagation({ nativeEdges, onlyIfChanged, runsLimit, poolLimits, windows }),
    wakeAt: null,
    resumableUntil: carried?.resumableUntil ?? null,
    isDisturbed: false,
    isOver: false,
  };
  setHandler(nodeVerdicts, (verdicts) => {
    for (const verdict of verdicts) takeVerdict(propagation, verdict);
  });
  setHandler(nodeEnded, (end) => takeEnd(propagation, end));
  setHandler(slotsGranted, (slots) => {
    if (!propagation.isOver) take(propagation, { kind: 'granted', slots });
  });
  setHandler(offerVerdict, (offer) => takeOffer(propagation, offer));
  setHandler(progressQuery, () => ({
    account: input.account,
    roots: propagation.roots.map(({ stackId, runId }) => ({ stackId, runId })),
    resumableUntil: propagation.resumableUntil,
    nodes: viewOf(propagation.state),
  }));
  if (carried === undefined) takeRoot(propagation, { verdict: input.root, stacks: input.stacks });
  else take(propagation, { kind: 'tick' });
  return propagation;
}

export const memoryOf = ({
  state,
  roots,
  resumableUntil,
}: OpenedPropagation): PropagationMemory => ({
  state,
  roots,
  resumableUntil,
});

/** Whether the event was this propagation's to take. */
export function take(propagation: OpenedPropagation, event: PropagationEvent): boolean {
  const { state, actions, isTaken, wakeAt } = decidePropagation(
    propagation.state,
    event,
    Date.now(),
  );
  propagation.state = state;
  propagation.wakeAt = wakeAt;
  propagation.isDisturbed = true;
  for (const action of actions) {
    if (action.action === 'start') propagation.toStart.push(action.nodeId);
    else propagation.toAdopt.push(action);
  }
  return isTaken;
}

function takeVerdict(propagation: OpenedPropagation, verdict: TrackedVerdict): boolean {
  const key = parsePropagationKey(verdict.intentKey ?? '');
  const isOurs = key?.rootRunId === propagation.input.root.runId;
  const told = toNodeVerdict(verdict, isOurs ? key.attempt : null);
  return take(propagation, { kind: 'verdict', verdict: told });
}

function takeEnd(
  propagation: OpenedPropagation,
  { nodeId, runId, verdict, reason }: NodeEnd,
): void {
  if (runId === null) {
    take(propagation, { kind: 'unmade', nodeId, reason: reason ?? 'no run was made' });
    return;
  }
  if (verdict === null) {
    take(propagation, { kind: 'adopted', nodeId, runId });
    return;
  }
  const { stackId, attempt } = nodeOf(propagation, nodeId);
  const { state, outcome, delta } = verdict;
  take(propagation, {
    kind: 'verdict',
    verdict: { stackId, runId, state, outcome, hasChanged: hasChanged(delta), attempt },
  });
}

function takeOffer(propagation: OpenedPropagation, { verdict, stacks }: Offer): OfferAnswer {
  if (propagation.isOver) return 'left';
  const isTaken =
    stacks === undefined
      ? takeVerdict(propagation, verdict)
      : mayJoin(propagation.state, toNodeVerdict(verdict, null), stacks, Date.now()) &&
        takeRoot(propagation, { verdict, stacks });
  return isTaken ? 'taken' : 'left';
}

function takeRoot(propagation: OpenedPropagation, { verdict, stacks }: Required<Offer>): boolean {
  propagation.roots.push(verdict);
  return take(propagation, { kind: 'root', root: toNodeVerdict(verdict, null), stacks });
}

export function nodeOf({ state }: OpenedPropagation, nodeId: string): PropagationNode {
  const node = state.nodes.find(({ id }) => id === nodeId);
  if (node === undefined) throw new RangeError(`Cannot find node ${nodeId}: there is none`);
  return node;
}

/** The root that a node is below of, or the first of several. */
export function rootOf(propagation: OpenedPropagation, nodeId: string): TrackedVerdict {
  let node = nodeOf(propagation, nodeId);
  for (let [parent] = node.parents; parent !== undefined; [parent] = node.parents)
    node = nodeOf(propagation, parent);
  const { runId } = node;
  return propagation.roots.find((root) => root.runId === runId) ?? propagation.input.root;
}
