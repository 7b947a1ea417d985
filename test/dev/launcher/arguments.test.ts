import { expect, test } from 'vitest';
import { parseStartArguments } from '../../../dev/launcher/arguments.ts';

test('parseStartArguments() stays up with a worker on Bun and an edge on workerd by default', () => {
  expect(parseStartArguments([])).toEqual({
    isHelp: false,
    isOnce: false,
    isVerbose: false,
    workerRuntime: 'bun',
    edgeRuntime: 'workerd',
  });
});

test('parseStartArguments() reads every option', () => {
  expect(
    parseStartArguments(['--once', '--verbose', '--worker=node', '--edge=deno', '-h']),
  ).toEqual({
    isHelp: true,
    isOnce: true,
    isVerbose: true,
    workerRuntime: 'node',
    edgeRuntime: 'deno',
  });
});

test.each([['--worker=deno'], ['--edge=lambda'], ['--wrong'], ['word']])(
  'parseStartArguments() refuses %j with one sentence',
  (argument) => {
    expect(() => parseStartArguments([argument])).toThrow(/^Cannot read arguments: [^\n]+$/);
  },
);
