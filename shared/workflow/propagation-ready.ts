/**
 * Which nodes of a propagation may start now, and why the others may not: failures above, maintenance windows, limits.
 * Pure; what was stopped for a failure above goes on waiting by itself once nothing above has failed any more.
 */
import type { PropagationAction } from './propagation-decision.ts';
import {
  isDone,
  type PropagationNode,
  type PropagationRules,
  type PropagationState,
} from './propagation-state.ts';
import { opensAt } from './propagation-windows.ts';

export type Readiness = {
  readonly nodes: readonly PropagationNode[];
  readonly actions: readonly PropagationAction[];
  readonly wakeAt: number | null;
};

type Search = {
  readonly at: number;
  readonly state: PropagationState;
  /** Those that have been looked at; parents come first. */
  readonly seen: Map<string, PropagationNode>;
  readonly actions: PropagationAction[];
  readonly busy: Map<string | null, number>;
  wakeAt: number | null;
};

export function readyNodes(state: PropagationState, at: number): Readiness {
  const search: Search = {
    at,
    state,
    seen: new Map(),
    actions: [],
    busy: busyOf(state),
    wakeAt: null,
  };
  for (const node of state.nodes) search.seen.set(node.id, look(node, search));
  return { nodes: [...search.seen.values()], actions: search.actions, wakeAt: search.wakeAt };
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
  const full = fullLimit(node, rules, search.busy);
  if (full !== null) return move(node, 'waiting', `held by the limit of ${full}`, search);
  for (const label of limitsOf(node, rules))
    search.busy.set(label, (search.busy.get(label) ?? 0) + 1);
  const action = node.native.length > 0 ? rules.nativeEdges : 'start';
  search.actions.push({ action, nodeId: node.id });
  return move(node, 'started', null, search);
}

/** What a run counts for: null stands for the account. */
const limitsOf = (
  { poolLabels }: PropagationNode,
  { poolLimits }: PropagationRules,
): readonly (string | null)[] => [
  null,
  ...poolLimits.flatMap(({ label }) => (poolLabels.includes(label) ? [label] : [])),
];

function fullLimit(
  node: PropagationNode,
  rules: PropagationRules,
  busy: ReadonlyMap<string | null, number>,
): string | null {
  for (const label of limitsOf(node, rules)) {
    const limit =
      label === null
        ? rules.runsLimit
        : (rules.poolLimits.find((entry) => entry.label === label)?.runsLimit ?? null);
    if (limit !== null && (busy.get(label) ?? 0) >= limit)
      return label === null ? `${limit} runs at a time` : `${limit} runs at a time on ${label}`;
  }
  return null;
}

function busyOf({ nodes, rules, busyElsewhere }: PropagationState): Map<string | null, number> {
  const busy = new Map<string | null, number>(busyElsewhere);
  for (const node of nodes) {
    if (node.phase !== 'started') continue;
    for (const label of limitsOf(node, rules)) busy.set(label, (busy.get(label) ?? 0) + 1);
  }
  return busy;
}
