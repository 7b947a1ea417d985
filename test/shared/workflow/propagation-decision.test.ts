import { describe, expect, test } from 'vitest';
import {
  createPropagation,
  decidePropagation,
  type NodeVerdict,
  type PropagationEvent,
} from '../../../shared/workflow/propagation-decision.ts';
import type { PlannedStack } from '../../../shared/workflow/propagation-graph.ts';
import { grantSlots } from '../../../shared/workflow/propagation-slots.ts';
import {
  isComplete,
  isSettled,
  type PropagationRules,
} from '../../../shared/workflow/propagation-state.ts';

const RULES: PropagationRules = {
  nativeEdges: 'adopt',
  onlyIfChanged: false,
  runsLimit: null,
  poolLimits: [],
  windows: [],
};

const stack = (
  stackId: string,
  parents: readonly string[],
  changes: Partial<PlannedStack> = {},
): PlannedStack => ({
  stackId,
  parents,
  native: [],
  labels: [],
  poolLabels: [],
  isDisabled: false,
  isLocked: false,
  ...changes,
});

const verdict = (
  stackId: string,
  outcome: NodeVerdict['outcome'] = 'completed',
  changes: Partial<NodeVerdict> = {},
): NodeVerdict => ({
  stackId,
  runId: `0000000001-${stackId}`,
  outcome,
  state: outcome === 'completed' ? 'FINISHED' : outcome === 'failed' ? 'FAILED' : 'DISCARDED',
  hasChanged: true,
  attempt: 1,
  ...changes,
});

/** Somebody else's run of a stack, made later than all of ours. */
const later = (stackId: string, changes: Partial<NodeVerdict> = {}) =>
  verdict(stackId, 'completed', { runId: `0000000002-${stackId}`, attempt: null, ...changes });

function begin(stacks: readonly PlannedStack[], rules: Partial<PropagationRules> = {}) {
  let state = createPropagation({ ...RULES, ...rules });
  const take = (event: PropagationEvent, at = 0) => {
    const decision = decidePropagation(state, event, at);
    ({ state } = decision);
    const actions = [...decision.actions, ...grant(at)];
    return {
      started: actions.map(({ action, nodeId }) =>
        action === 'start' ? nodeId : `${action} ${nodeId}`,
      ),
      isTaken: decision.isTaken,
      wakeAt: decision.wakeAt,
    };
  };
  /** As a registry that knows of no other propagation. */
  const grant = (at: number) => {
    const own = (state.slots ?? []).map((slots) => ({ ...slots, executionId: 'p' }));
    const decision = decidePropagation(state, { kind: 'granted', slots: grantSlots(own) }, at);
    ({ state } = decision);
    return decision.actions;
  };
  const root = (stackId: string, below: readonly PlannedStack[], at = 0) =>
    take(
      { kind: 'root', root: verdict(stackId, 'completed', { attempt: null }), stacks: below },
      at,
    );
  return {
    first: root('root', stacks),
    take,
    root,
    tell: (told: NodeVerdict, at = 0) => take({ kind: 'verdict', verdict: told }, at),
    phases: () => Object.fromEntries(state.nodes.map(({ id, phase }) => [id, phase])),
    reasonOf: (id: string) => state.nodes.find((node) => node.id === id)?.reason,
    isSettled: () => isSettled(state),
    isComplete: () => isComplete(state),
  };
}

const DIAMOND = [
  stack('a', ['root']),
  stack('b', ['root']),
  stack('c', ['a', 'b']),
  stack('d', ['c']),
];

