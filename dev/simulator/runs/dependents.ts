/**
 * Native stack dependencies: which stacks get a run of their own in the tree of some roots, each once, and whose runs
 * each of them waits for. Decides only.
 */
import type { Stack } from '../model.ts';

export type TreeNode = { readonly stack: Stack; readonly parents: readonly string[] };

/**
 * The roots and every stack below them, parents before children. A cycle below the roots is left out with all that is
 * below it; one through a root is cut there.
 */
export function planTree(roots: readonly Stack[], stacks: readonly Stack[]): readonly TreeNode[] {
  const members = [...new Set([...roots, ...collectBelow(roots, stacks)])];
  const placed = new Set<string>();
  const tree: TreeNode[] = [];
  for (;;) {
    const open = members.filter(({ id }) => !placed.has(id));
    const ready = open.filter(
      ({ dependsOn }) => !open.some((other) => dependsOn.includes(other.id)),
    );
    const next =
      ready.length > 0 ? ready : open.filter((stack) => roots.includes(stack)).slice(0, 1);
    if (next.length === 0) return tree;
    for (const stack of next) {
      tree.push({ stack, parents: stack.dependsOn.filter((id) => placed.has(id)) });
      placed.add(stack.id);
    }
  }
}

function collectBelow(roots: readonly Stack[], stacks: readonly Stack[]): ReadonlySet<Stack> {
  const below = new Set<Stack>();
  const open = roots.map(({ id }) => id);
  for (let parent = open.pop(); parent !== undefined; parent = open.pop()) {
    for (const stack of stacks) {
      if (stack.isDisabled || below.has(stack) || !stack.dependsOn.includes(parent)) continue;
      below.add(stack);
      open.push(stack.id);
    }
  }
  return below;
}
