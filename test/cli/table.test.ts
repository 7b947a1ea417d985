import { describe, expect, test } from 'vitest';
import { formatTable, type Row } from '../../cli/table.ts';
import { ageOf, instantOf, plural, printable, printableLines, sizeOf } from '../../cli/words.ts';

const plain = (text: string) => text;
const options = (width: number | null, groupTitle?: string) => ({
  width,
  groupTitle,
  paintTitle: plain,
  paintGroup: plain,
  paintNote: plain,
});

const COLUMNS = [
  { title: 'ID' },
  { title: 'TYPE', atLeast: 5 },
  { title: 'N', align: 'right' as const },
];

const ROWS: readonly Row[] = [
  { cells: ['first', 'completed', '1'], group: 'acme/app', aside: 'run/acme/R' },
  { cells: ['second', 'failed', '20'], group: 'acme/app', note: 'the starter said no' },
  { cells: ['third', 'x', '3'], group: 'webhook:default' },
];

const lines = (text: string) => text.split('\n');

describe('formatTable()', () => {
  test('formatTable() aligns columns, and puts groups into one where nobody looks', () => {
    expect(lines(formatTable(COLUMNS, ROWS, options(null, 'INBOX')))).toEqual([
      'INBOX            ID      TYPE        N',
      'acme/app         first   completed   1  run/acme/R',
      'acme/app         second  failed     20  the starter said no',
      'webhook:default  third   x           3',
    ]);
  });

  test('formatTable() puts groups over their rows on a terminal', () => {
    expect(lines(formatTable(COLUMNS, ROWS, options(60, 'INBOX')))).toEqual([
      'ID      TYPE        N',
      'acme/app',
      'first   completed   1  run/acme/R',
      'second  failed     20  the starter said no',
      'webhook:default',
      'third   x           3',
    ]);
  });

  test('formatTable() puts notes under their rows where they do not fit beside, and leaves asides out', () => {
    expect(lines(formatTable(COLUMNS, ROWS, options(30)))).toEqual([
      'ID      TYPE        N',
      'first   completed   1',
      'second  failed     20',
      '    the starter said no',
      'third   x           3',
    ]);
  });

  test.each([19, 20, 21, 25, 40, 60, 80])('formatTable() keeps to %i columns', (width) => {
    const long: readonly Row[] = [
      {
        cells: ['first', 'a-very-long-event-type', '1'],
        group: 'g'.repeat(200),
        note: 'n'.repeat(200),
      },
    ];
    for (const line of lines(formatTable(COLUMNS, long, options(width, 'INBOX'))))
      expect(line.length).toBeLessThanOrEqual(width);
  });

  test('formatTable() cuts the middle of what may be cut, and never an id', () => {
    const [, row] = lines(
      formatTable(COLUMNS, [{ cells: ['x'.repeat(30), 'abcdefghij', '1'] }], options(40)),
    );
    expect(row).toBe(`${'x'.repeat(30)}  ab…ij  1`);
    const narrow = formatTable(
      COLUMNS,
      [{ cells: ['x'.repeat(30), 'abcdefghij', '1'] }],
      options(10),
    );
    expect(narrow).toContain('x'.repeat(30));
  });

  test('formatTable() paints rows whole, with their alignment kept', () => {
    const paint = (text: string) => `<${text}>`;
    const painted = formatTable(COLUMNS, [{ cells: ['a', 'b', '1'], paint, note: 'why' }], {
      ...options(null),
      paintNote: (text) => `[${text}]`,
    });
    expect(lines(painted)[1]).toBe('<a   b     1>  [why]');
  });
});

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('words', () => {
  test.each([
    [0, '0s ago'],
    [999, '0s ago'],
    [119 * SECOND, '119s ago'],
    [120 * SECOND, '2m ago'],
    [119 * MINUTE, '119m ago'],
    [120 * MINUTE, '2h ago'],
    [47 * HOUR, '47h ago'],
    [48 * HOUR, '2d ago'],
    [400 * DAY, '400d ago'],
    [-1, 'in 0s'],
    [-5 * MINUTE, 'in 5m'],
  ])('ageOf() says of %i ms %s', (ms, words) => {
    expect(ageOf(10 * DAY, 10 * DAY + ms)).toBe(words);
  });

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KB'],
    [1024 * 1024 - 1, '1024.0 KB'],
    [8 * 1024 * 1024, '8.0 MB'],
  ])('sizeOf() says of %i bytes %s', (bytes, words) => {
    expect(sizeOf(bytes)).toBe(words);
  });

  test('instantOf() and plural() read well', () => {
    expect(instantOf(1_760_000_000_999)).toBe('2025-10-09 08:53:20Z');
    expect([plural(0, 'time'), plural(1, 'time'), plural(2, 'try', 'tries')]).toEqual([
      '0 times',
      '1 time',
      '2 tries',
    ]);
  });

  test('printable() takes from a payload the power over the terminal', () => {
    const evil = 'a\u001B[2Jb\u009B31mc\rd\u202Ee\u200Bf\ng\u0007\u2028';
    expect(printable(evil)).toBe(
      'a\\u{1b}[2Jb\\u{9b}31mc\\u{d}d\\u{202e}e\\u{200b}f\\u{a}g\\u{7}\\u{2028}',
    );
    expect(printableLines('a\tb\nc\u001B')).toBe('a\tb\nc\\u{1b}');
    expect(printable('größe 名前 🚀')).toBe('größe 名前 🚀');
  });
});
