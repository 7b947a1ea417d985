/** A propagation as people see it: nodes for the query, and the current details of the Temporal UI. Pure. */
import type { NodeView } from './propagation-messages.ts';
import type { NodePhase, PropagationNode, PropagationState } from './propagation-state.ts';
import { toIso } from './progress.ts';

export const viewOf = ({ nodes }: PropagationState): readonly NodeView[] =>
  nodes.map(({ id, stackId, parents, native, phase, runId, reason, since }) => ({
    id,
    stackId,
    parents,
    native,
    phase,
    runId,
    reason,
    since: toIso(since),
  }));

const MARKS = {
  waiting: '○',
  started: '▶',
  completed: '✔',
  unchanged: '=',
  failed: '✘',
  ended: '✘',
  stopped: '–',
} as const satisfies Record<NodePhase, string>;

/** Current details have little room. */
const LINES_LIMIT = 100;

/** Indented by how many stacks are above at most. */
export function toTree(state: PropagationState): string {
  const depths = depthsOf(state.nodes);
  const counts = new Map<NodePhase, number>();
  for (const { phase } of state.nodes) counts.set(phase, (counts.get(phase) ?? 0) + 1);
  const summary = [...counts].map(([phase, count]) => `${count} ${phase}`).join(', ');
  const lines = state.nodes.slice(0, LINES_LIMIT).map((node) => {
    const { id, phase, reason } = node;
    const why = reason === null ? '' : `: ${reason}`;
    return `${'  '.repeat(depths.get(id) ?? 0)}- ${MARKS[phase]} ${id} ${phase}${why}`;
  });
  const more = state.nodes.length - lines.length;
  return [summary, '', ...lines, ...(more > 0 ? [`- and ${more} more`] : [])].join('\n');
}

function depthsOf(nodes: readonly PropagationNode[]): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  for (const { id, parents } of nodes)
    depths.set(id, Math.max(-1, ...parents.map((parent) => depths.get(parent) ?? 0)) + 1);
  return depths;
}