describe('decidePropagation()', () => {
  test('starts a stack once all its parents have completed', () => {
    const p = begin(DIAMOND);
    expect(p.first.started).toEqual(['a', 'b']);
    expect(p.tell(verdict('a')).started).toEqual([]);
    expect(p.tell(verdict('b')).started).toEqual(['c']);
    expect(p.tell(verdict('b')).started).toEqual([]);
    expect(p.tell(verdict('c')).started).toEqual(['d']);
    p.tell(verdict('d'));
    expect(p.isComplete()).toBe(true);
  });

  test('a failure stops everything below it, through stopped stacks, with the reason; siblings go on', () => {
    const p = begin([...DIAMOND, stack('e', ['b'])]);
    p.tell(verdict('a', 'failed'));
    expect(p.tell(verdict('b')).started).toEqual(['e']);
    expect(p.phases()).toMatchObject({ c: 'stopped', d: 'stopped', e: 'started' });
    const reason = 'a failed: its run 0000000001-a is FAILED';
    expect([p.reasonOf('c'), p.reasonOf('d')]).toEqual([reason, reason]);
    expect(p.isSettled()).toBe(false);
    p.tell(verdict('e'));
    expect([p.isSettled(), p.isComplete()]).toEqual([true, false]);
  });

  test.each(['failed', 'ended'] as const)(
    'what %s resumes by a later success of anybody, once',
    (outcome) => {
      const p = begin(DIAMOND);
      p.tell(verdict('b'));
      p.tell(verdict('a', outcome));
      expect(p.tell(later('a'))).toMatchObject({ started: ['c'], isTaken: true });
      expect(p.tell(later('a'))).toMatchObject({ started: [], isTaken: true });
      expect(p.tell(verdict('a', outcome)).started).toEqual([]);
      expect(p.phases()).toMatchObject({ a: 'completed', c: 'started', d: 'waiting' });
    },
  );

  test('a retry that is told of before the failure it mends counts all the same', () => {
    const p = begin(DIAMOND);
    p.tell(verdict('b'));
    expect(p.tell(later('a'))).toMatchObject({ started: [], isTaken: true });
    expect(p.tell(verdict('a', 'failed')).started).toEqual(['c']);
  });

  test('a success from before the failure mends nothing, and is the beginning of something else', () => {
    const p = begin(DIAMOND);
    p.tell(verdict('a', 'failed'));
    const early = later('a', { runId: '0000000000-a' });
    expect(p.tell(early)).toMatchObject({ started: [], isTaken: false });
  });

  test('leaves a run of a stack that has completed, or is stopped, to others', () => {
    const p = begin(DIAMOND);
    p.tell(verdict('b'));
    p.tell(verdict('a', 'failed'));
    expect(p.tell(later('b')).isTaken).toBe(false);
    expect(p.tell(later('c')).isTaken).toBe(false);
    expect(p.tell(later('elsewhere')).isTaken).toBe(false);
  });

  test('an intent without a run fails its node, with what the lane said', () => {
    const p = begin(DIAMOND);
    p.take({ kind: 'unmade', nodeId: 'a', reason: 'Cannot trigger a run: stack is locked' });
    expect(p.reasonOf('d')).toBe('a failed: Cannot trigger a run: stack is locked');
    expect(p.tell(verdict('b')).started).toEqual([]);
    expect(p.tell(later('a')).started).toEqual(['c']);
  });

  test('a disabled stack is not started, and says so below', () => {
    const p = begin([stack('a', ['root'], { isDisabled: true }), stack('b', ['a'])]);
    expect(p.first.started).toEqual([]);
    expect(p.phases()).toMatchObject({ a: 'ended', b: 'stopped' });
    expect(p.reasonOf('b')).toBe('a did not complete: stack is disabled');
  });

  test('onlyIfChanged leaves out what nothing above changed, and goes on below', () => {
    const p = begin([...DIAMOND, stack('e', ['a'])], { onlyIfChanged: true });
    p.tell(verdict('a', 'completed', { hasChanged: false }));
    expect(p.phases()).toMatchObject({ c: 'waiting', e: 'unchanged' });
    expect(p.tell(verdict('b', 'completed', { hasChanged: false })).started).toEqual([]);
    expect(p.phases()).toMatchObject({ c: 'unchanged', d: 'unchanged' });
    expect(p.isComplete()).toBe(true);
  });

  test('onlyIfChanged runs a stack that one parent changed something for', () => {
    const p = begin(DIAMOND, { onlyIfChanged: true });
    p.tell(verdict('a', 'completed', { hasChanged: false }));
    expect(p.tell(verdict('b')).started).toEqual(['c']);
  });

  test('holds what is above a limit, of the account and of a worker pool', () => {
    const pooled = (id: string) => stack(id, ['root'], { poolLabels: ['large'] });
    const p = begin([pooled('a'), pooled('b'), stack('c', ['root']), stack('d', ['root'])], {
      runsLimit: 2,
      poolLimits: [{ label: 'large', runsLimit: 1 }],
    });
    expect(p.first.started).toEqual(['a', 'c']);
    expect(p.reasonOf('d')).toBe('held by the limit of 2 runs at a time');
    expect(p.tell(verdict('c')).started).toEqual(['d']);
    expect(p.tell(verdict('d')).started).toEqual([]);
    expect(p.reasonOf('b')).toBe(
      'held by the limits of 2 runs at a time and 1 runs at a time on large',
    );
    expect(p.tell(verdict('a')).started).toEqual(['b']);
  });

  test('holds a stack until its maintenance window opens, then goes', () => {
    const night = { label: 'night', days: [0, 1, 2, 3, 4, 5, 6], fromMinute: 60, toMinute: 120 };
    const p = begin([stack('a', ['root'], { labels: ['night'] }), stack('b', ['a'])], {
      windows: [night],
    });
    expect(p.first).toMatchObject({ started: [], wakeAt: 3_600_000 });
    expect(p.reasonOf('a')).toContain(
      'held until its maintenance window opens at 1970-01-01T01:00',
    );
    expect(p.take({ kind: 'tick' }, 3_599_999).started).toEqual([]);
    expect(p.take({ kind: 'tick' }, 3_600_000)).toMatchObject({ started: ['a'], wakeAt: null });
  });

  test('expects Spacelift to start what natively depends on a parent, unless that is taken over', () => {
    const native = [stack('a', ['root'], { native: ['root'] })];
    expect(begin(native).first.started).toEqual(['adopt a']);
    expect(begin(native, { nativeEdges: 'take-over' }).first.started).toEqual(['take-over a']);
  });

  test('the run that was adopted is told apart from others of the stack', () => {
    const p = begin([stack('a', ['root'], { native: ['root'] }), stack('b', ['a'])]);
    p.take({ kind: 'adopted', nodeId: 'a', runId: '0000000001-a' });
    expect(
      p.tell(verdict('a', 'failed', { attempt: null, runId: '0000000000-x' })).started,
    ).toEqual([]);
    expect(p.phases()).toMatchObject({ a: 'started' });
    expect(p.tell(verdict('a', 'completed', { attempt: null })).started).toEqual(['b']);
  });

  test('another root joins what has not started, which waits for its parents of both', () => {
    const p = begin(DIAMOND);
    const second = p.root('other', [
      stack('x', ['other']),
      stack('c', ['x']),
      stack('d', ['c', 'x']),
    ]);
    expect(second.started).toEqual(['x']);
    p.tell(verdict('a'));
    expect(p.tell(verdict('b')).started).toEqual([]);
    expect(p.tell(verdict('x')).started).toEqual(['c']);
    expect(p.tell(verdict('c')).started).toEqual(['d']);
    expect(Object.keys(p.phases())).toHaveLength(7);
  });

  test('another root never joins what has started: that follows, and so does what is below', () => {
    const p = begin(DIAMOND);
    const second = p.root('other', [stack('a', ['other']), stack('c', ['a'])]);
    expect(second.started).toEqual(['a#2']);
    p.tell(verdict('b'));
    expect(p.tell(verdict('a')).started).toEqual([]);
    const again = verdict('a', 'completed', { runId: '0000000002-a', attempt: 2 });
    expect(p.tell(again).started).toEqual(['c']);
  });

  test('a root that is told of after the run that Spacelift queued below it runs nothing again', () => {
    const p = begin([stack('b', ['root'])]);
    const above = [stack('root', ['top'], { native: ['top'] }), stack('b', ['root'])];
    const top = verdict('top', 'completed', { runId: '0000000001-top', attempt: null });
    expect(p.take({ kind: 'root', root: top, stacks: above }).started).toEqual([]);
    expect(Object.keys(p.phases()).sort()).toEqual(['b', 'root', 'top']);
    const next = verdict('top', 'completed', { runId: '0000000002-top', attempt: null });
    expect(p.take({ kind: 'root', root: next, stacks: above }).started).toEqual(['adopt root#2']);
  });

  test('what is stopped for a failure does not hold the wish of another root', () => {
    const p = begin(DIAMOND);
    p.tell(verdict('b'));
    p.tell(verdict('a', 'failed'));
    expect(p.root('other', [stack('c', ['other'])]).started).toEqual(['c#2']);
    expect(p.tell(later('a')).started).toEqual(['c']);
  });

  test('cancelled, starts nothing more and lets go on what runs', () => {
    const p = begin(DIAMOND);
    p.take({ kind: 'cancelled' });
    expect(p.phases()).toMatchObject({ a: 'started', b: 'started', c: 'stopped', d: 'stopped' });
    p.tell(verdict('a'));
    expect(p.tell(verdict('b')).started).toEqual([]);
    expect(p.reasonOf('d')).toBe('propagation was cancelled');
  });
});
