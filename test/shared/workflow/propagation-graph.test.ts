import { describe, expect, test } from 'vitest';
import {
  dependenciesOf,
  type GraphStack,
  planBelow,
} from '../../../shared/workflow/propagation-graph.ts';

const stack = (
  stackId: string,
  labels: readonly string[] = [],
  changes: Partial<GraphStack> = {},
) => ({
  stackId,
  labels,
  native: [],
  poolLabels: [],
  isDisabled: false,
  isLocked: false,
  ...changes,
});

const planOf = (root: string, ...stacks: GraphStack[]) =>
  planBelow(root, stacks, new Set(['night']));

describe('dependenciesOf()', () => {
  test('reads both forms, several of them, each stack once', () => {
    const labels = ['dependsOn:a', 'depends-on:b', 'dependsOn:b', 'team:x', 'dependsOn:c.d_e-2'];
    expect(dependenciesOf(labels)).toEqual(['a', 'b', 'c.d_e-2']);
  });

  test.each(['DependsOn:a', 'xdependsOn:a', 'dependsOn', 'dependsOn:', 'dependson:a', 'a'])(
    'reads nothing in %s',
    (label) => expect(dependenciesOf([label])).toEqual([]),
  );
});

describe('planBelow()', () => {
  test('takes a label for the whole name, not for one that begins so', () => {
    const { stacks } = planOf(
      'global-dev',
      stack('global-dev'),
      stack('global-dev-2'),
      stack('below', ['dependsOn:global-dev']),
      stack('below-2', ['dependsOn:global-dev-2']),
      stack('longer', ['dependsOn:global-dev|state:FINISHED', 'depends-on:global-de']),
    );
    expect(stacks.map(({ stackId }) => stackId)).toEqual(['below']);
  });

  test('orders parents before children, and keeps those parents that are below', () => {
    const { stacks } = planOf(
      'root',
      stack('d', ['dependsOn:b', 'dependsOn:c', 'dependsOn:elsewhere']),
      stack('elsewhere'),
      stack('c', ['depends-on:root']),
      stack('b', ['dependsOn:root']),
      stack('root', ['dependsOn:above']),
    );
    expect(stacks).toMatchObject([
      { stackId: 'b', parents: ['root'] },
      { stackId: 'c', parents: ['root'] },
      { stackId: 'd', parents: ['b', 'c'] },
    ]);
  });

  test('tells native dependencies apart, and keeps of labels what rules go by', () => {
    const { stacks } = planOf(
      'root',
      stack('a', ['dependsOn:root', 'night', 'secret-ish'], { native: ['root', 'other'] }),
      stack('b', [], { native: ['a'], isDisabled: true }),
    );
    expect(stacks).toMatchObject([
      { stackId: 'a', parents: ['root'], native: ['root'], labels: ['night'] },
      { stackId: 'b', parents: ['a'], native: ['a'], isDisabled: true },
    ]);
  });

  test('refuses a stack below that depends on itself, by name', () => {
    expect(planOf('root', stack('a', ['dependsOn:root', 'dependsOn:a']))).toEqual({
      stacks: [],
      refusal: 'Cannot propagate from stack root: stack a depends on itself',
    });
  });

  test('refuses a cycle below, through the root or not, and names it', () => {
    const below = [
      stack('x', ['dependsOn:root', 'dependsOn:z']),
      stack('y', ['dependsOn:x']),
      stack('z', ['dependsOn:y']),
      stack('w', ['dependsOn:z']),
    ];
    const refusal = planOf('root', ...below).refusal ?? '';
    expect(refusal).toMatch(/^Cannot propagate from stack root: stacks depend on each other in a/);
    expect(refusal).toContain('x → y → z → x');
    const through = planOf('a', stack('a', ['dependsOn:b']), stack('b', ['dependsOn:a'])).refusal;
    expect(through).toContain('a → b → a');
    expect(planOf('r', stack('r', ['dependsOn:r'])).refusal).toContain('stack r depends on itself');
  });

  test('minds no cycle that is not below', () => {
    const plan = planOf(
      'root',
      stack('a', ['dependsOn:root', 'dependsOn:m']),
      stack('m', ['dependsOn:n']),
      stack('n', ['dependsOn:m']),
    );
    expect(plan).toMatchObject({ refusal: null, stacks: [{ stackId: 'a', parents: ['root'] }] });
  });
});
