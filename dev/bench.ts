/**
 * `npm run bench -- edge|temporal|propagation|unheard`: figures about speed, side by side with what they are to be compared to. Asserts nothing: on
 * another machine, or a busy one, they are others.
 */
import {
  type BenchArguments,
  type BenchName,
  parseBenchArguments,
  USAGE,
} from './bench/arguments.ts';
import { benchEdge } from './bench/receiving/bench.ts';
import { renderReport, reportOf } from './bench/receiving/report.ts';
import { compare, type Results } from './bench/experiment.ts';
import { renderExperiment } from './bench/experiment-report.ts';
import { benchPropagation } from './bench/propagation/bench.ts';
import { benchTemporal } from './bench/temporal/bench.ts';
import { benchUnheard } from './bench/unheard/bench.ts';
import { createScreen } from './launcher/screen.ts';

/** What a shell makes of SIGINT. */
const INTERRUPTED = 130;

async function bench(args: readonly string[]): Promise<number> {
  // What is under way goes beside the result, so that the result can be piped.
  const screen = createScreen(process.stderr);
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => interruption.abort());
  try {
    const wanted = parseBenchArguments(args);
    if (wanted.isHelp) {
      process.stdout.write(`${USAGE}\n`);
      return 0;
    }
    const surroundings = {
      ...wanted,
      signal: interruption.signal,
      onProgress: screen.progress,
    };
    const printed = await PRINTED_BY[wanted.name ?? 'edge'](surroundings);
    screen.clear();
    process.stdout.write(`${printed}\n`);
    return 0;
  } catch (error) {
    if (interruption.signal.aborted) return INTERRUPTED;
    screen.line(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

type Wanted = BenchArguments & {
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
};

async function edge(wanted: Wanted): Promise<string> {
  const results = await benchEdge(wanted);
  const report = reportOf(results);
  return wanted.isJson ? JSON.stringify({ ...report, rounds: results.rows }) : renderReport(report);
}

const experiments =
  (bench: (wanted: Wanted) => Promise<readonly Results[]>) =>
  async (wanted: Wanted): Promise<string> => {
    const results = await bench(wanted);
    return wanted.isJson
      ? JSON.stringify(
          results.map((result) => ({
            id: result.experiment.id,
            rounds: Object.fromEntries(result.rounds),
            comparisons: compare(result),
          })),
        )
      : results.map(renderExperiment).join('\n\n');
  };

const PRINTED_BY: Readonly<Record<BenchName, (wanted: Wanted) => Promise<string>>> = {
  edge,
  temporal: experiments(benchTemporal),
  propagation: experiments(benchPropagation),
  unheard: experiments(benchUnheard),
};

process.exitCode = await bench(process.argv.slice(2));
