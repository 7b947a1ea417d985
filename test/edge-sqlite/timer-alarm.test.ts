import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createTimerAlarm } from '../../edge/sqlite/timer-alarm.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** An alarm whose ringing ends when told. */
function setUp() {
  const rings: number[] = [];
  let end = () => {};
  const alarm = createTimerAlarm(
    () => {
      rings.push(Date.now());
      return new Promise((resolve) => (end = resolve));
    },
    () => Date.now(),
  );
  return { alarm, rings, end: () => end(), start: Date.now() };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('createTimerAlarm()', () => {
  test('set() rings once at its time, and is not set while it rings', async () => {
    const { alarm, rings, end, start } = setUp();
    await alarm.set(start + 1000);
    expect(await alarm.setFor()).toBe(start + 1000);
    await vi.advanceTimersByTimeAsync(999);
    expect(rings).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(rings).toEqual([start + 1000]);
    expect(await alarm.setFor()).toBeNull();
    end();
    await vi.advanceTimersByTimeAsync(DAY_MS);
    expect(rings).toHaveLength(1);
  });

  test('set() takes the place of the time before, later or earlier', async () => {
    const { alarm, rings, start } = setUp();
    await alarm.set(start + 1000);
    await alarm.set(start + 3000);
    await vi.advanceTimersByTimeAsync(2000);
    expect(rings).toEqual([]);
    await alarm.set(start + 2500);
    await vi.advanceTimersByTimeAsync(500);
    expect(rings).toEqual([start + 2500]);
  });

  test('set() while it rings rings after it, never beside it', async () => {
    const { alarm, rings, end, start } = setUp();
    await alarm.set(start);
    await vi.advanceTimersByTimeAsync(0);
    await alarm.set(start + 10);
    expect(await alarm.setFor()).toBe(start + 10);
    await vi.advanceTimersByTimeAsync(5000);
    expect(rings).toHaveLength(1);
    end();
    await vi.advanceTimersByTimeAsync(0);
    expect(rings).toEqual([start, start + 5000]);
  });

  test('set() for a time past rings at once', async () => {
    const { alarm, rings, start } = setUp();
    await alarm.set(start - 1000);
    await vi.advanceTimersByTimeAsync(0);
    expect(rings).toEqual([start]);
  });

  test.each([
    ['just within', 2 ** 31 - 1],
    ['just over', 2 ** 31],
    ['far over', 60 * DAY_MS],
  ])('set() for a time %s the longest wait of a timer rings then', async (_, wait) => {
    const { alarm, rings, start } = setUp();
    await alarm.set(start + wait);
    await vi.advanceTimersByTimeAsync(wait - 1);
    expect(rings).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(rings).toEqual([start + wait]);
  });

  test('a timer that comes early does not ring early', async () => {
    let now = 0;
    const rings: number[] = [];
    const alarm = createTimerAlarm(
      async () => void rings.push(now),
      () => now,
    );
    await alarm.set(1000);
    now = 999;
    await vi.advanceTimersByTimeAsync(1000);
    expect(rings).toEqual([]);
    now = 1000;
    await vi.advanceTimersByTimeAsync(1);
    expect(rings).toEqual([1000]);
  });

  test('clear() takes the time away, also one set while it rings', async () => {
    const { alarm, rings, end, start } = setUp();
    await alarm.set(start + 10);
    await alarm.clear();
    expect(await alarm.setFor()).toBeNull();
    await vi.advanceTimersByTimeAsync(1000);
    expect(rings).toEqual([]);
    await alarm.set(start + 1000);
    await vi.advanceTimersByTimeAsync(0);
    await alarm.set(start + 2000);
    await alarm.clear();
    end();
    await vi.advanceTimersByTimeAsync(DAY_MS);
    expect(rings).toHaveLength(1);
  });

  test('stop() rings no more, whatever is set before or after', async () => {
    const { alarm, rings, start } = setUp();
    await alarm.set(start + 10);
    alarm.stop();
    await alarm.set(start + 20);
    await vi.advanceTimersByTimeAsync(DAY_MS);
    expect(rings).toEqual([]);
  });
});
