import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../dev/random.ts';
import { decideFate } from '../../../../dev/simulator/webhooks/fate.ts';

const NO_FAULTS = { drop: 0, duplicate: 0, delayMs: 0, reorder: 0 };

const fates = (faults: Partial<typeof NO_FAULTS>, count = 2000) =>
  Array.from({ length: count }, (_, index) =>
    decideFate({ ...NO_FAULTS, ...faults }, createRandom(1, index)),
  );

const delaysIn = (faults: Partial<typeof NO_FAULTS>) => fates(faults).map(({ delays }) => delays);

describe('decideFate()', () => {
  it('sends everything once and at once without faults', () => {
    for (const fate of fates({})) expect(fate).toEqual({ delays: [0], isHeldBack: false });
  });

  it('drops all, or about as many as the probability says', () => {
    for (const delays of delaysIn({ drop: 1, duplicate: 1 })) expect(delays).toEqual([]);
    const dropped = delaysIn({ drop: 0.25 }).filter((delays) => delays.length === 0);
    expect(Math.abs(dropped.length - 500)).toBeLessThan(100);
  });

  it('sends all twice, or about as many as the probability says', () => {
    for (const delays of delaysIn({ duplicate: 1 })) expect(delays).toEqual([0, 0]);
    const twice = delaysIn({ duplicate: 0.25 }).filter((delays) => delays.length === 2);
    expect(Math.abs(twice.length - 500)).toBeLessThan(100);
  });

  it('delays each copy by itself, up to the longest delay', () => {
    const delays = delaysIn({ duplicate: 1, delayMs: 3 });
    expect(new Set(delays.flat())).toEqual(new Set([0, 1, 2, 3]));
    expect(delays.some(([first, second]) => first !== second)).toBe(true);
  });

  it('holds back all, or about as many as the probability says', () => {
    for (const { isHeldBack } of fates({ reorder: 1 })) expect(isHeldBack).toBe(true);
    const held = fates({ reorder: 0.25 }).filter(({ isHeldBack }) => isHeldBack);
    expect(Math.abs(held.length - 500)).toBeLessThan(100);
  });

  it('strikes the same deliveries whatever other faults there are', () => {
    const dropped = (faults: Partial<typeof NO_FAULTS>) =>
      delaysIn(faults).flatMap((delays, index) => (delays.length === 0 ? [index] : []));
    const alone = dropped({ drop: 0.2 });
    expect(dropped({ drop: 0.2, duplicate: 0.5, delayMs: 100, reorder: 0.5 })).toEqual(alone);
  });
});
