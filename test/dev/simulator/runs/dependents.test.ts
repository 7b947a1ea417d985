import { describe, expect, it } from 'vitest';
import type { Stack } from '../../../../dev/simulator/model.ts';
import { planTree } from '../../../../dev/simulator/runs/dependents.ts';

const stack = (id: string, dependsOn: string[] = []) =>
  ({ id, dependsOn, isDisabled: false }) as unknown as Stack;

const plan = (stacks: Stack[], roots = [stack('root')]) =>
  planTree(roots, [...roots, ...stacks]).map(
    ({ stack: { id }, parents }) => `${id} < ${parents.join(' ')}`,
  );

describe('planTree()', () => {
  it('gives the foot of a diamond one run that waits for both sides', () => {
    expect(
      plan([stack('foot', ['left', 'right']), stack('left', ['root']), stack('right', ['root'])]),
    ).toEqual(['root < ', 'left < root', 'right < root', 'foot < left right']);
  });

  it('leaves out a parent that is not part of the tree', () => {
    expect(plan([stack('child', ['root', 'elsewhere']), stack('elsewhere')])).toEqual([
      'root < ',
      'child < root',
    ]);
  });

  it('gives a stack below several roots one run', () => {
    const roots = [stack('left'), stack('right')];
    expect(plan([stack('foot', ['left', 'right'])], roots)).toEqual([
      'left < ',
      'right < ',
      'foot < left right',
    ]);
  });

  it('lets a root wait for another one it depends on', () => {
    const roots = [stack('child', ['root']), stack('root')];
    expect(plan([], roots)).toEqual(['root < ', 'child < root']);
  });

  it('leaves out a cycle below the root, and cuts one through it', () => {
    expect(plan([stack('one', ['root', 'two']), stack('two', ['one'])])).toEqual(['root < ']);
    expect(plan([stack('child', ['root'])], [stack('root', ['child'])])).toEqual([
      'root < ',
      'child < root',
    ]);
  });
});
