import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { grantSlots } from '../../../shared/workflow/propagation-slots.ts';
import {
  createPropagation,
  decidePropagation,
  type NodeVerdict,
  type PropagationEvent,
} from '../../../shared/workflow/propagation-decision.ts';
import { type GraphStack, planBelow } from '../../../shared/workflow/propagation-graph.ts';
import {
  isComplete,
  isSettled,
  type PropagationRules,
  type PropagationState,
} from '../../../shared/workflow/propagation-state.ts';
import { createModel, type Edges, type Told } from './propagation-model.ts';

const ROOT = 's0';

/**
 * A day of a propagation: runs take as long as they take, some fail, some are never made, people run failed stacks again
 * or any stack at all, and what happens is told late, out of order and more than once.
 */
type Happening =
  | {
      readonly kind: 'end';
      readonly pick: number;
      readonly outcome: Told | 'unmade';
      readonly hasChanged: boolean;
    }
  | { readonly kind: 'retry'; readonly pick: number; readonly outcome: Told }
  | { readonly kind: 'tell' | 'tell-again'; readonly pick: number }
  | { readonly kind: 'tick' };

const outcomeArbitrary = fc.constantFrom<Told[]>('completed', 'completed', 'failed', 'ended');

const happeningArbitrary: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      pick: fc.nat(50),
      outcome: fc.oneof(
        { weight: 6, arbitrary: outcomeArbitrary },
        { weight: 1, arbitrary: fc.constant('unmade' as const) },
      ),
      hasChanged: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('retry' as const),
      pick: fc.nat(50),
      outcome: outcomeArbitrary,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('tell' as const, 'tell-again' as const),
      pick: fc.nat(50),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'tick' as const }) },
);

const dayArbitrary = fc.record({
  size: fc.integer({ min: 1, max: 12 }),
  edges: fc.array(fc.tuple(fc.nat(11), fc.nat(11)), { maxLength: 30 }),
  happenings: fc.array(happeningArbitrary, { maxLength: 80 }),
  onlyIfChanged: fc.boolean(),
  runsLimit: fc.option(fc.integer({ min: 1, max: 3 })),
});

type Day = typeof dayArbitrary extends fc.Arbitrary<infer T> ? T : never;

const edgesOf = ({ size, edges }: Day): Edges =>
  edges.flatMap(([one, other]) => {
    const [parent, child] = [Math.min(one, other), Math.max(one, other)];
    return parent === child || child >= size ? [] : [[`s${parent}`, `s${child}`] as const];
  });

const stacksOf = (day: Day): readonly GraphStack[] =>
  Array.from({ length: day.size }, (_, index) => ({
    stackId: `s${index}`,
    labels: edgesOf(day).flatMap(([parent, child], place) =>
      child === `s${index}` ? [`${place % 2 === 0 ? 'dependsOn' : 'depends-on'}:${parent}`] : [],
    ),
    native: [],
    poolLabels: [],
    isDisabled: false,
    isLocked: false,
  }));

const verdictOf = (
  stackId: string,
  runId: string,
  outcome: Told,
  changes: Partial<NodeVerdict>,
) => ({
  stackId,
  runId,
  outcome,
  state: outcome === 'completed' ? 'FINISHED' : outcome === 'failed' ? 'FAILED' : 'DISCARDED',
  hasChanged: true,
  attempt: null,
  ...changes,
});

type Letter = { readonly stackId: string; readonly event: PropagationEvent };

