/**
 * Slots: leave to have a run under way, handed out by the registry to all propagations whose limits count it. Each number
 * is written by one side and only grows, so that what is told twice, late or again after a loss changes nothing. Pure.
 */
import type { PropagationNode, PropagationRules, PropagationState } from './propagation-state.ts';

/** What a run counts for, and the most at a time: null stands for the account, else a label of worker pools. */
export type SlotLimits = readonly (readonly [label: string | null, runsLimit: number])[];

/** Of the runs of a propagation that count for the same limits; how many ever. */
export type Slots = {
  readonly limits: SlotLimits;
  readonly wanted: number;
  readonly granted: number;
  readonly returned: number;
};

export type HeldSlots = Slots & { readonly executionId: string };

/** How long a wait for a slot is silent before the other side is asked whether it is still there. */
export const SLOT_PATIENCE_MS = 300_000;

export const limitsOf = (
  { poolLabels }: Pick<PropagationNode, 'poolLabels'>,
  { runsLimit, poolLimits }: PropagationRules,
): SlotLimits => [
  ...(runsLimit === null ? [] : [[null, runsLimit] as const]),
  ...poolLimits
    .filter(({ label }) => poolLabels.includes(label))
    .map((limit) => [limit.label, limit.runsLimit] as const),
];

export const keyOfLimits = (limits: SlotLimits): string => JSON.stringify(limits);

export const isWanting = ({ wanted, granted }: Slots): boolean => wanted > granted;

/** What either side knows, by key of the limits. */
export function mergeSlots(known: readonly Slots[], told: readonly Slots[]): readonly Slots[] {
  const byKey = new Map(known.map((slots) => [keyOfLimits(slots.limits), slots]));
  for (const { limits, wanted, granted, returned } of told) {
    const key = keyOfLimits(limits);
    const own = byKey.get(key);
    byKey.set(key, {
      limits,
      wanted: Math.max(wanted, own?.wanted ?? 0),
      granted: Math.max(granted, own?.granted ?? 0),
      returned: Math.max(returned, own?.returned ?? 0),
    });
  }
  return [...byKey.values()];
}

/** What a propagation tells of itself; it keeps its place in the queue. */
export function hearSlots(
  held: readonly HeldSlots[],
  executionId: string,
  told: readonly Slots[],
): readonly HeldSlots[] {
  const known = held.filter((slots) => slots.executionId === executionId);
  const merged = new Map(
    mergeSlots(known, told).map((slots) => [keyOfLimits(slots.limits), { ...slots, executionId }]),
  );
  const queue = held.map((slots) => {
    if (slots.executionId !== executionId) return slots;
    const key = keyOfLimits(slots.limits);
    const own = merged.get(key) ?? slots;
    merged.delete(key);
    return own;
  });
  return [...queue, ...merged.values()];
}

/** Hands out what is free, in turn: whoever has got a slot goes to the end of the queue, which is the answer. */
export function grantSlots(held: readonly HeldSlots[]): readonly HeldSlots[] {
  const queue = [...held];
  const busy = new Map<string | null, number>();
  for (const { limits, granted, returned } of held)
    for (const [label] of limits) busy.set(label, (busy.get(label) ?? 0) + granted - returned);
  const isFree = ([label, limit]: SlotLimits[number]) => (busy.get(label) ?? 0) < limit;
  for (;;) {
    const next = queue.find((slots) => isWanting(slots) && slots.limits.every(isFree));
    if (next === undefined) return queue;
    queue.splice(queue.indexOf(next), 1);
    queue.push({ ...next, granted: next.granted + 1 });
    for (const [label] of next.limits) busy.set(label, (busy.get(label) ?? 0) + 1);
  }
}

/** Granted and not used, by key of the limits. */
export function freeSlots({ nodes, rules, slots = [] }: PropagationState): Map<string, number> {
  const used = usedSlots(nodes, rules);
  return new Map(
    slots.map(({ limits, granted, returned }) => {
      const key = keyOfLimits(limits);
      return [key, granted - returned - (used.get(key) ?? 0)];
    }),
  );
}

/**
 * Gives back what nothing uses, also where something else waits: others may be first. `held` are the limits of what could
 * start but for them, each of which wants a slot.
 */
export function settleSlots(
  { nodes, rules, slots = [] }: PropagationState,
  held: readonly SlotLimits[],
): readonly Slots[] {
  const used = usedSlots(nodes, rules);
  const holding = new Map<string, number>();
  for (const key of held.map(keyOfLimits)) holding.set(key, (holding.get(key) ?? 0) + 1);
  const wanting = held.map((limits) => ({ limits, wanted: 0, granted: 0, returned: 0 }));
  return mergeSlots(slots, wanting).map((each) => {
    const key = keyOfLimits(each.limits);
    return {
      ...each,
      wanted: Math.max(each.wanted, each.granted + (holding.get(key) ?? 0)),
      returned: Math.max(each.returned, each.granted - (used.get(key) ?? 0)),
    };
  });
}

function usedSlots(nodes: readonly PropagationNode[], rules: PropagationRules) {
  const used = new Map<string, number>();
  for (const node of nodes) {
    if (node.phase !== 'started') continue;
    const key = keyOfLimits(limitsOf(node, rules));
    used.set(key, (used.get(key) ?? 0) + 1);
  }
  return used;
}

export const reasonOfLimits = (limits: SlotLimits): string => {
  const [, ...rest] = limits;
  const texts = limits.map(([label, limit]) =>
    label === null ? `${limit} runs at a time` : `${limit} runs at a time on ${label}`,
  );
  return `held by the limit${rest.length > 0 ? 's' : ''} of ${texts.join(' and ')}`;
};
