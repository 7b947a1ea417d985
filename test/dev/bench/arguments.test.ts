import { describe, expect, test } from 'vitest';
import { parseBenchArguments } from '../../../dev/bench/arguments.ts';

describe('parseBenchArguments()', () => {
  test('parseBenchArguments() takes the name of a bench and has defaults for the rest', () => {
    expect(parseBenchArguments(['edge'])).toEqual({
      isHelp: false,
      name: 'edge',
      rounds: 5,
      seconds: 2,
      only: [],
      isJson: false,
    });
  });

  test('parseBenchArguments() reads every option', () => {
    const args = ['edge', '--rounds=3', '--seconds=0.5', '--only=a,b', '--json'];
    expect(parseBenchArguments(args)).toMatchObject({
      rounds: 3,
      seconds: 0.5,
      only: ['a', 'b'],
      isJson: true,
    });
  });

  test('parseBenchArguments() needs no name where help is asked for', () => {
    expect(parseBenchArguments(['--help'])).toMatchObject({ isHelp: true, name: null });
  });

  test.each([
    [[], 'the bench is ""'],
    [['edges'], 'the bench is "edges"'],
    [['edge', 'edge'], 'the bench is "edge edge"'],
    [['edge', '--rounds=0'], '--rounds is "0"'],
    [['edge', '--rounds=1.5'], '--rounds is "1.5"'],
    [['edge', '--seconds='], '--seconds is ""'],
    [['edge', '--seconds=Infinity'], '--seconds is "Infinity"'],
    [['edge', '--round=3'], "Unknown option '--round'"],
  ])('parseBenchArguments() refuses %j', (args, sentence) => {
    expect(() => parseBenchArguments(args)).toThrow(`Cannot read arguments: ${sentence}`);
  });
});
