/** A propagation for a terminal: each stack below the last of its parents, with what else it waits for. Pure. */
import type { NodeView } from '../../shared/workflow/propagation-messages.ts';
import { paint } from './screen.ts';

const MARKS = {
  waiting: paint.dim('○'),
  started: paint.cyan('▶'),
  completed: paint.green('✓'),
  unchanged: paint.green('='),
  failed: paint.red('✗'),
  ended: paint.red('✗'),
  stopped: paint.yellow('–'),
} as const satisfies Record<NodeView['phase'], string>;

/** Nodes come parents first; a root has no parents. */
export function propagationTree(nodes: readonly NodeView[]): readonly string[] {
  const childrenOf = new Map<string | undefined, NodeView[]>();
  for (const node of nodes) {
    const below = node.parents.at(-1);
    childrenOf.set(below, [...(childrenOf.get(below) ?? []), node]);
  }
  const branch = (node: NodeView, lead: string, isLast: boolean): readonly string[] => {
    const isRoot = node.parents.length === 0;
    const [knot, rest] = isLast ? ['└─ ', '   '] : ['├─ ', '│  '];
    const children = childrenOf.get(node.id) ?? [];
    return [
      `${lead}${isRoot ? '' : knot}${textOf(node)}`,
      ...children.flatMap((child, index) =>
        branch(child, isRoot ? lead : lead + rest, index === children.length - 1),
      ),
    ];
  };
  return (childrenOf.get(undefined) ?? []).flatMap((root) => branch(root, '', true));
}

function textOf({ id, phase, reason, parents }: NodeView): string {
  const others = parents.slice(0, -1);
  const also = others.length === 0 ? '' : paint.dim(` (and below ${others.join(', ')})`);
  const why = reason === null ? '' : paint.dim(`: ${reason}`);
  return `${MARKS[phase]} ${id}${also} ${phase}${why}`;
}
