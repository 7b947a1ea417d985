import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toInstant } from '../../../shared/contract/instants.ts';

describe('toInstant()', () => {
  test.each([
    ['seconds', 1_760_000_000, 1_760_000_000_000],
    ['seconds with a fraction', 1_760_000_000.5, 1_760_000_000_500],
    ['seconds with a rounded fraction', 1_760_000_000.001, 1_760_000_000_001],
    ['milliseconds', 1_760_000_000_123, 1_760_000_000_123],
    ['milliseconds with a fraction', 1_760_000_000_123.999, 1_760_000_000_123],
    ['microseconds', 1_760_000_000_123_999, 1_760_000_000_123],
    ['nanoseconds', Number('1760000000123456789'), 1_760_000_000_123],
    ['nanoseconds that were rounded down', Number('1760000000124000000'), 1_760_000_000_124],
    ['text of seconds', '1760000000', 1_760_000_000_000],
    ['text of nanoseconds', '1760000000123456789', 1_760_000_000_123],
    ['text in exponent form', '1.760000000123e+18', 1_760_000_000_123],
    ['the first time in seconds', 1e9, 1e12],
    ['the last time in seconds', 1e11 - 1, 1e14 - 1000],
    ['the first time in milliseconds', 1e11, 1e11],
    ['the last time in milliseconds', 1e14 - 1, 1e14 - 1],
    ['the first time in microseconds', 1e14, 1e11],
    ['the last time in microseconds', 1e17 - 16, 1e14 - 1],
    ['the first time in nanoseconds', 1e17, 1e11],
    ['the last time there is', 8.64e21, 8.64e15],
    ['a time past the last', 8.65e21, null],
    ['less than any time', 1e9 - 1, null],
    ['zero', 0, null],
    ['less than zero', -1_760_000_000, null],
    ['no number', Number.NaN, null],
    ['endless', Number.POSITIVE_INFINITY, null],
    ['text', 'yesterday', null],
    ['empty text', '', null],
    ['null', null, null],
    ['nothing', undefined, null],
    ['an object', {}, null],
    ['a list of a time', [1_760_000_000], null],
    ['an object that is no text', { toString: 1, valueOf: 1 }, null],
    ['true', true, null],
  ])('toInstant() reads %s', (_, time, instant) => {
    expect(toInstant(time)).toBe(instant);
  });

  const instants = fc.integer({ min: Date.UTC(2015, 0), max: Date.UTC(2100, 11, 31) });

  const UNITS: Readonly<Record<string, (instant: number) => number>> = {
    'seconds with a fraction': (instant) => instant / 1000,
    milliseconds: (instant) => instant,
    microseconds: (instant) => instant * 1000,
    nanoseconds: (instant) => Number(BigInt(instant) * 1_000_000n),
  };

  test.each(Object.entries(UNITS))('toInstant() reads any instant in %s', (_, inUnit) => {
    fc.assert(
      fc.property(instants, (instant) => {
        const number = inUnit(instant);
        expect(toInstant(number)).toBe(instant);
        expect(toInstant(String(number))).toBe(instant);
        expect(toInstant(number.toExponential())).toBe(instant);
      }),
      { numRuns: 20_000 },
    );
  });

  test('toInstant() cuts nanoseconds within a millisecond', () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: 999_000 }), (instant, more) => {
        expect(toInstant(Number(BigInt(instant) * 1_000_000n + BigInt(more)))).toBe(instant);
      }),
      { numRuns: 20_000 },
    );
  });

  test('toInstant() makes whole seconds of whole seconds', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const seconds = Math.floor(instant / 1000);
        expect(toInstant(seconds)).toBe(seconds * 1000);
      }),
    );
  });

  test('toInstant() gives an instant that a Date can hold, or none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.string(), fc.anything()), (time) => {
        const instant = toInstant(time);
        if (instant !== null) expect(new Date(instant).getTime()).toBe(instant);
      }),
    );
  });
});
