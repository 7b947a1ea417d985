/**
 * What each event means to a propagation, and what may start by it: `(state, event) → (state, actions)`. Pure: no clock,
 * no Temporal. Duplicates and late events change nothing that later ones have settled.
 */
import type { PlannedStack } from './propagation-graph.ts';
import { withRoot } from './propagation-join.ts';
import { readyNodes } from './propagation-ready.ts';
import { freeSlots, mergeSlots, settleSlots, type Slots } from './propagation-slots.ts';
import {
  isDone,
  isMadeBefore,
  type PropagationNode,
  type PropagationRules,
  type PropagationState,
} from './propagation-state.ts';

/** How a tracked run ended, whoever made it. */
export type NodeVerdict = {
  readonly stackId: string;
  readonly runId: string;
  readonly state: string;
  readonly outcome: 'completed' | 'failed' | 'ended';
  readonly hasChanged: boolean;
  /** Of the intent of this propagation that made the run; null for everybody else's. */
  readonly attempt: number | null;
};

export type PropagationEvent =
  /** A root has completed; also one that joins others. */
  | { readonly kind: 'root'; readonly root: NodeVerdict; readonly stacks: readonly PlannedStack[] }
  | { readonly kind: 'verdict'; readonly verdict: NodeVerdict }
  /** The intent of a node ended without a run. */
  | { readonly kind: 'unmade'; readonly nodeId: string; readonly reason: string }
  /** The run that Spacelift queued for a node. */
  | { readonly kind: 'adopted'; readonly nodeId: string; readonly runId: string }
  /** The registry has handed out slots. */
  | { readonly kind: 'granted'; readonly slots: readonly Slots[] }
  | { readonly kind: 'cancelled' }
  /** Time has passed. */
  | { readonly kind: 'tick' };

export type PropagationAction = {
  /** `adopt` and `take-over` where Spacelift itself is expected to have queued a run. */
  readonly action: 'start' | 'adopt' | 'take-over';
  readonly nodeId: string;
};

export type PropagationDecision = {
  readonly state: PropagationState;
  readonly actions: readonly PropagationAction[];
  /** Whether the event was this propagation's to take: what nobody takes may begin another. */
  readonly isTaken: boolean;
  /** Epoch ms: when a maintenance window opens that something waits for; null when nothing does. */
  readonly wakeAt: number | null;
};

export const createPropagation = (rules: PropagationRules): PropagationState => ({
  rules,
  nodes: [],
  isCancelled: false,
});

/** `at` in epoch ms. */
export function decidePropagation(
  before: PropagationState,
  event: PropagationEvent,
  at: number,
): PropagationDecision {
  const { state, isTaken } = takeEvent(before, event, at);
  // What comes free by itself goes back: others may be first.
  const free = event.kind === 'granted' ? freeSlots(state) : new Map<string, number>();
  const { nodes, actions, held, wakeAt } = readyNodes(state, free, at);
  const slots = settleSlots({ ...state, nodes }, held);
  const after = { ...state, nodes, ...(slots.length > 0 && { slots }) };
  return { state: after, actions, isTaken, wakeAt };
}

type Taken = { readonly state: PropagationState; readonly isTaken: boolean };

function takeEvent(state: PropagationState, event: PropagationEvent, at: number): Taken {
  switch (event.kind) {
    case 'root':
      return taken(withRoot(state, event.root, event.stacks, at));
    case 'verdict':
      return takeVerdict(state, event.verdict, at);
    case 'unmade':
      return taken(change(state, event.nodeId, (node) => leaveUnmade(node, event.reason, at)));
    case 'adopted':
      return taken(
        change(state, event.nodeId, (node) =>
          node.phase === 'started' ? { ...node, runId: event.runId } : node,
        ),
      );
    case 'granted':
      return taken({ ...state, slots: mergeSlots(state.slots ?? [], event.slots) });
    case 'cancelled':
      return taken({ ...state, isCancelled: true });
    case 'tick':
      return taken(state);
  }
}

const taken = (state: PropagationState): Taken => ({ state, isTaken: true });

const change = (
  state: PropagationState,
  nodeId: string,
  by: (node: PropagationNode) => PropagationNode,
): PropagationState => ({
  ...state,
  nodes: state.nodes.map((node) => (node.id === nodeId ? by(node) : node)),
});

function takeVerdict(state: PropagationState, verdict: NodeVerdict, at: number): Taken {
  const ours = state.nodes.find((node) => isRunOf(node, verdict));
  if (ours !== undefined) return taken(change(state, ours.id, (node) => settle(node, verdict, at)));
  if (verdict.attempt !== null) return taken(state);
  const known = state.nodes.filter(({ stackId }) => stackId === verdict.stackId);
  if (known.some(({ runId }) => runId === verdict.runId)) return taken(state);
  if (verdict.outcome !== 'completed') return { state, isTaken: known.length > 0 };
  return takeSuccess(state, verdict, at);
}

const isRunOf = (node: PropagationNode, verdict: NodeVerdict): boolean =>
  node.stackId === verdict.stackId &&
  (verdict.attempt === null
    ? node.runId === verdict.runId && node.phase === 'started'
    : node.attempt === verdict.attempt);

/** A run of somebody else's that completed meanwhile stands in for the one that was not made. */
function leaveUnmade(node: PropagationNode, reason: string, at: number): PropagationNode {
  if (node.phase !== 'started' || node.runId !== null) return node;
  const { laterRunId: runId } = node;
  if (runId !== undefined) return { ...node, phase: 'completed', runId, reason: null, since: at };
  return { ...node, phase: 'failed', reason, since: at };
}

/** What has completed stays so, whatever is told late. */
function settle(node: PropagationNode, verdict: NodeVerdict, at: number): PropagationNode {
  if (isDone(node)) return node;
  const { runId, outcome, hasChanged } = verdict;
  const later = node.laterRunId ?? null;
  if (outcome !== 'completed' && isMadeBefore(runId, later))
    return { ...node, phase: 'completed', runId: later, hasChanged: true, reason: null, since: at };
  if (node.phase === outcome && node.runId === runId) return node;
  const reason = outcome === 'completed' ? null : `its run ${runId} is ${verdict.state}`;
  return { ...node, phase: outcome, runId, hasChanged, reason, since: at };
}

/**
 * Somebody else's run of one of our stacks has completed. If ours has not come to its end, all that is below waits for
 * that anyway; if ours did not complete, this one takes its place; if it did, this is the beginning of something else.
 */
function takeSuccess(state: PropagationState, verdict: NodeVerdict, at: number): Taken {
  let isTaken = false;
  const nodes = state.nodes.map((node): PropagationNode => {
    if (node.stackId !== verdict.stackId) return node;
    const { runId, hasChanged } = verdict;
    switch (node.phase) {
      case 'waiting':
        isTaken = true;
        return node;
      case 'started':
        isTaken = true;
        return { ...node, laterRunId: runId };
      case 'failed':
      case 'ended':
        if (isMadeBefore(runId, node.runId)) return node;
        isTaken = true;
        return { ...node, phase: 'completed', runId, hasChanged, reason: null, since: at };
      case 'stopped':
        // Spacelift runs what natively depends on a skipped stack, whatever failed above: no beginning of anything.
        isTaken ||= node.native.length > 0;
        return node;
      case 'completed':
      case 'unchanged':
        return node;
    }
  });
  return { state: { ...state, nodes }, isTaken };
}
