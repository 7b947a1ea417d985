import { describe, expect, test } from 'vitest';
import { cpuTimeMs, parseStat, sumOfTree } from '../../../dev/bench/cpu-time.ts';
import { median, percentile } from '../../../dev/bench/statistics.ts';
import { renderTable } from '../../../dev/bench/table.ts';

describe('median()', () => {
  test.each([
    [[3], 3],
    [[9, 1, 5], 5],
    [[10, 9, 2, 1], 5.5],
  ])('median() of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  test('median() refuses no values', () => {
    expect(() => median([])).toThrow('Cannot take median');
  });
});

describe('percentile()', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  test.each([
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ])('percentile() takes the least value that a share of %d does not exceed', (share, expected) => {
    expect(percentile(hundred, share)).toBe(expected);
  });
});

describe('parseStat()', () => {
  test('parseStat() adds up user, system and dead children, whatever the command is called', () => {
    const stat = '42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 100 20 3 1 20 0 1 0 5 6 7';
    expect(parseStat(stat)).toEqual({ pid: 42, parent: 7, ms: 1240 });
  });
});

describe('sumOfTree()', () => {
  const processes = [
    { pid: 1, parent: 0, ms: 1 },
    { pid: 2, parent: 1, ms: 10 },
    { pid: 3, parent: 2, ms: 100 },
    { pid: 4, parent: 1, ms: 1000 },
  ];

  test('sumOfTree() counts a process and all below it, and nobody else', () => {
    expect(sumOfTree(processes, 2)).toBe(110);
    expect(sumOfTree(processes, 1)).toBe(1111);
  });

  test('sumOfTree() has no figure for a process that is not there', () => {
    expect(sumOfTree(processes, 9)).toBeNull();
  });
});

describe.runIf(process.platform === 'linux')('cpuTimeMs()', () => {
  test('cpuTimeMs() grows while the process works', () => {
    const before = cpuTimeMs(process.pid);
    const until = process.cpuUsage().user + 100_000;
    while (process.cpuUsage().user < until);
    expect(Number(cpuTimeMs(process.pid)) - Number(before)).toBeGreaterThanOrEqual(50);
  });
});

describe('renderTable()', () => {
  test('renderTable() sets the first column left, figures right, and nothing after the last', () => {
    expect(
      renderTable(
        ['row', 'ms', ''],
        [
          ['a long name', '7', ''],
          ['b', '12345', 'met'],
        ],
      ),
    ).toBe(
      [
        'row             ms',
        '───────────  ─────  ───',
        'a long name      7',
        'b            12345  met',
      ].join('\n'),
    );
  });
});
