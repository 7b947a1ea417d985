import { expect, test } from 'vitest';
import { parseStartArguments } from '../../../dev/launcher/arguments.ts';

test('parseStartArguments() stays up with a worker on Bun by default', () => {
  expect(parseStartArguments([])).toEqual({
    isHelp: false,
    isOnce: false,
    isVerbose: false,
    workerRuntime: 'bun',
  });
});

test('parseStartArguments() reads every option', () => {
  expect(parseStartArguments(['--once', '--verbose', '--worker=node', '-h'])).toEqual({
    isHelp: true,
    isOnce: true,
    isVerbose: true,
    workerRuntime: 'node',
  });
});

test.each([['--worker=deno'], ['--wrong'], ['word']])(
  'parseStartArguments() refuses %j with one sentence',
  (argument) => {
    expect(() => parseStartArguments([argument])).toThrow(/^Cannot read arguments: [^\n]+$/);
  },
);
