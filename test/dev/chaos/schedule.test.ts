import { describe, expect, test } from 'vitest';
import { planFaults } from '../../../dev/chaos/schedule.ts';
import { FORWARD_TIMEOUT_MS } from '../../../dev/chaos/surroundings.ts';

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed);

describe('planFaults()', () => {
  test('plans the same for the same seed, and something else for another', () => {
    expect(planFaults(7, 200)).toEqual(planFaults(7, 200));
    expect(new Set(SEEDS.map((seed) => JSON.stringify(planFaults(seed, 200)))).size).toBe(
      SEEDS.length,
    );
  });

  test.each([20, 200, 1000])(
    'strikes in order, while deliveries of %i still arrive',
    (deliveries) => {
      for (const seed of SEEDS) {
        const marks = planFaults(seed, deliveries).map(({ after }) => after);
        expect(marks).toEqual(marks.toSorted((a, b) => a - b));
        for (const mark of marks) {
          expect(mark).toBeGreaterThan(0);
          expect(mark).toBeLessThan(deliveries * 0.9);
        }
      }
    },
  );

  test('plans more for more deliveries', () => {
    expect(planFaults(1, 200)).toHaveLength(12);
    expect(planFaults(1, 1000)).toHaveLength(20);
  });

  test('kills the edge at least three times, and strikes every other part, in every seed', () => {
    for (const seed of SEEDS) {
      const faults = planFaults(seed, 200);
      const count = (part: string, kind: string) =>
        faults.filter((fault) => fault.part === part && fault.kind === kind).length;
      expect(count('edge', 'kill')).toBeGreaterThanOrEqual(3);
      expect(count('starter', 'kill')).toBeGreaterThanOrEqual(1);
      expect(count('starter', 'freeze')).toBeGreaterThanOrEqual(1);
      expect(count('temporal', 'kill')).toBeGreaterThanOrEqual(1);
      expect(count('worker', 'kill')).toBeGreaterThanOrEqual(2);
      expect(count('simulator', 'freeze')).toBeGreaterThanOrEqual(1);
    }
  });

  test('freezes longer than the edge waits, and shorter, and has every kind for every part but Spacelift', () => {
    const faults = SEEDS.flatMap((seed) => planFaults(seed, 1000));
    const freezes = faults.filter(({ kind }) => kind === 'freeze');
    const long = freezes.filter(({ forMs }) => forMs > FORWARD_TIMEOUT_MS).length;
    expect(long / freezes.length).toBeGreaterThan(0.25);
    expect(long / freezes.length).toBeLessThan(0.42);
    expect(new Set(faults.map(({ part, kind }) => `${part} ${kind}`)).size).toBe(13);
  });

  test('never makes Spacelift forget', () => {
    const kinds = SEEDS.flatMap((seed) => planFaults(seed, 1000))
      .filter(({ part }) => part === 'simulator')
      .map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['freeze']));
  });

  test('can name any part', () => {
    const parts = SEEDS.flatMap((seed) => planFaults(seed, 1000, ['worker', 'simulator'])).map(
      ({ part }) => part,
    );
    expect(new Set(parts)).toEqual(new Set(['edge', 'starter', 'temporal', 'worker', 'simulator']));
  });
});
