/**
 * `npm run bench -- edge|temporal`: figures about speed, side by side with what they are to be compared to. Asserts nothing: on
 * another machine, or a busy one, they are others.
 */
import { type BenchArguments, parseBenchArguments, USAGE } from './bench/arguments.ts';
import { benchEdge } from './bench/receiving/bench.ts';
import { renderReport, reportOf } from './bench/receiving/report.ts';
import { compare } from './bench/experiment.ts';
import { renderExperiment } from './bench/experiment-report.ts';
import { benchTemporal } from './bench/temporal/bench.ts';
import { createScreen } from './launcher/screen.ts';

/** What a shell makes of SIGINT. */
const INTERRUPTED = 130;

process.exitCode = await bench(process.argv.slice(2));

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
    const printed =
      wanted.name === 'temporal' ? await temporal(surroundings) : await edge(surroundings);
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

async function temporal(wanted: Wanted): Promise<string> {
  const results = await benchTemporal(wanted);
  return wanted.isJson
    ? JSON.stringify(
        results.map((result) => ({
          id: result.experiment.id,
          rounds: Object.fromEntries(result.rounds),
          comparisons: compare(result),
        })),
      )
    : results.map(renderExperiment).join('\n\n');
}
