/**
 * `npm run chaos`: plays one chaos and judges it. Exit 0 when every promise was kept; 1 with the seed and the first
 * broken line when not; 2 for arguments that cannot be read.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnnouncer } from '../launcher/announcer.ts';
import { createScreen, paint } from '../launcher/screen.ts';
import { type ChaosArguments, parseChaosArguments, USAGE } from './arguments.ts';
import { playChaos } from './chaos.ts';
import { checkHistory } from './checker.ts';
import { describeViolations, summaryOf } from './report.ts';
import { planFaults } from './schedule.ts';

/** Start-up, coming to rest and reading; and what each delivery may take on a busy machine. */
const TIME_LIMIT = { baseMs: 60_000, perDeliveryMs: 300 };

/** What a shell makes of SIGINT. */
const INTERRUPTED = 130;

const screen = createScreen();

process.exit(await main(process.argv.slice(2)));

async function main(args: readonly string[]): Promise<number> {
  let wanted: ChaosArguments;
  try {
    wanted = parseChaosArguments(args);
  } catch (error) {
    screen.line(paint.red(messageOf(error)));
    screen.line(USAGE);
    return 2;
  }
  if (wanted.isHelp) {
    screen.line(USAGE);
    return 0;
  }
  const stateDirectory = await mkdtemp(join(tmpdir(), 'spacelift-temporal-chaos-'));
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(name, () => {
      screen.line(`Interrupted; logs are in ${stateDirectory}`);
      process.exit(INTERRUPTED); // The launcher's guard ends every part, frozen ones too.
    });
  const isGood = await playAndJudge(wanted, stateDirectory);
  if (isGood && !wanted.isKept) await rm(stateDirectory, { recursive: true, force: true });
  else screen.line(`  logs and history: ${stateDirectory}`);
  return isGood ? 0 : 1;
}

async function playAndJudge(
  { seed, deliveries }: ChaosArguments,
  stateDirectory: string,
): Promise<boolean> {
  const faults = planFaults(seed, deliveries);
  const limitMs = TIME_LIMIT.baseMs + TIME_LIMIT.perDeliveryMs * deliveries;
  const startedAt = Date.now();
  const elapsed = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  const fail = (lines: readonly string[]) => {
    screen.line(paint.red(`seed ${seed} failed after ${elapsed()}: ${lines[0]}`));
    for (const line of lines.slice(1)) screen.line(`  ${line}`);
    screen.line(`  again: npm run chaos -- --seed ${seed} --deliveries ${deliveries}`);
    return false;
  };

  screen.line(
    paint.bold(`Chaos of seed ${seed}: ${deliveries} deliveries, ${faults.length} faults`) +
      paint.dim(`, at most ${limitMs / 1000} s`),
  );
  const deadline = new AbortController();
  const announce = createAnnouncer(screen);
  try {
    const { history, struck, isAtRest } = await playChaos({
      seed,
      deliveries,
      stateDirectory,
      deadline: deadline.signal,
      onPathEvent(event) {
        // Obtaining the CLI may take minutes, once.
        if (event.is === 'cli-found') setTimeout(() => deadline.abort(), limitMs).unref();
        announce(event);
      },
      progress: (text) => screen.progress(`    ${text}`),
      tell: (sent, what) =>
        screen.line(`  ${elapsed().padStart(7)} ${String(sent).padStart(5)} sent  ${what}`),
    });
    await writeFile(join(stateDirectory, 'history.json'), JSON.stringify(history, null, 1));
    const summary = `${summaryOf(history, struck)}, ${elapsed()}`;
    const violations = checkHistory(history);
    if (!isAtRest)
      return fail([
        `the time is over before everything came to rest`,
        summary,
        ...describeViolations(history, violations),
      ]);
    if (violations.length > 0) return fail([...describeViolations(history, violations), summary]);
    screen.line(paint.green(`seed ${seed} passed: ${summary}`));
    return true;
  } catch (error) {
    return fail([messageOf(error)]);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
