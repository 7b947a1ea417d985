import { describe, expect, test } from 'vitest';
import { causeObstacle, causeOf, joinCauses, withCause } from '../../../shared/workflow/cause.ts';

describe('causeObstacle()', () => {
  test.each([
    ['a', [], 0],
    ['c', ['a', 'b'], 2],
    ['ab', ['a', 'b'], 2],
  ])('lets stack %s be triggered by %j with a limit of %d', (stackId, cause, limit) => {
    expect(causeObstacle(stackId, cause, limit)).toBeNull();
  });

  test('names the circle', () => {
    expect(causeObstacle('x', ['x'], 5)).toBe('it is in its own cause (x → x)');
    expect(causeObstacle('x', ['a', 'x', 'b'], 5)).toBe('it is in its own cause (a → x → b → x)');
  });

  test('names the chain that is too deep', () => {
    expect(causeObstacle('x', ['a'], 0)).toBe('its cause is 1 deep (a), more than 0');
    expect(causeObstacle('x', ['a', 'b', 'c'], 2)).toBe(
      'its cause is 3 deep (a → b → c), more than 2',
    );
  });
});

describe('withCause() and causeOf()', () => {
  test.each([
    ['spacelift-temporal/k.1', []],
    ['spacelift-temporal/k.1', ['network']],
    ['spacelift-temporal:k:1%2c', ['network', 'data-base', 'app_1']],
  ])('%s takes %j along', (text, cause) => {
    const told = withCause(text, cause);
    expect(told.startsWith(text)).toBe(true);
    expect(causeOf(['somebody', told])).toEqual(cause);
  });

  test('leaves out the oldest where there is no room, and never cuts one', () => {
    const cause = Array.from({ length: 50 }, (_, index) => `stack-number-${index}`);
    const told = withCause(`spacelift-temporal/${'k'.repeat(200)}`, cause);
    expect(told.length).toBeLessThanOrEqual(500);
    const kept = causeOf([told]);
    expect(kept.length).toBeGreaterThan(10);
    expect(kept).toEqual(cause.slice(-kept.length));
  });

  test.each([
    [[]],
    [['deploy;cause=network']],
    [['spacelift-temporal/k.1']],
    [['spacelift-temporal/k.1;cause=']],
    [['spacelift-temporal/k.1;cause=a b,<c>']],
  ])('reads no cause from %j', (texts) => {
    expect(causeOf(texts)).toEqual([]);
  });
});

test.each([
  [[], ['b'], ['b']],
  [['a'], [], ['a']],
  [['a'], ['b'], ['a', 'b']],
  [['a'], ['a', 'b'], ['a', 'b']],
  [['a', 'b'], ['a'], ['a', 'b', 'a']],
])('joinCauses() of %j and %j is %j', (chain, further, joined) => {
  expect(joinCauses(chain, further)).toEqual(joined);
});
