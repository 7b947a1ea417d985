/** How a root's wishes for the stacks below it become nodes of a propagation that may have others already. Pure. */
import type { NodeVerdict } from './propagation-decision.ts';
import type { PlannedStack } from './propagation-graph.ts';
import {
  isMadeBefore,
  latestNodeOf,
  type PropagationNode,
  type PropagationState,
} from './propagation-state.ts';

/**
 * A wish for a stack joins the node that has not started yet; where that has, or cannot for a failure above it, a node of
 * its own follows. Either waits for all its parents, the ones it had and the ones it gets.
 */
export function withRoot(
  state: PropagationState,
  root: NodeVerdict,
  stacks: readonly PlannedStack[],
  at: number,
): PropagationState {
  if (state.nodes.some(({ runId }) => runId === root.runId)) return state;
  const nodes = [...state.nodes, rootNode(root, at, state)];
  const idOf = new Map([[root.stackId, nodes.at(-1)?.id ?? root.stackId]]);
  for (const stack of stacks) {
    const known = latestNodeOf({ ...state, nodes }, stack.stackId);
    const parents = stack.parents.flatMap((parent) => idOf.get(parent) ?? []);
    const native = stack.native.flatMap((parent) => idOf.get(parent) ?? []);
    if (known !== undefined && isSameWish(known, { parents, native }, nodes)) {
      idOf.set(stack.stackId, known.id);
      continue;
    }
    if (known?.phase === 'waiting') {
      idOf.set(stack.stackId, known.id);
      nodes.splice(nodes.indexOf(known), 1);
      nodes.push({
        ...known,
        parents: [...new Set([...known.parents, ...parents])],
        native: [...new Set([...known.native, ...native])],
      });
      continue;
    }
    const attempt = (known?.attempt ?? 0) + 1;
    const id = idFor(stack.stackId, nodes);
    idOf.set(stack.stackId, id);
    nodes.push({ ...plannedNode(stack, at), id, attempt, parents, native });
  }
  return { ...state, nodes: sorted(nodes) };
}

/**
 * Whether the node runs for these very parents already. Spacelift tells of a run that it queued itself sometimes before it
 * tells of the run above: then the one below has become a root, and is what the one above wishes for.
 */
function isSameWish(
  known: PropagationNode,
  { parents, native }: Pick<PropagationNode, 'parents' | 'native'>,
  nodes: readonly PropagationNode[],
): boolean {
  if (parents.length > 0 && parents.every((id) => known.parents.includes(id))) return true;
  const above = nodes.filter(({ id }) => native.includes(id));
  return (
    known.runId !== null &&
    above.length === parents.length &&
    above.length > 0 &&
    above.every(({ runId }) => runId !== null && !isMadeBefore(known.runId, runId))
  );
}

function idFor(stackId: string, nodes: readonly PropagationNode[]): string {
  const count = nodes.filter((node) => node.stackId === stackId).length;
  return count === 0 ? stackId : `${stackId}#${count + 1}`;
}

const rootNode = (root: NodeVerdict, at: number, state: PropagationState): PropagationNode => ({
  ...plannedNode({ stackId: root.stackId, labels: [], poolLabels: [], isDisabled: false }, at),
  id: idFor(root.stackId, state.nodes),
  attempt: (latestNodeOf(state, root.stackId)?.attempt ?? -1) + 1,
  phase: 'completed',
  runId: root.runId,
  hasChanged: root.hasChanged,
});

const plannedNode = (
  stack: Pick<PlannedStack, 'stackId' | 'labels' | 'poolLabels' | 'isDisabled'>,
  at: number,
): Omit<PropagationNode, 'id' | 'attempt'> => ({
  stackId: stack.stackId,
  parents: [],
  native: [],
  labels: stack.labels,
  poolLabels: stack.poolLabels,
  isDisabled: stack.isDisabled,
  phase: 'waiting',
  runId: null,
  hasChanged: true,
  reason: null,
  since: at,
});

/** Parents before children again: what joined may have got a parent that came later. */
function sorted(nodes: readonly PropagationNode[]): readonly PropagationNode[] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const placed = new Set<PropagationNode>();
  const visited = new Set<PropagationNode>();
  const place = (node: PropagationNode): void => {
    if (visited.has(node)) return;
    visited.add(node);
    for (const parent of node.parents) {
      const found = byId.get(parent);
      if (found !== undefined) place(found);
    }
    placed.add(node);
  };
  for (const node of nodes) place(node);
  return [...placed];
}

/**
 * Whether a root's wishes have something to join: a stack that has not started, or nothing that is not run for them
 * already; and make no cycle with what was read before.
 */
export function mayJoin(
  state: PropagationState,
  root: NodeVerdict,
  stacks: readonly PlannedStack[],
  at: number,
): boolean {
  if (state.isCancelled) return false;
  const { nodes } = withRoot(state, root, stacks, at);
  const isNothingNew = nodes.length === state.nodes.length + 1;
  const isWaiting = ({ stackId }: PlannedStack) =>
    latestNodeOf(state, stackId)?.phase === 'waiting';
  if (!isNothingNew && !stacks.some(isWaiting)) return false;
  const seen = new Set<string>();
  return nodes.every(({ id, parents }) => {
    seen.add(id);
    return parents.every((parent) => seen.has(parent));
  });
}
