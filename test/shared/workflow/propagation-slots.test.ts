import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createPropagation,
  decidePropagation,
} from '../../../shared/workflow/propagation-decision.ts';
import {
  grantSlots,
  type HeldSlots,
  hearSlots,
  type SlotLimits,
} from '../../../shared/workflow/propagation-slots.ts';
import type { PropagationState } from '../../../shared/workflow/propagation-state.ts';

const wants = (
  executionId: string,
  wanted: number,
  limits: SlotLimits,
  [granted, returned] = [0, 0],
): HeldSlots => ({ executionId, limits, wanted, granted, returned });

const grantedOf = (held: readonly HeldSlots[]) =>
  Object.fromEntries(held.map(({ executionId, granted }) => [executionId, granted]));

describe('grantSlots()', () => {
  test('hands out in turn, and no more than the limit', () => {
    const held = grantSlots([wants('a', 9, [[null, 3]]), wants('b', 9, [[null, 3]])]);
    expect(grantedOf(held)).toEqual({ a: 2, b: 1 });
    expect(held.map(({ executionId }) => executionId)).toEqual(['b', 'a']);
    expect(grantSlots(held)).toEqual(held);
  });

  test('a slot that is given back goes to whoever is next', () => {
    const held = grantSlots([wants('a', 9, [[null, 1]]), wants('b', 1, [[null, 1]])]);
    expect(grantedOf(held)).toEqual({ a: 1, b: 0 });
    const back = hearSlots(held, 'a', [wants('a', 9, [[null, 1]], [1, 1])]);
    expect(grantedOf(grantSlots(back))).toEqual({ a: 1, b: 1 });
  });

  test('a full worker pool holds up nobody who is elsewhere', () => {
    const pooled: SlotLimits = [
      [null, 3],
      ['large', 1],
    ];
    const held = [wants('a', 5, pooled), wants('b', 5, [[null, 3]])];
    expect(grantedOf(grantSlots(held))).toEqual({ a: 1, b: 2 });
  });

  test('what is told late takes nothing back', () => {
    const early = [wants('a', 1, [[null, 1]])];
    const held = grantSlots(hearSlots([], 'a', early));
    expect(hearSlots(held, 'a', early)).toEqual(held);
  });
});

const letterArbitrary = fc.record({
  kind: fc.constantFrom('end' as const, 'tell' as const, 'grant' as const, 'old' as const),
  whose: fc.nat(2),
  pick: fc.nat(9),
});

test('propagations that hear of each other late, twice and out of order keep to a limit, and all come through', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 3 }),
      fc.array(letterArbitrary, { maxLength: 80 }),
      (runsLimit, letters) => {
        const world = createWorld(runsLimit);
        for (const letter of letters) world.happen(letter);
        for (let round = 0; round < 40; round += 1)
          for (const whose of [0, 1, 2])
            for (const kind of ['tell', 'grant', 'end'] as const)
              world.happen({ kind, whose, pick: 0 });
        expect(world.phases().every((phase) => phase === 'completed')).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

/** Three propagations of three stacks below a root, and what the registry knows of them. */
function createWorld(runsLimit: number) {
  const rules = {
    nativeEdges: 'adopt',
    onlyIfChanged: false,
    runsLimit,
    poolLimits: [],
    windows: [],
  } as const;
  const states: PropagationState[] = [0, 1, 2].map((whose) => {
    const stacks = ['a', 'b', 'c'].map((stackId) => ({
      stackId,
      parents: stackId === 'c' ? ['a'] : ['root'],
      native: [],
      labels: [],
      poolLabels: [],
      isDisabled: false,
      isLocked: false,
    }));
    const root = verdictOf('root', `run-${whose}`, null);
    return decidePropagation(createPropagation(rules), { kind: 'root', root, stacks }, 0).state;
  });
  let held: readonly HeldSlots[] = [];
  /** All that was ever told, to be told again. */
  const told: (readonly [whose: number, state: PropagationState])[] = [];
  const granted: (readonly HeldSlots[])[] = [];
  const take = (whose: number, event: Parameters<typeof decidePropagation>[1]) => {
    const state = states[whose];
    if (state !== undefined) states[whose] = decidePropagation(state, event, 0).state;
    const underWay = states
      .flatMap(({ nodes }) => nodes)
      .filter((node) => node.phase === 'started');
    expect(underWay.length).toBeLessThanOrEqual(runsLimit);
  };
  const hear = (whose: number, { slots = [] }: PropagationState) => {
    held = grantSlots(hearSlots(held, `p${whose}`, slots));
    granted.push(held);
  };
  const grant = (whose: number, slots: readonly HeldSlots[] = []) =>
    take(whose, {
      kind: 'granted',
      slots: slots.filter((each) => each.executionId === `p${whose}`),
    });
  return {
    phases: () => states.flatMap(({ nodes }) => nodes.map(({ phase }) => phase)),
    happen({ kind, whose, pick }: { kind: string; whose: number; pick: number }) {
      const state = states[whose];
      if (state === undefined) return;
      switch (kind) {
        case 'end': {
          const node = state.nodes.find(({ phase }) => phase === 'started');
          if (node === undefined) return;
          const verdict = verdictOf(node.stackId, `run-${node.stackId}`, node.attempt);
          return take(whose, { kind: 'verdict', verdict });
        }
        case 'tell':
          told.push([whose, state]);
          return hear(whose, state);
        case 'grant':
          return grant(whose, held);
        default: {
          const [teller, old] = told[pick % Math.max(told.length, 1)] ?? [whose, state];
          hear(teller, old);
          return grant(whose, granted[pick % granted.length]);
        }
      }
    },
  };
}

const verdictOf = (stackId: string, runId: string, attempt: number | null) => ({
  stackId,
  runId,
  state: 'FINISHED',
  outcome: 'completed' as const,
  hasChanged: true,
  attempt,
});
