/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';

export const BENCH_NAMES = ['edge', 'temporal', 'propagation', 'unheard'] as const;

export type BenchName = (typeof BENCH_NAMES)[number];

export type BenchArguments = {
  readonly isHelp: boolean;
  /** Null only where help is asked for. */
  readonly name: BenchName | null;
  readonly rounds: number;
  readonly seconds: number;
  /** Rows wanted; all when empty. */
  readonly only: readonly string[];
  readonly isJson: boolean;
};

const DEFAULT_ROUNDS = 5;
const DEFAULT_SECONDS = 2;

export const USAGE = `npm run bench -- <${BENCH_NAMES.join('|')}> [options]

  --rounds=N      how often each row is measured (default ${DEFAULT_ROUNDS}); the table shows medians
  --seconds=N     how long one measurement of edge takes (default ${DEFAULT_SECONDS})
  --only=a,b      only these rows, or experiments of temporal
  --json          all figures of all rounds, for programs
  --help          this text`;

/** Throws a sentence for the person who typed them. */
export function parseBenchArguments(args: readonly string[]): BenchArguments {
  const { values, positionals } = parse(args);
  const [first, ...others] = positionals;
  const name = BENCH_NAMES.find((known) => known === first) ?? null;
  if (!values.help && (name === null || others.length > 0))
    throw new Error(
      `Cannot read arguments: the bench is "${positionals.join(' ')}" and may be ${BENCH_NAMES.join(' or ')}`,
    );
  return {
    isHelp: values.help,
    name,
    rounds: positive('rounds', values.rounds, Number.isSafeInteger),
    seconds: positive('seconds', values.seconds, Number.isFinite),
    only: values.only.split(',').filter((id) => id !== ''),
    isJson: values.json,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: String(DEFAULT_ROUNDS) },
        seconds: { type: 'string', default: String(DEFAULT_SECONDS) },
        only: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (cause) {
    const [sentence] = (cause instanceof Error ? cause.message : String(cause)).split('. ');
    throw new Error(`Cannot read arguments: ${sentence}`, { cause });
  }
}

function positive(option: string, text: string, isFit: (number: number) => boolean): number {
  const number = Number(text);
  if (text.trim() === '' || !isFit(number) || number <= 0)
    throw new Error(`Cannot read arguments: --${option} is "${text}" and must be a number over 0`);
  return number;
}
