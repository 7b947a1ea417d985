/** The command line: a closed set of commands and options, so that a misspelt filter never means everything. */
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import type { ListQuery } from './client.ts';
import { usageFailure } from './failure.ts';

export type Place = Pick<ListQuery, 'inbox' | 'account' | 'stack'>;
export type Filter = Place & Pick<ListQuery, 'status' | 'type' | 'since' | 'until' | 'cursor'>;

type Common = { readonly isJson: boolean };

export type Command =
  | { readonly name: 'help'; readonly about: CommandName | null }
  | (Common & { readonly name: 'list'; readonly filter: Filter; readonly limit: number })
  | (Common & {
      readonly name: 'show';
      readonly id: string;
      readonly place: Place;
      readonly body: 'redacted' | 'raw' | 'none';
    })
  | (Common & { readonly name: 'counts'; readonly place: Place })
  | (Common & {
      readonly name: 'redeliver';
      readonly ids: readonly string[];
      readonly filter: Filter;
      readonly limit: number;
      readonly isDryRun: boolean;
      readonly isForced: boolean;
      readonly isConfirmed: boolean;
    });

export const COMMAND_NAMES = ['list', 'show', 'redeliver', 'counts'] as const;
export type CommandName = (typeof COMMAND_NAMES)[number];

const STATUSES = ['pending', 'delivered', 'parked', 'unparsed'] as const;
const BODIES = ['redacted', 'raw', 'none'] as const;
const DEFAULT_LIMIT = '50';

const PLACE = {
  inbox: { type: 'string' },
  account: { type: 'string' },
  stack: { type: 'string' },
} as const;

const FILTER = {
  ...PLACE,
  status: { type: 'string' },
  type: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  cursor: { type: 'string' },
  limit: { type: 'string', default: DEFAULT_LIMIT },
} as const;

const COMMON = {
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const REDELIVER = {
  ...FILTER,
  'dry-run': { type: 'boolean', short: 'n', default: false },
  force: { type: 'boolean', default: false },
  yes: { type: 'boolean', short: 'y', default: false },
} as const;

/** Throws a usage failure for whoever typed them. */
export function parseCommand(args: readonly string[]): Command {
  const [name, ...rest] = args;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h')
    return { name: 'help', about: null };
  if (!isCommandName(name))
    throw usageFailure(
      `Cannot read arguments: there is no command "${name}"; there are ${COMMAND_NAMES.join(', ')}`,
    );
  const options = {
    list: FILTER,
    show: { ...PLACE, body: FILTER.type },
    redeliver: REDELIVER,
    counts: PLACE,
  };
  const { values, positionals } = read(rest, { ...options[name], ...COMMON });
  if (values['help'] === true) return { name: 'help', about: name };
  const text = (option: string) => values[option] as string | undefined;
  const is = (option: string) => values[option] === true;
  const place = defined({ inbox: text('inbox'), account: text('account'), stack: text('stack') });
  if (place.stack !== undefined && place.account === undefined)
    throw usageFailure('Cannot read arguments: --stack needs --account');
  const isJson = is('json');
  if (name === 'show') {
    const [id, second] = positionals;
    if (id === undefined || second !== undefined)
      throw usageFailure('Cannot read arguments: show takes one delivery id');
    if (!/^[\w-]+$/.test(id))
      throw usageFailure(`Cannot read arguments: "${id}" is no delivery id`);
    return { name, id, place, body: oneOf('body', text('body') ?? 'redacted', BODIES), isJson };
  }
  if (name !== 'redeliver' && positionals.length > 0)
    throw usageFailure(`Cannot read arguments: ${name} takes no "${positionals[0]}"`);
  if (name === 'counts') return { name, place, isJson };
  const filter = { ...place, ...filterOf(text) };
  const limit = limitOf(text('limit') ?? DEFAULT_LIMIT);
  if (name === 'list') return { name, filter, limit, isJson };
  const { cursor: _, ...criteria } = filter;
  const isWhole = positionals.length === 0 && Object.keys(criteria).length === 0;
  const isBoth = positionals.length > 0 && Object.keys(filterOf(text)).length > 0;
  if (isWhole || isBoth)
    throw usageFailure('Cannot read arguments: redeliver takes either delivery ids or a filter');
  return {
    name,
    ids: positionals,
    filter,
    limit,
    isDryRun: is('dry-run'),
    isForced: is('force'),
    isConfirmed: is('yes'),
    isJson,
  };
}

function read(args: readonly string[], options: ParseArgsOptionsConfig) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    const [sentence] = (cause instanceof Error ? cause.message : String(cause)).split('. ');
    throw usageFailure(`Cannot read arguments: ${sentence}`);
  }
}

const filterOf = (text: (option: string) => string | undefined): Omit<Filter, keyof Place> => {
  const status = text('status');
  return defined({
    status: status === undefined ? undefined : oneOf('status', status, STATUSES),
    type: text('type'),
    since: text('since'),
    until: text('until'),
    cursor: text('cursor'),
  });
};

function oneOf<const Choice extends string>(
  option: string,
  text: string,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((each) => each === text);
  if (choice === undefined)
    throw usageFailure(
      `Cannot read arguments: --${option} is "${text}" and may be ${choices.join(', ')}`,
    );
  return choice;
}

function limitOf(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text))
    throw usageFailure(`Cannot read arguments: --limit is "${text}" and may be 1 to 999999`);
  return Number(text);
}

type Defined<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

/** Options that were not given are left out. */
const defined = <T extends object>(options: T): Defined<T> =>
  Object.fromEntries(
    Object.entries(options).filter(([, option]) => option !== undefined),
  ) as Defined<T>;

const isCommandName = (name: string): name is CommandName =>
  COMMAND_NAMES.some((each) => each === name);
