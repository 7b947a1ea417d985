import { describe, expect, it } from 'vitest';
import { createRandom } from '../../dev/random.ts';

const draw = (random: () => number, count: number) => Array.from({ length: count }, () => random());

describe('createRandom()', () => {
  it('gives the same numbers for the same seed and labels', () => {
    expect(draw(createRandom(7, 'a', 1), 50)).toEqual(draw(createRandom(7, 'a', 1), 50));
  });

  it('gives other numbers for another seed and for each label', () => {
    const firsts = [[7], [8], [7, 'a'], [7, 'b'], [7, 'a', 1], [7, 'a', 2], [7, 'a', 'b']] as const;
    expect(new Set(firsts.map(([seed, ...labels]) => createRandom(seed, ...labels)())).size).toBe(
      firsts.length,
    );
  });

  it('spreads over 0 to 1, evenly, in one stream and over the first numbers of many', () => {
    const streams = Array.from({ length: 10_000 }, (_, seed) => createRandom(seed, 'x')());
    for (const numbers of [draw(createRandom(1), 10_000), streams]) {
      const tenths = Array.from({ length: 10 }, () => 0);
      for (const number of numbers) {
        const tenth = Math.floor(number * 10);
        tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
      }
      expect(tenths).toHaveLength(10);
      for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
    }
  });
});
