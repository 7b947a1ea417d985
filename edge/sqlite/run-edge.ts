/**
 * The life of an edge process: start, stop once on SIGTERM or SIGINT, and one line for whatever went wrong. A
 * configuration that cannot be read is served as 503, which Spacelift tries again; a refused connection it may not.
 */
import process from 'node:process';
import { createLog, type Log } from '../log.ts';
import { createMisconfiguredApp } from '../misconfigured.ts';
import { buildEdge, type Edge } from './build-edge.ts';
import { EnvironmentError, readConfig, readPlace } from './environment.ts';

export type Server = {
  readonly port: number;
  /** Takes no more requests and waits for those that are running. */
  readonly close: () => Promise<void>;
};

/** Rejects or throws when it cannot listen. */
export type Serve = (fetch: Edge['fetch'], host: string, port: number) => Server | Promise<Server>;

type Running = { readonly log: Log; readonly stop: () => Promise<void> };

/** A drain that hangs must not hold a deploy up. */
const STOP_LIMIT_MS = 30_000;

/** Trying again would not change it (deploy/). */
const EXIT_BY_CONFIGURATION = 78;

export async function runEdge(serve: Serve): Promise<void> {
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
    running = await start(serve);
  } catch (error) {
    createLog('info').error(messageOf(error));
    process.exit(error instanceof EnvironmentError ? EXIT_BY_CONFIGURATION : 1);
  }
}

async function start(serve: Serve): Promise<Running> {
  const { host, port, folder } = readPlace(process.env);
  const config = readConfig(process.env);
  const log = createLog(config.ok ? config.value.logLevel : 'info');
  if (!config.ok) log.error(config.error);
  const edge = config.ok
    ? buildEdge(config.value, folder, log)
    : { ...createMisconfiguredApp(config.error, log), close: async () => {} };
  const server = await listen(serve, edge, host, port);
  const named = host.includes(':') ? `[${host}]` : host;
  log.info('edge listening', { url: `http://${named}:${server.port}` });
  return {
    log,
    async stop() {
      await server.close();
      await edge.close();
    },
  };
}

async function listen(serve: Serve, edge: Edge, host: string, port: number): Promise<Server> {
  try {
    return await serve(edge.fetch, host, port);
  } catch (cause) {
    await edge.close();
    throw new Error(`Cannot listen on ${host}:${port}: ${messageOf(cause)}`, { cause });
  }
}

function stopRunning({ log, stop }: Running, signal: string): void {
  log.info('stopping', { reason: signal });
  setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
  stop().then(
    () => process.exit(0),
    (error: unknown) => {
      log.error('Cannot stop cleanly', { error: String(error) });
      process.exit(1);
    },
  );
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
