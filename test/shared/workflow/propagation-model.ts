/**
 * What may run and what must have run, from the rules as the documentation states them, for judging a propagation from
 * outside. Knows stacks, edges and what was told; nothing of how the propagation keeps or decides anything.
 */

export type Edges = readonly (readonly [parent: string, child: string])[];

export type Told = 'completed' | 'failed' | 'ended';

export function createModel(root: string, edges: Edges, onlyIfChanged: boolean) {
  const parentsOf = (stack: string) =>
    edges.flatMap(([parent, child]) => (child === stack && below.has(parent) ? [parent] : []));
  const below = new Set([root]);
  for (let size = 0; size < below.size;) {
    size = below.size;
    for (const [parent, child] of edges) if (below.has(parent)) below.add(child);
  }
  /** By stack, what its runs came to; one that completed stays so. */
  const told = new Map<string, { readonly outcome: Told; readonly hasChanged: boolean }>();
  const started: string[] = [];

  /** As good as completed: it completed, or nothing above it changed and it was left out. */
  const isThrough = (stack: string): boolean =>
    told.get(stack)?.outcome === 'completed' || isLeftOut(stack);
  const hasChanged = (stack: string): boolean =>
    told.get(stack)?.outcome === 'completed' && (told.get(stack)?.hasChanged ?? false);
  const isLeftOut = (stack: string): boolean =>
    onlyIfChanged &&
    stack !== root &&
    !started.includes(stack) &&
    parentsOf(stack).every(isThrough) &&
    !parentsOf(stack).some(hasChanged);

  return {
    below,
    started,
    tell(stack: string, outcome: Told, changed: boolean): void {
      if (told.get(stack)?.outcome !== 'completed')
        told.set(stack, { outcome, hasChanged: changed });
    },
    /** Why the stack may not start now; null when it may. */
    objectionTo(stack: string): string | null {
      if (started.includes(stack)) return `${stack} has been started`;
      if (!below.has(stack) || stack === root) return `${stack} is not below ${root}`;
      const open = parentsOf(stack).filter((parent) => !isThrough(parent));
      if (open.length > 0) return `${stack} is started before ${open.join(', ')}`;
      if (isLeftOut(stack)) return `${stack} is started though nothing above it changed`;
      return null;
    },
    start(stack: string): void {
      started.push(stack);
    },
    /** Stacks that must have been started once everything has been told. */
    due: (): readonly string[] =>
      [...below].filter(
        (stack) => stack !== root && parentsOf(stack).every(isThrough) && !isLeftOut(stack),
      ),
    isThrough,
    /** Stacks above that did not come through and whose own parents all did. */
    troubleAbove(stack: string): readonly string[] {
      const above = new Set<string>();
      const open = [...parentsOf(stack)];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (above.has(next)) continue;
        above.add(next);
        open.push(...parentsOf(next));
      }
      return [...above].filter(
        (each) => !isThrough(each) && parentsOf(each).every((parent) => isThrough(parent)),
      );
    },
  };
}
