import { describe, expect, test } from 'vitest';
import { backoffMs, retryPolicyOf } from '../../../shared/workflow/retry.ts';

const policy = (changes = {}) => ({
  maximumAttempts: 10,
  initialIntervalMs: 1000,
  backoffCoefficient: 2,
  maximumIntervalMs: 60_000,
  ...changes,
});

describe('retryPolicyOf()', () => {
  test('takes what is not wished for from the configuration', () => {
    expect(retryPolicyOf({}, policy())).toEqual(policy());
    for (const wish of [
      { maximumAttempts: 1 },
      { initialIntervalMs: 1 },
      { backoffCoefficient: 1 },
      { maximumIntervalMs: 1 },
      policy({ maximumAttempts: 5, maximumIntervalMs: 7 }),
    ])
      expect(retryPolicyOf(wish, policy())).toEqual(policy(wish));
  });
});

describe('backoffMs()', () => {
  test.each([
    [1, 1000],
    [2, 2000],
    [3, 4000],
    [6, 32_000],
    [7, 60_000],
    [99, 60_000],
    [100_000, 60_000],
  ])('after attempt %i is %i ms', (attempt, wait) => {
    expect(backoffMs(policy(), attempt)).toBe(wait);
  });

  test('stays the same with coefficient 1', () => {
    for (const attempt of [1, 2, 50])
      expect(backoffMs(policy({ backoffCoefficient: 1 }), attempt)).toBe(1000);
  });

  test('takes a broken coefficient', () => {
    expect(backoffMs(policy({ backoffCoefficient: 1.5 }), 3)).toBe(2250);
  });

  test('is never above the maximum, the first wait included', () => {
    expect(backoffMs(policy({ maximumIntervalMs: 10 }), 1)).toBe(10);
  });
});