function liveThrough(day: Day) {
  const model = createModel(ROOT, edgesOf(day), day.onlyIfChanged);
  const rules: PropagationRules = {
    nativeEdges: 'adopt',
    onlyIfChanged: day.onlyIfChanged,
    runsLimit: day.runsLimit,
    poolLimits: [],
    windows: [],
  };
  let state: PropagationState = createPropagation(rules);
  let clock = 0;
  const nextRunId = () => String((clock += 1)).padStart(10, '0');
  const running = new Map<string, string>();
  /** Ended and not yet told of. */
  const mail: Letter[] = [];
  const read: Letter[] = [];
  const failed = new Set<string>();
  const underWay = new Set<string>();

  const take = (event: PropagationEvent) => {
    const decision = decidePropagation(state, event, clock);
    ({ state } = decision);
    const own = (state.slots ?? []).map((slots) => ({ ...slots, executionId: 'p' }));
    const granted = { kind: 'granted', slots: grantSlots(own) } as const;
    const further = decidePropagation(state, granted, clock);
    ({ state } = further);
    for (const { nodeId } of [...decision.actions, ...further.actions]) {
      expect(model.objectionTo(nodeId)).toBeNull();
      model.start(nodeId);
      running.set(nodeId, nextRunId());
      underWay.add(nodeId);
    }
    expect(underWay.size).toBeLessThanOrEqual(day.runsLimit ?? Infinity);
    return decision;
  };
  const deliver = (letter: Letter) => {
    const { event } = letter;
    if (event.kind === 'verdict') {
      const { stackId, outcome, hasChanged, attempt } = event.verdict;
      // Somebody's run counts where the stack's own has not come through.
      const counts = attempt !== null || model.started.includes(stackId);
      if (counts) model.tell(stackId, outcome, hasChanged);
      if (attempt !== null) underWay.delete(stackId);
    }
    if (event.kind === 'unmade') {
      model.tell(letter.stackId, 'failed', false);
      underWay.delete(letter.stackId);
    }
    take(event);
    read.push(letter);
  };
  const end = (stackId: string, outcome: Told | 'unmade', hasChanged: boolean) => {
    const runId = running.get(stackId) ?? '';
    running.delete(stackId);
    if (outcome !== 'completed') failed.add(stackId);
    mail.push({
      stackId,
      event:
        outcome === 'unmade'
          ? { kind: 'unmade', nodeId: stackId, reason: 'stack is locked' }
          : {
              kind: 'verdict',
              verdict: verdictOf(stackId, runId, outcome, { attempt: 1, hasChanged }),
            },
    });
  };
  const happen = (happening: Happening) => {
    const pickFrom = <T>(list: readonly T[], pick: number) => list[pick % list.length];
    switch (happening.kind) {
      case 'end': {
        const stackId = pickFrom([...running.keys()], happening.pick);
        if (stackId !== undefined) end(stackId, happening.outcome, happening.hasChanged);
        return;
      }
      case 'retry': {
        const stackId = pickFrom([...failed], happening.pick);
        if (stackId === undefined) return;
        if (happening.outcome === 'completed') failed.delete(stackId);
        const verdict = verdictOf(stackId, nextRunId(), happening.outcome, {});
        mail.push({ stackId, event: { kind: 'verdict', verdict } });
        return;
      }
      case 'tell': {
        const letter = pickFrom(mail, happening.pick);
        if (letter === undefined) return;
        mail.splice(mail.indexOf(letter), 1);
        deliver(letter);
        return;
      }
      case 'tell-again': {
        const letter = pickFrom(read, happening.pick);
        if (letter !== undefined) deliver(letter);
        return;
      }
      case 'tick':
        take({ kind: 'tick' });
    }
  };

  const plan = planBelow(ROOT, stacksOf(day), new Set());
  expect(plan.refusal).toBeNull();
  model.tell(ROOT, 'completed', true);
  const root = verdictOf(ROOT, nextRunId(), 'completed', {});
  take({ kind: 'root', root, stacks: plan.stacks });
  for (const happening of day.happenings) happen(happening);
  while (running.size > 0 || mail.length > 0) {
    for (const letter of mail.splice(0)) deliver(letter);
    for (const stackId of running.keys()) end(stackId, 'completed', true);
  }
  return { model, state };
}

test('a propagation starts every stack once, never before its parents, never below a failure, and everything else', () => {
  fc.assert(
    fc.property(dayArbitrary, (day) => {
      const { model, state } = liveThrough(day);
      expect([...model.started].sort()).toEqual([...model.due()].sort());
      expect(isSettled(state)).toBe(true);
      expect(isComplete(state)).toBe([...model.below].every(model.isThrough));
      for (const { stackId, phase, reason } of state.nodes) {
        if (model.started.includes(stackId) || model.isThrough(stackId)) continue;
        expect(phase).toBe('stopped');
        // A skip names a failure above it, however far.
        const named = model.troubleAbove(stackId).filter((each) => reason?.startsWith(`${each} `));
        expect(named).toHaveLength(1);
      }
    }),
    { numRuns: 1500 },
  );
});

test('what is told late, twice or in another order ends in the same', () => {
  fc.assert(
    fc.property(dayArbitrary, fc.infiniteStream(fc.nat(50)), (day, picks) => {
      const plan = planBelow(ROOT, stacksOf(day), new Set());
      const outcomes = new Map(
        plan.stacks.map(
          ({ stackId }) =>
            [stackId, picks.next().value % 4 === 0 ? 'failed' : 'completed'] as const,
        ),
      );
      const finish = (order: 'first' | 'last') => {
        const rules: PropagationRules = {
          nativeEdges: 'adopt',
          onlyIfChanged: false,
          runsLimit: null,
          poolLimits: [],
          windows: [],
        };
        const root = verdictOf(ROOT, '0000000000', 'completed', {});
        const begun = decidePropagation(
          createPropagation(rules),
          { kind: 'root', root, stacks: plan.stacks },
          0,
        );
        let { state } = begun;
        const open = begun.actions.map(({ nodeId }) => nodeId);
        for (
          let next = order === 'first' ? open.shift() : open.pop();
          next !== undefined;
          next = order === 'first' ? open.shift() : open.pop()
        ) {
          const event = {
            kind: 'verdict',
            verdict: verdictOf(next, `run-${next}`, outcomes.get(next) ?? 'failed', { attempt: 1 }),
          } as const;
          for (const decision of [decidePropagation(state, event, 0)]) {
            ({ state } = decision);
            open.push(...decision.actions.map(({ nodeId }) => nodeId));
          }
          const again = decidePropagation(state, event, 0);
          expect(again.actions).toEqual([]);
          expect(again.state).toEqual(state);
        }
        return new Map(state.nodes.map(({ id, phase }) => [id, phase]));
      };
      expect(finish('first')).toEqual(finish('last'));
    }),
    { numRuns: 300 },
  );
});
