/**
 * Which nodes of a propagation may start now, and why the others may not: failures above, maintenance windows, limits.
 * Pure; what was stopped for a failure above goes on waiting by itself once nothing above has failed any more.
 */
import type { PropagationAction } from './propagation-decision.ts';
import { keyOfLimits, limitsOf, reasonOfLimits, type SlotLimits } from './propagation-slots.ts';
import { isDone, type PropagationNode, type PropagationState } from './propagation-state.ts';
import { opensAt } from './propagation-windows.ts';

export type Readiness = {
  readonly nodes: readonly PropagationNode[];
  readonly actions: readonly PropagationAction[];
  /** Limits of each node that could start but for them. */
  readonly held: readonly SlotLimits[];
  readonly wakeAt: number | null;
};

type Search = {
  readonly at: number;
  readonly state: PropagationState;
  /** Those that have been looked at; parents come first. */
  readonly seen: Map<string, PropagationNode>;
  readonly actions: PropagationAction[];
  readonly held: SlotLimits[];
  readonly free: Map<string, number>;
  wakeAt: number | null;
};

/** `free` slots by key of their limits; all of them are used that can be. */
export function readyNodes(
  state: PropagationState,
  free: ReadonlyMap<string, number>,
  at: number,
): Readiness {
  const search: Search = {
    at,
    state,
    seen: new Map(),
    actions: [],
    held: [],
    free: new Map(free),
    wakeAt: null,
  };
  for (const node of state.nodes) search.seen.set(node.id, look(node, search));
  const { actions, held, wakeAt } = search;
  return { nodes: [...search.seen.values()], actions, held, wakeAt };
}

function look(node: PropagationNode, search: Search): PropagationNode {
  if (node.phase !== 'waiting' && node.phase !== 'stopped') return node;
  if (search.state.isCancelled) return move(node, 'stopped', 'propagation was cancelled', search);
  const parents = node.parents.flatMap((id) => search.seen.get(id) ?? []);
  const failed = parents.find(({ phase }) => isDeadEnd(phase));
  if (failed !== undefined) return move(node, 'stopped', reasonBelow(failed), search);
  const open = parents.filter((parent) => !isDone(parent));
  if (open.length > 0)
    return move(node, 'waiting', `waits for ${open.map(({ id }) => id).join(', ')}`, search);
  if (search.state.rules.onlyIfChanged && !parents.some(({ hasChanged }) => hasChanged))
    return { ...move(node, 'unchanged', 'nothing above it changed', search), hasChanged: false };
  if (node.isDisabled) return move(node, 'ended', 'stack is disabled', search);
  return startOrHold(node, search);
}

const isDeadEnd = (phase: PropagationNode['phase']): boolean =>
  phase === 'failed' || phase === 'ended' || phase === 'stopped';

/** Names where the trouble is, however far above. */
const reasonBelow = ({ id, phase, reason }: PropagationNode): string => {
  if (phase === 'stopped') return reason ?? `${id} was stopped`;
  return `${id} ${phase === 'failed' ? 'failed' : 'did not complete'}${reason === null ? '' : `: ${reason}`}`;
};

/** A node that stays where it is keeps its time. */
const move = (
  node: PropagationNode,
  phase: PropagationNode['phase'],
  reason: string | null,
  { at }: Search,
): PropagationNode =>
  node.phase === phase && node.reason === reason
    ? node
    : { ...node, phase, reason, since: node.phase === phase ? node.since : at };

function startOrHold(node: PropagationNode, search: Search): PropagationNode {
  const { rules } = search.state;
  const opens = opensAt(node.labels, rules.windows, search.at);
  if (opens === null) return move(node, 'waiting', 'its maintenance window never opens', search);
  if (opens > search.at) {
    search.wakeAt = Math.min(search.wakeAt ?? opens, opens);
    const reason = `held until its maintenance window opens at ${new Date(opens).toISOString()}`;
    return move(node, 'waiting', reason, search);
  }
  const limits = limitsOf(node, rules);
  const key = keyOfLimits(limits);
  const free = limits.length === 0 ? Infinity : (search.free.get(key) ?? 0);
  if (free <= 0) {
    search.held.push(limits);
    return move(node, 'waiting', reasonOfLimits(limits), search);
  }
  search.free.set(key, free - 1);
  const action = node.native.length > 0 ? rules.nativeEdges : 'start';
  search.actions.push({ action, nodeId: node.id });
  return move(node, 'started', null, search);
}
