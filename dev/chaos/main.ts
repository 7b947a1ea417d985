/**
 * `npm run chaos`: plays chaos by seeds and says whether the promises were kept. Exit 0 only if every one was; 1 if any was
 * not, or the time is over; 2 for a command line that cannot be read.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnnouncer } from '../launcher/announcer.ts';
import { createScreen, paint } from '../launcher/screen.ts';
import { type ChaosArguments, parseChaosArguments, USAGE } from './arguments.ts';
import { playChaos } from './chaos.ts';
import { checkHistory } from './checker.ts';
import { describeViolations, type Figures, figuresOf, summaryOf } from './report.ts';
import { planFaults } from './schedule.ts';
import { type PlayedSeed, tableOf } from './table.ts';

/** Start-up, coming to rest and reading; and what each delivery may take on a busy machine. */
const TIME_LIMIT = { baseMs: 90_000, perDeliveryMs: 300 };

/** What a shell makes of SIGINT. */
const INTERRUPTED = 130;

const PASSED = 'passed';

const isGood = ({ verdict }: Pick<PlayedSeed, 'verdict'>): boolean => verdict === PASSED;

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
  const played: PlayedSeed[] = [];
  for (let seed = wanted.seed; seed < wanted.seed + wanted.seeds; seed += 1)
    played.push(await playSeed(seed, wanted));
  if (wanted.seeds > 1) for (const line of ['', ...tableOf(played)]) screen.line(line);
  return played.every(isGood) ? 0 : 1;
}

async function playSeed(seed: number, { deliveries, isKept }: ChaosArguments): Promise<PlayedSeed> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'spacelift-temporal-chaos-'));
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const interrupt = () => {
    screen.line(`Interrupted; logs are in ${stateDirectory}`);
    process.exit(INTERRUPTED); // The launcher's guard ends every part, frozen ones too.
  };
  for (const name of signals) process.once(name, interrupt);
  const startedAt = Date.now();
  const judged = await playAndJudge(seed, deliveries, stateDirectory);
  for (const name of signals) process.removeListener(name, interrupt);
  if (isGood(judged) && !isKept) await rm(stateDirectory, { recursive: true, force: true });
  else screen.line(`  logs and history: ${stateDirectory}`);
  return { seed, seconds: (Date.now() - startedAt) / 1000, ...judged };
}

async function playAndJudge(
  seed: number,
  deliveries: number,
  stateDirectory: string,
): Promise<Pick<PlayedSeed, 'figures' | 'verdict'>> {
  const faults = planFaults(seed, deliveries);
  const limitMs = TIME_LIMIT.baseMs + TIME_LIMIT.perDeliveryMs * deliveries;
  const startedAt = Date.now();
  const elapsed = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
  const fail = (lines: readonly string[], figures: Figures | null) => {
    const verdict = lines[0] ?? '';
    screen.line(paint.red(`seed ${seed} failed after ${elapsed()}: ${verdict}`));
    for (const line of lines.slice(1)) screen.line(`  ${line}`);
    screen.line(`  again: npm run chaos -- --seed ${seed} --deliveries ${deliveries}`);
    return { figures, verdict };
  };

  screen.line(
    paint.bold(`Chaos of seed ${seed}: ${deliveries} deliveries, ${faults.length} faults`) +
      paint.dim(`, at most ${limitMs / 1000} s`),
  );
  const deadline = new AbortController();
  const announce = createAnnouncer(screen);
  let timer: NodeJS.Timeout | undefined;
  try {
    const { history, struck, isAtRest } = await playChaos({
      seed,
      deliveries,
      stateDirectory,
      deadline: deadline.signal,
      onPathEvent(event) {
        // Obtaining the CLI may take minutes, once.
        if (event.is === 'cli-found') timer = setTimeout(() => deadline.abort(), limitMs).unref();
        announce(event);
      },
      progress: (text) => screen.progress(`    ${text}`),
      tell: (sent, what) =>
        screen.line(`  ${elapsed().padStart(7)} ${String(sent).padStart(5)} sent  ${what}`),
    });
    await writeFile(join(stateDirectory, 'history.json'), JSON.stringify(history, null, 1));
    const figures = figuresOf(history, struck);
    const summary = `${summaryOf(figures)}, ${elapsed()}`;
    const wrong = describeViolations(history, checkHistory(history));
    if (!isAtRest)
      return fail(['the time is over before everything came to rest', summary, ...wrong], figures);
    if (wrong.length > 0) return fail([...wrong, summary], figures);
    screen.line(paint.green(`seed ${seed} passed: ${summary}`));
    return { figures, verdict: PASSED };
  } catch (error) {
    return fail([messageOf(error)], null);
  } finally {
    clearTimeout(timer);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
