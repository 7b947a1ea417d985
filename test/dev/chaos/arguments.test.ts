import { expect, test } from 'vitest';
import { parseChaosArguments } from '../../../dev/chaos/arguments.ts';

test('parseChaosArguments() draws a seed and sends 200 deliveries by default', () => {
  const { seed, ...rest } = parseChaosArguments([]);
  expect(rest).toEqual({ isHelp: false, seeds: 1, deliveries: 200, isKept: false });
  expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32).toBe(true);
});

test('parseChaosArguments() reads every option', () => {
  expect(
    parseChaosArguments(['--seed', '0', '--seeds=20', '--deliveries=1000', '--keep', '-h']),
  ).toEqual({
    isHelp: true,
    seed: 0,
    seeds: 20,
    deliveries: 1000,
    isKept: true,
  });
});

test.each([[['--seed=4294967295', '--deliveries=20']], [['--seed=0', '--deliveries=10000']]])(
  'parseChaosArguments() takes what is just within its limits: %j',
  (args) => {
    expect(() => parseChaosArguments(args)).not.toThrow();
  },
);

test.each([
  [['--seed=4294967296']],
  [['--seed=-1']],
  [['--seed=1.5']],
  [['--seed=']],
  [['--seeds=0']],
  [['--deliveries=19']],
  [['--deliveries=10001']],
  [['--deliveries=many']],
  [['--wrong']],
  [['word']],
])('parseChaosArguments() refuses %j with one sentence', (args) => {
  expect(() => parseChaosArguments(args)).toThrow(/^Cannot read arguments: [^\n]+$/);
});
