/** The life of a process: start, stop once on SIGINT or SIGTERM, and one line for whatever went wrong. */
import type { Log } from './log.ts';
import { ConfigurationError } from './variables.ts';

export type Running = {
  readonly log: Log;
  readonly stop: () => Promise<void>;
  /** Settles when the process has ended by itself; rejects when it ended badly. */
  readonly ended?: Promise<unknown>;
};

/** A drain that hangs must not hold a deploy up. */
const STOP_LIMIT_MS = 30_000;

export async function runProcess(start: () => Promise<Running>): Promise<void> {
  let running: Running | null = null;
  let isStopping = false;
  const onSignal = (signal: string) => {
    if (isStopping) return;
    isStopping = true;
    if (running === null) process.exit(0); // Still starting, so nothing is in hand.
    stopRunning(running, signal);
  };
  process.once('SIGINT', () => onSignal('SIGINT'));
  process.once('SIGTERM', () => onSignal('SIGTERM'));
  try {
    running = await start();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${JSON.stringify({ level: 'fatal', msg: message })}\n`);
    process.exit(error instanceof ConfigurationError ? 78 : 1);
  }
  const { log, ended } = running;
  ended?.catch((error: unknown) => {
    log.fatal({ error: error instanceof Error ? error.message : String(error) }, 'ended badly');
    process.exit(1);
  });
}

function stopRunning({ log, stop }: Running, signal: string): void {
  log.info({ signal }, 'stopping');
  setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
  stop().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error({ error: String(error) }, 'could not stop cleanly');
      process.exit(1);
    },
  );
}
