/**
 * Native stack dependencies: which stacks below a root get a run of their own in its tree, each once, and whose runs
 * each of them waits for. Decides only.
 */
import type { Stack } from '../model.ts';

export type TreeNode = { readonly stack: Stack; readonly parents: readonly string[] };

/** Every stack below the root, parents before children; stacks on a cycle, and those below it, are left out. */
export function planTree(rootId: string, stacks: readonly Stack[]): readonly TreeNode[] {
  const below = collectBelow(rootId, stacks);
  const placed = new Set([rootId]);
  const tree: TreeNode[] = [];
  for (;;) {
    const ready = [...below].filter(
      (stack) => !placed.has(stack.id) && waitingParents(stack, below, placed).length === 0,
    );
    if (ready.length === 0) return tree;
    for (const stack of ready) {
      placed.add(stack.id);
      tree.push({ stack, parents: stack.dependsOn.filter((id) => placed.has(id)) });
    }
  }
}

function collectBelow(rootId: string, stacks: readonly Stack[]): ReadonlySet<Stack> {
  const below = new Set<Stack>();
  const open = [rootId];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const stack of stacks) {
      const isNew = stack.id !== rootId && !stack.isDisabled && !below.has(stack);
      if (!isNew || !stack.dependsOn.includes(parent)) continue;
      below.add(stack);
      open.push(stack.id);
    }
  }
  return below;
}

const waitingParents = (stack: Stack, below: ReadonlySet<Stack>, placed: ReadonlySet<string>) =>
  [...below].filter(({ id }) => stack.dependsOn.includes(id) && !placed.has(id));
