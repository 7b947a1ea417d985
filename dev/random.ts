/**
 * Randomness that can be had again: the same seed and labels give the same numbers on every machine. Labels part one
 * seed into streams of their own, so that what is drawn in one place never shifts what is drawn in another. Small and
 * quick (mulberry32 over an FNV-1a hash); not for secrets.
 */

/** From 0 up to but not including 1. */
export type Random = () => number;

/** Seeds are whole numbers below this. */
export const SEEDS_LIMIT = 2 ** 32;

export const drawSeed = (): number => Math.floor(Math.random() * SEEDS_LIMIT);

export function createRandom(seed: number, ...labels: readonly (string | number)[]): Random {
  let state = hashOf([seed, ...labels].join('/'));
  return function random() {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / SEEDS_LIMIT;
  };
}

export type Range = { readonly least: number; readonly most: number };

/** A whole number of the range, both ends included. */
export const between = ({ least, most }: Range, random: Random): number =>
  least + Math.floor(random() * (most - least + 1));

export function pick<Choice>(choices: readonly Choice[], random: Random): Choice {
  const choice = choices[Math.floor(random() * choices.length)];
  if (choice === undefined) throw new RangeError('Cannot pick: there is nothing to pick from');
  return choice;
}

export const shuffle = <Item>(items: readonly Item[], random: Random): readonly Item[] =>
  items
    .map((item) => ({ item, place: random() }))
    .sort((left, right) => left.place - right.place)
    .map(({ item }) => item);

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}
