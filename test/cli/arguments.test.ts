import { describe, expect, test } from 'vitest';
import { COMMAND_NAMES, parseCommand } from '../../cli/arguments.ts';
import { CommandFailure } from '../../cli/failure.ts';
import { usageOf } from '../../cli/usage.ts';

const parse = (line: string) => parseCommand(line === '' ? [] : line.split(' '));

function failureOf(line: string): readonly [number, string] {
  try {
    parse(line);
  } catch (error) {
    if (error instanceof CommandFailure) return [error.exitCode, error.message];
    throw error;
  }
  return [0, 'parsed'];
}

describe('parseCommand()', () => {
  test.each([
    ['', { name: 'help', about: null }],
    ['help', { name: 'help', about: null }],
    ['--help', { name: 'help', about: null }],
    ['-h', { name: 'help', about: null }],
    ['list -h', { name: 'help', about: 'list' }],
    ['list', { name: 'list', filter: {}, limit: 50, isJson: false }],
    [
      'list --account=acme --stack app --inbox=x --status=parked --type=failed --since=2h --until=1h --cursor=a@1 --limit=7 --json',
      {
        name: 'list',
        filter: {
          account: 'acme',
          stack: 'app',
          inbox: 'x',
          status: 'parked',
          type: 'failed',
          since: '2h',
          until: '1h',
          cursor: 'a@1',
        },
        limit: 7,
        isJson: true,
      },
    ],
    ['show d1', { name: 'show', id: 'd1', place: {}, body: 'redacted', isJson: false }],
    [
      'show d1 --body=raw --inbox=x',
      { name: 'show', id: 'd1', place: { inbox: 'x' }, body: 'raw', isJson: false },
    ],
    ['counts --account=acme', { name: 'counts', place: { account: 'acme' }, isJson: false }],
    [
      'redeliver d1 d2 --inbox=x -y',
      {
        name: 'redeliver',
        ids: ['d1', 'd2'],
        filter: { inbox: 'x' },
        limit: 50,
        isDryRun: false,
        isForced: false,
        isConfirmed: true,
        isJson: false,
      },
    ],
    [
      'redeliver --status=parked --dry-run --force --limit=999999',
      {
        name: 'redeliver',
        ids: [],
        filter: { status: 'parked' },
        limit: 999_999,
        isDryRun: true,
        isForced: true,
        isConfirmed: false,
        isJson: false,
      },
    ],
  ])('parseCommand() reads %j', (line, command) => {
    expect(parse(line)).toEqual(command);
  });

  test.each([
    ['lst', 'there is no command "lst"; there are list, show, redeliver, counts'],
    ['toString', 'there is no command "toString"; there are list, show, redeliver, counts'],
    ['list --staus=parked', "Unknown option '--staus'"],
    ['list --status', "Option '--status <value>' argument missing"],
    ['list --json=yes', "Option '--json' does not take an argument"],
    ['list extra', 'list takes no "extra"'],
    ['counts extra', 'counts takes no "extra"'],
    ['counts --status=parked', "Unknown option '--status'"],
    ['list --stack=app', '--stack needs --account'],
    ['list --status=lost', '--status is "lost" and may be pending, delivered, parked, unparsed'],
    ['list --limit=0', '--limit is "0" and may be 1 to 999999'],
    ['list --limit=1000000', '--limit is "1000000" and may be 1 to 999999'],
    ['list --limit=x', '--limit is "x" and may be 1 to 999999'],
    ['show', 'show takes one delivery id'],
    ['show d1 d2', 'show takes one delivery id'],
    ['show ..', '".." is no delivery id'],
    ['show a/b', '"a/b" is no delivery id'],
    ['show d1 --body=all', '--body is "all" and may be redacted, raw, none'],
    ['redeliver', 'redeliver takes either delivery ids or a filter'],
    ['redeliver --force --yes', 'redeliver takes either delivery ids or a filter'],
    ['redeliver --cursor=a@1', 'redeliver takes either delivery ids or a filter'],
    ['redeliver d1 --status=parked', 'redeliver takes either delivery ids or a filter'],
  ])('parseCommand() refuses %j', (line, sentence) => {
    const [exitCode, message] = failureOf(line);
    expect(exitCode).toBe(2);
    expect(message).toContain('Cannot read arguments: ');
    expect(message).toContain(sentence);
  });
});

describe('usageOf()', () => {
  test('usageOf() fits a terminal of 90 columns and names every command', () => {
    for (const command of [null, ...COMMAND_NAMES])
      for (const line of usageOf(command).split('\n')) expect(line.length).toBeLessThanOrEqual(90);
    for (const command of COMMAND_NAMES) {
      expect(usageOf(null)).toContain(`\n  ${command} `);
      expect(usageOf(command)).toContain(`npm run inbox -- ${command}`);
    }
  });

  test.each(COMMAND_NAMES)('usageOf() tells every option of %s, and no other', (command) => {
    const told = [...usageOf(command).matchAll(/^ {2}--([a-z-]+)/gm)].map(([, name]) => name);
    const needed = command === 'show' ? ['d1'] : [];
    for (const name of told) {
      const value = /limit/.test(String(name)) ? '=1' : '';
      const [, message] = failureOf([command, ...needed, `--${name}${value}`].join(' '));
      expect(message).not.toContain('Unknown option');
    }
    expect(told).toContain('json');
  });
});
