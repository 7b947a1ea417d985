/**
 * `npm start`: the whole path on real parts, the scenarios, and then a place to try things until Ctrl-C. With
 * `--once` it leaves after the scenarios.
 */
import { createAnnouncer } from './launcher/announcer.ts';
import { parseStartArguments, type StartArguments, USAGE } from './launcher/arguments.ts';
import { PartFailure } from './launcher/bring-up.ts';
import { tellHowToGoOn } from './launcher/closing-words.ts';
import { type Ending, type Endings, listenForEndings } from './launcher/endings.ts';
import { type Path, startPath } from './launcher/path.ts';
import type { Death, Part } from './launcher/processes.ts';
import { createRevival } from './launcher/revival.ts';
import { playScenarios } from './launcher/scenario-run.ts';
import { createScreen, paint } from './launcher/screen.ts';
import { tellWorkerRuntime } from './launcher/worker-statement.ts';

/** What a shell makes of SIGINT. */
const INTERRUPTED = 130;
/** Enough of a dead part's last words to see why; the log file has all of them. */
const OBITUARY_LINES = 12;
const OBITUARY_COLUMNS = 300;

const screen = createScreen();

process.exit(await start(process.argv.slice(2)));

async function start(args: readonly string[]): Promise<number> {
  let wanted: StartArguments;
  try {
    wanted = parseStartArguments(args);
  } catch (error) {
    screen.line(paint.red(messageOf(error)));
    screen.line(USAGE);
    return 2;
  }
  if (wanted.isHelp) {
    screen.line(USAGE);
    return 0;
  }
  const endings = listenForEndings();
  try {
    return await live(await comeUp(wanted, endings), wanted, endings);
  } catch (error) {
    if (endings.signal.aborted) {
      screen.line('Interrupted; everything that was started is stopped.');
      return INTERRUPTED;
    }
    tellFailure(error);
    return 1;
  }
}

async function comeUp(
  { workerRuntime, edgeRuntime, isVerbose, isOnce }: StartArguments,
  endings: Endings,
): Promise<Path> {
  const giveUp = ({ part, how }: Death) =>
    endings.die(obituaryOf(part, `${part.name} ended with ${how}`));
  const revive = createRevival({
    tell: (text) => screen.line(paint.yellow(text)),
    giveUp,
    signal: endings.signal,
  });
  screen.line(paint.bold('Starting the path: Spacelift → edge → starter → Temporal → worker'));
  const path = await startPath({
    workerRuntime,
    edgeRuntime,
    signal: endings.signal,
    onEvent: createAnnouncer(screen),
    onDeath: isOnce ? giveUp : revive,
    ...(isVerbose && {
      onLine: (name, line) => screen.line(paint.dim(`${name.padEnd(10)}│ ${line}`)),
    }),
  });
  return path;
}

/** From "everything is up" to "everything is stopped". */
async function live(path: Path, { isOnce }: StartArguments, endings: Endings): Promise<number> {
  let isGood = false;
  let ending: Ending | null = null;
  try {
    await tellWorkerRuntime(path, screen);
    const played = path.spacelift.isSimulated ? playScenarios(path, screen, endings.signal) : true;
    const first = await Promise.race([played, endings.first]);
    if (typeof first === 'object') ending = first;
    else isGood = first;
    if (!isOnce && ending === null) {
      tellHowToGoOn(path, screen);
      screen.line();
      screen.line(
        `Everything stays up, and what dies is started again. ${paint.bold('Ctrl-C')} stops it.`,
      );
      ending = await endings.first;
    } else if (!path.spacelift.isSimulated) tellHowToGoOn(path, screen);
  } finally {
    if (ending?.by === 'death') screen.line(ending.text);
    await takeDown(path);
  }
  if (ending?.by === 'death') return 1;
  if (ending !== null && isOnce) return INTERRUPTED;
  return isGood ? 0 : 1;
}

async function takeDown(path: Path): Promise<void> {
  const startedAt = Date.now();
  screen.line();
  screen.progress('Stopping edge, starter, worker, Temporal …');
  await path.stop();
  screen.line(`Stopped everything in ${((Date.now() - startedAt) / 1000).toFixed(1)} s.`);
}

function tellFailure(error: unknown): void {
  screen.line();
  screen.line(
    error instanceof PartFailure
      ? obituaryOf(error.part, error.message)
      : paint.red(messageOf(error)),
  );
}

function obituaryOf(part: Part, what: string): string {
  const lines = part
    .lastLines()
    .slice(-OBITUARY_LINES)
    .map((line) => `  ${paint.dim(line.slice(0, OBITUARY_COLUMNS))}`);
  return [paint.red(what), ...lines, `  whole log: ${part.logFile}`].join('\n');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
