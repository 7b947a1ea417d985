/**
 * Which stacks are below a stack, from exact labels and native dependencies, and in which order they may run. Pure. What
 * cannot be ordered is refused by name as a whole: half of a cycle is nobody's wish.
 */

/** A stack as Spacelift lists it. */
export type GraphStack = {
  readonly stackId: string;
  readonly labels: readonly string[];
  /** Stacks that it natively depends on. */
  readonly native: readonly string[];
  /** Labels of its worker pool; none on the public one. */
  readonly poolLabels: readonly string[];
  readonly isDisabled: boolean;
  readonly isLocked: boolean;
};

/** A stack below the root, as far as a propagation has to know it. */
export type PlannedStack = {
  readonly stackId: string;
  /** Those of its parents that are the root or below it. */
  readonly parents: readonly string[];
  /** Those of them whose runs make Spacelift itself queue one of this stack. */
  readonly native: readonly string[];
  /** Labels that limits or maintenance windows may go by: its own, and those of its worker pool. */
  readonly labels: readonly string[];
  readonly poolLabels: readonly string[];
  readonly isDisabled: boolean;
  readonly isLocked: boolean;
};

/** Parents before children. */
export type PropagationPlan = {
  readonly stacks: readonly PlannedStack[];
  /** Why nothing may be triggered; null when it may. */
  readonly refusal: string | null;
};

/** Labels in one of these forms only, and of the whole name: `dependsOn:app` says nothing about `app-2`. */
const DEPENDENCY = /^(?:dependsOn|depends-on):(.+)$/;

/** Stacks named by labels, each once, in the order of the labels. */
export const dependenciesOf = (labels: readonly string[]): readonly string[] => [
  ...new Set(labels.flatMap((label) => DEPENDENCY.exec(label)?.[1] ?? [])),
];

/**
 * Everything below `root`. Of labels only those that `relevantLabels` has are kept: a plan is stored in histories.
 * A stack on a cycle, or that depends on itself, makes a refusal.
 */
export function planBelow(
  root: string,
  stacks: readonly GraphStack[],
  relevantLabels: ReadonlySet<string>,
): PropagationPlan {
  const parentsOf = new Map(stacks.map((stack) => [stack.stackId, parentsIn(stack)]));
  const below = collectBelow(root, parentsOf);
  const members = new Set([root, ...below]);
  const planned = stacks
    .filter(({ stackId }) => below.has(stackId))
    .map((stack): PlannedStack => ({
      stackId: stack.stackId,
      parents: (parentsOf.get(stack.stackId) ?? []).filter((parent) => members.has(parent)),
      native: stack.native.filter((parent) => members.has(parent)),
      labels: stack.labels.filter((label) => relevantLabels.has(label)),
      poolLabels: stack.poolLabels.filter((label) => relevantLabels.has(label)),
      isDisabled: stack.isDisabled,
      isLocked: stack.isLocked,
    }))
    .sort((left, right) => (left.stackId < right.stackId ? -1 : 1));
  const ordered = inOrder(planned);
  if (ordered !== null && !below.has(root)) return { stacks: ordered, refusal: null };
  return { stacks: [], refusal: refusalOf(root, planned) };
}

const parentsIn = ({ labels, native }: GraphStack): readonly string[] => [
  ...new Set([...dependenciesOf(labels), ...native]),
];

/** Holds the root itself only when it is below itself. */
function collectBelow(
  root: string,
  parentsOf: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const childrenOf = new Map<string, string[]>();
  for (const [stackId, parents] of parentsOf)
    for (const parent of parents)
      childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), stackId]);
  const below = new Set<string>();
  const open = [root];
  for (let parent = open.pop(); parent !== undefined; parent = open.pop())
    for (const child of childrenOf.get(parent) ?? []) {
      if (below.has(child)) continue;
      below.add(child);
      open.push(child);
    }
  return below;
}

/** Parents before children; null when there is a cycle. Parents that are not among the stacks are done. */
export function inOrder<
  Stack extends { readonly stackId: string; readonly parents: readonly string[] },
>(stacks: readonly Stack[]): readonly Stack[] | null {
  const ordered: Stack[] = [];
  let open = [...stacks];
  while (open.length > 0) {
    const waiting = new Set(open.map(({ stackId }) => stackId));
    const ready = open.filter(({ parents }) => !parents.some((parent) => waiting.has(parent)));
    if (ready.length === 0) return null;
    ordered.push(...ready);
    open = open.filter((stack) => !ready.includes(stack));
  }
  return ordered;
}

/** Names one cycle, from its first stack back to it. */
function refusalOf(root: string, stacks: readonly PlannedStack[]): string {
  const parentsOf = new Map(stacks.map(({ stackId, parents }) => [stackId, parents]));
  const cycle = stacks.flatMap(({ stackId }) => cycleFrom(stackId, parentsOf) ?? []);
  const found = cycle.slice(0, cycle.indexOf(cycle[0] ?? '', 1) + 1);
  const [first, second] = found;
  const why =
    first !== undefined && first === second
      ? `stack ${first} depends on itself`
      : `stacks depend on each other in a cycle (${found.join(' → ')})`;
  return `Cannot propagate from stack ${root}: ${why}`;
}

/** From child to parent and back, told in the order of running; null when the stack is on no cycle. */
function cycleFrom(
  stackId: string,
  parentsOf: ReadonlyMap<string, readonly string[]>,
): readonly string[] | null {
  const cameFrom = new Map<string, string>();
  const open = [stackId];
  for (let child = open.shift(); child !== undefined; child = open.shift())
    for (const parent of parentsOf.get(child) ?? []) {
      if (parent === stackId) return pathTo(child, stackId, cameFrom);
      if (cameFrom.has(parent)) continue;
      cameFrom.set(parent, child);
      open.push(parent);
    }
  return null;
}

function pathTo(
  last: string,
  first: string,
  cameFrom: ReadonlyMap<string, string>,
): readonly string[] {
  const path = [first];
  for (let at: string | undefined = last; at !== undefined && at !== first; at = cameFrom.get(at))
    path.push(at);
  return [...path, first];
}
