/** How a root's wishes for the stacks below it become nodes of a propagation that may have others already. Pure. */
import type { NodeVerdict } from './propagation-decision.ts';
import type { PlannedStack } from './propagation-graph.ts';
import { latestNodeOf, type PropagationNode, type PropagationState } from './propagation-state.ts';

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
  const nodes = [...state.nodes, rootNode(root, at, attemptFor(state, root.stackId))];
  const idOf = new Map([[root.stackId, nodes.at(-1)?.id ?? root.stackId]]);
  for (const stack of stacks) {
    const known = latestNodeOf({ ...state, nodes }, stack.stackId);
    const parents = stack.parents.flatMap((parent) => idOf.get(parent) ?? []);
    const native = stack.native.flatMap((parent) => idOf.get(parent) ?? []);
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
    const id = idFor(stack.stackId, attempt);
    idOf.set(stack.stackId, id);
    nodes.push({ ...plannedNode(stack, at), id, attempt, parents, native });
  }
  return { ...state, nodes: sorted(nodes) };
}

const idFor = (stackId: string, attempt: number): string =>
  attempt <= 1 ? stackId : `${stackId}#${attempt}`;

const attemptFor = (state: PropagationState, stackId: string): number =>
  (latestNodeOf(state, stackId)?.attempt ?? -1) + 1;

const rootNode = (root: NodeVerdict, at: number, attempt: number): PropagationNode => ({
  ...plannedNode({ stackId: root.stackId, labels: [], poolLabels: [], isDisabled: false }, at),
  id: idFor(root.stackId, attempt),
  attempt,
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

/** Whether a root's wishes have something to join: a stack that has not started, and no cycle with what was read before. */
export function mayJoin(
  state: PropagationState,
  root: NodeVerdict,
  stacks: readonly PlannedStack[],
  at: number,
): boolean {
  if (state.isCancelled) return false;
  if (!stacks.some(({ stackId }) => latestNodeOf(state, stackId)?.phase === 'waiting'))
    return false;
  const seen = new Set<string>();
  return withRoot(state, root, stacks, at).nodes.every(({ id, parents }) => {
    seen.add(id);
    return parents.every((parent) => seen.has(parent));
  });
}
