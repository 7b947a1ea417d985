import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesGlob } from '../../../worker/reactions/glob.ts';

const RUNS = 2000;

/** Few letters, so that random texts fit random patterns often. */
const letters = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 8 });
const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*', '?'), maxLength: 8 });

/** What a glob means, written as slowly as it can be said. */
function fits(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  const [first, rest] = [pattern[0], pattern.slice(1)];
  if (first === '*')
    return Array.from({ length: text.length + 1 }, (_, skipped) => text.slice(skipped)).some(
      (left) => fits(rest, left),
    );
  return text !== '' && (first === '?' || first === text[0]) && fits(rest, text.slice(1));
}

describe('matchesGlob()', () => {
  test.each([
    ['app', 'app', true],
    ['app', 'app-2', false],
    ['app', 'my-app', false],
    ['app', 'App', false],
    ['app*', 'app-2', true],
    ['*app', 'my-app', true],
    ['*app', 'my-app-2', false],
    ['app-?', 'app-2', true],
    ['app-?', 'app-', false],
    ['app-?', 'app-22', false],
    ['*', '', true],
    ['?', '', false],
    ['', '', true],
    ['a.c', 'abc', false],
    ['a+', 'aa', false],
    ['[ab]', 'a', false],
    ['release/*', 'release/1/2', true],
  ])('%j and %j: %s', (pattern, text, expected) => {
    expect(matchesGlob(pattern, text)).toBe(expected);
  });

  test('without wildcards means the whole text and nothing else', () => {
    fc.assert(
      fc.property(letters, letters, letters, (before, text, after) => {
        expect(matchesGlob(text, before + text + after)).toBe(before + after === '');
      }),
      { numRuns: RUNS },
    );
  });

  test('is what the slow way says', () => {
    fc.assert(
      fc.property(patterns, letters, (pattern, text) => {
        expect(matchesGlob(pattern, text)).toBe(fits(pattern, text));
      }),
      { numRuns: RUNS },
    );
  });

  test('is done at once with a pattern that is made to take for ever', () => {
    expect(matchesGlob(`${'*a'.repeat(2000)}b`, 'a'.repeat(10_000))).toBe(false);
  });
});
