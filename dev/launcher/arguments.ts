/** The command line of `npm start`. */
import { parseArgs } from 'node:util';
import { EDGE_RUNTIMES, type EdgeRuntime, type WorkerRuntime } from './part-names.ts';

export type StartArguments = {
  readonly isHelp: boolean;
  /** Leave after the scenarios. */
  readonly isOnce: boolean;
  /** Show every line the parts print. */
  readonly isVerbose: boolean;
  readonly workerRuntime: WorkerRuntime;
  readonly edgeRuntime: EdgeRuntime;
};

export const USAGE = `npm start -- [options]

  --once                leave after the scenarios; exit 0 only if both ended as they should
  --worker=bun|node     runtime of the worker (default bun)
  --edge=workerd|node|bun|deno
                        runtime of the edge (default workerd, as on Cloudflare)
  --verbose             show what the parts print
  --help                this text

Environment
  TEMPORAL_ADDRESS      use this Temporal server and start none (TEMPORAL_NAMESPACE, TEMPORAL_API_KEY,
                        TEMPORAL_TLS… count too)
  SPACELIFT_API_KEY_ENDPOINT, SPACELIFT_API_KEY_ID, SPACELIFT_API_KEY_SECRET
                        use this Spacelift account and start no simulator
  LOG_LEVEL             debug or info (default)`;

/** Throws a sentence for the person who typed them. */
export function parseStartArguments(args: readonly string[]): StartArguments {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        once: { type: 'boolean', default: false },
        verbose: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
        worker: { type: 'string', default: 'bun' },
        edge: { type: 'string', default: 'workerd' },
      },
    }));
  } catch (cause) {
    const [sentence] = (cause instanceof Error ? cause.message : String(cause)).split('. ');
    throw new Error(`Cannot read arguments: ${sentence}`, { cause });
  }
  const { worker } = values;
  if (worker !== 'bun' && worker !== 'node')
    throw new Error(`Cannot read arguments: --worker is "${worker}" and may be bun or node`);
  const edgeRuntime = EDGE_RUNTIMES.find((runtime) => runtime === values.edge);
  if (edgeRuntime === undefined)
    throw new Error(
      `Cannot read arguments: --edge is "${values.edge}" and may be ${EDGE_RUNTIMES.join(', ')}`,
    );
  return {
    isHelp: values.help,
    isOnce: values.once,
    isVerbose: values.verbose,
    workerRuntime: worker,
    edgeRuntime,
  };
}
