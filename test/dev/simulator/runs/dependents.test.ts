import { describe, expect, it } from 'vitest';
import type { Stack } from '../../../../dev/simulator/model.ts';
import { planTree } from '../../../../dev/simulator/runs/dependents.ts';

const stack = (id: string, dependsOn: string[] = []) =>
  ({ id, dependsOn, isDisabled: false }) as unknown as Stack;

const plan = (stacks: Stack[]) =>
  planTree('root', [stack('root'), ...stacks]).map(
    ({ stack: { id }, parents }) => `${id} < ${parents.join(' ')}`,
  );

describe('planTree()', () => {
  it('gives the foot of a diamond one run that waits for both sides', () => {
    expect(
      plan([stack('foot', ['left', 'right']), stack('left', ['root']), stack('right', ['root'])]),
    ).toEqual(['left < root', 'right < root', 'foot < left right']);
  });

  it('leaves out a parent that is not part of the tree', () => {
    expect(plan([stack('child', ['root', 'elsewhere']), stack('elsewhere')])).toEqual([
      'child < root',
    ]);
  });

  it('ends on a cycle', () => {
    expect(plan([stack('one', ['root', 'two']), stack('two', ['one'])])).toEqual([]);
  });
});
