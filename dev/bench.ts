/**
 * `npm run bench -- edge`: figures about speed, side by side with what they are to be compared to. Asserts nothing: on
 * another machine, or a busy one, they are others.
 */
import { parseBenchArguments, USAGE } from './bench/arguments.ts';
import { benchEdge } from './bench/receiving/bench.ts';
import { renderReport, reportOf } from './bench/receiving/report.ts';
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
    const results = await benchEdge({
      ...wanted,
      signal: interruption.signal,
      onProgress: screen.progress,
    });
    screen.clear();
    const report = reportOf(results);
    process.stdout.write(
      wanted.isJson
        ? `${JSON.stringify({ ...report, rounds: results.rows })}\n`
        : `${renderReport(report)}\n`,
    );
    return 0;
  } catch (error) {
    if (interruption.signal.aborted) return INTERRUPTED;
    screen.line(error instanceof Error ? error.message : String(error));
    return 1;
  }
}
