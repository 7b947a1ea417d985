/** The command line of `npm run chaos`. */
import { parseArgs } from 'node:util';
import { drawSeed, SEEDS_LIMIT } from '../random.ts';

export type ChaosArguments = {
  readonly isHelp: boolean;
  /** The first of them. */
  readonly seed: number;
  /** How many seeds are played, one after the other. */
  readonly seeds: number;
  /** About how many deliveries the simulator shall send. */
  readonly deliveries: number;
  /** Keep the state directory even when all is well. */
  readonly isKept: boolean;
};

const SEEDS = { default: 1, least: 1, most: 1000 };
const DELIVERIES = { default: 200, least: 20, most: 10_000 };

export const USAGE = `npm run chaos -- [options]

  --seed=N          decides about runs, webhooks and faults: the same seed, the same schedule (default: drawn, and shown)
  --seeds=N         that many, one after the other: this seed and those that follow it (default ${SEEDS.default}); ends with a table
  --deliveries=N    about how many deliveries are sent, ${DELIVERIES.least} to ${DELIVERIES.most} (default ${DELIVERIES.default})
  --keep            keep the state directory, with logs and history, even when all is well
  --help            this text

Brings up the whole path, has runs made and sends intents, kills, freezes and restarts every part meanwhile, lets webhooks
and API go wrong, and then decides from what was recorded: everything acknowledged was kept and handled, each once and in
order; each run was followed to its end; each intent got one run of its own; people were told. Exit 0 only if so.`;

/** Throws a sentence for the person who typed them. */
export function parseChaosArguments(args: readonly string[]): ChaosArguments {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        seed: { type: 'string' },
        seeds: { type: 'string', default: String(SEEDS.default) },
        deliveries: { type: 'string', default: String(DELIVERIES.default) },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }));
  } catch (cause) {
    const [sentence] = (cause instanceof Error ? cause.message : String(cause)).split('. ');
    throw new Error(`Cannot read arguments: ${sentence}`, { cause });
  }
  const { seed, seeds, deliveries, keep, help } = values;
  return {
    isHelp: help,
    seed: seed === undefined ? drawSeed() : wholeNumber('seed', seed, 0, SEEDS_LIMIT - 1),
    seeds: wholeNumber('seeds', seeds, SEEDS.least, SEEDS.most),
    deliveries: wholeNumber('deliveries', deliveries, DELIVERIES.least, DELIVERIES.most),
    isKept: keep,
  };
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= least && number <= most))
    throw new Error(
      `Cannot read arguments: --${name} is "${text}" and may be a whole number from ${least} to ${most}`,
    );
  return number;
}
