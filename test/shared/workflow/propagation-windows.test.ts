import { describe, expect, test } from 'vitest';
import { type MaintenanceWindow, opensAt } from '../../../shared/workflow/propagation-windows.ts';

const EVERY_DAY = [0, 1, 2, 3, 4, 5, 6];
const at = (text: string) => Date.parse(`${text}Z`);
const window = (fromMinute: number, toMinute: number, days = EVERY_DAY): MaintenanceWindow => ({
  label: 'night',
  days,
  fromMinute,
  toMinute,
});

/** 2026-11-25 is a Wednesday. */
describe('opensAt()', () => {
  const overnight = window(22 * 60, 6 * 60);

  test.each([
    ['2026-11-25T21:59:59.999', '2026-11-25T22:00:00.000'],
    ['2026-11-25T22:00:00.000', '2026-11-25T22:00:00.000'],
    ['2026-11-26T05:59:59.999', '2026-11-26T05:59:59.999'],
    ['2026-11-26T06:00:00.000', '2026-11-26T22:00:00.000'],
  ])('at %s opens at %s', (now, opens) => {
    expect(opensAt(['night'], [overnight], at(now))).toBe(at(opens));
  });

  test('goes by the day on which a window opens', () => {
    const saturdays = window(22 * 60, 6 * 60, [6]);
    expect(opensAt(['night'], [saturdays], at('2026-11-29T05:00:00'))).toBe(
      at('2026-11-29T05:00:00'),
    );
    expect(opensAt(['night'], [saturdays], at('2026-11-29T06:00:00'))).toBe(
      at('2026-12-05T22:00:00'),
    );
  });

  test('a whole day is from midnight to midnight', () => {
    const sundays = window(0, 0, [0]);
    expect(opensAt(['night'], [sundays], at('2026-11-28T23:00:00'))).toBe(
      at('2026-11-29T00:00:00'),
    );
    expect(opensAt(['night'], [sundays], at('2026-11-30T00:00:00'))).toBe(
      at('2026-12-06T00:00:00'),
    );
  });

  test('holds nothing without the label, and takes the earliest of several', () => {
    const now = at('2026-11-25T12:00:00');
    expect(opensAt(['other'], [overnight], now)).toBe(now);
    expect(opensAt(['night'], [overnight, window(13 * 60, 14 * 60)], now)).toBe(
      at('2026-11-25T13:00:00'),
    );
    expect(opensAt(['night'], [window(0, 60, [])], now)).toBeNull();
  });
});
