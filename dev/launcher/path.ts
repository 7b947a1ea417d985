/**
 * Brings up the whole path of a delivery on one machine: Temporal, simulator, worker, starter and edge, each as a
 * process of its own. `npm start` and the end-to-end tests both come through here. Prints nothing; whoever calls hears
 * what goes on.
 */
import { join } from 'node:path';
import { bringUp, createFate, type Parts, stopInOrder } from './bring-up.ts';
import type { PartName } from './part-names.ts';
import { specsOf } from './parts.ts';
import type { OnPathEvent } from './path-event.ts';
import { makePlan, type Plan, type PlanOptions, urlOf, wantedParts } from './plan.ts';
import { createSupervisor, type Death, type Part } from './processes.ts';
import type { Secrets } from './secrets.ts';
import type { SpaceliftTarget } from './spacelift-target.ts';
import { openStateDirectory } from './state-directory.ts';
import { type FoundCli, resolveTemporalCli } from './temporal-cli.ts';
import type { TemporalTarget } from './temporal-connection.ts';
import { PROJECT_ROOT } from './toolchain.ts';

export type PathOptions = PlanOptions & {
  /** Default `.dev` in the project; a temporary directory when another launcher has it. */
  readonly stateDirectory?: string;
  /** Only these; default all that the environment asks for. */
  readonly parts?: readonly PartName[];
  readonly onEvent?: OnPathEvent;
  /** Hears every line that a part prints. */
  readonly onLine?: (name: PartName, line: string) => void;
  /** A part died unasked after the path was up. */
  readonly onDeath?: (death: Death) => void;
  /** Aborting ends a path that is still coming up. */
  readonly signal?: AbortSignal;
};

export type Path = {
  readonly urls: Readonly<Record<'edge' | 'starter' | 'simulator' | 'worker', string>> & {
    /** Null on somebody else's server. */
    readonly temporalUi: string | null;
    readonly workerSdkMetrics: string;
  };
  readonly temporal: TemporalTarget;
  /** The CLI that runs the server; null on somebody else's server. */
  readonly cliPath: string | null;
  readonly spacelift: SpaceliftTarget;
  readonly secrets: Secrets;
  readonly stateDirectory: string;
  readonly logDirectory: string;
  /** The parts that were started, in the order of `PART_NAMES`. */
  readonly parts: readonly Part[];
  /** A part by its name; throws when it was not started. */
  readonly part: (name: PartName) => Part;
  /** Ends every part, the first of the path first, and gives the state directory back. */
  readonly stop: () => Promise<void>;
};

export async function startPath(options: PathOptions = {}): Promise<Path> {
  const { signal } = options;
  const onEvent = options.onEvent ?? (() => {});
  const state = await openStateDirectory(options.stateDirectory ?? join(PROJECT_ROOT, '.dev'));
  if (state.otherPid !== null)
    onEvent({ is: 'state-elsewhere', directory: state.path, otherPid: state.otherPid });

  let close = () => state.release();
  try {
    const plan = await makePlan(state.path, options, onEvent);
    const names = wantedParts(plan, options.parts);
    const cli = names.includes('temporal')
      ? await unlessAborted(signal, findCli(plan, onEvent))
      : null;

    const fate = createFate(options.onDeath);
    const supervisor = createSupervisor({ logDirectory: plan.logDirectory, onDeath: fate.report });
    close = async () => {
      await supervisor.close();
      await state.release();
    };
    const specs = specsOf(plan, cli?.path ?? '');
    const parts = new Map(names.map((name) => [name, supervisor.add(specs[name])]));
    if (options.onLine !== undefined) listenTo(parts, options.onLine);
    await unlessAborted(signal, Promise.race([fate.death, bringUp(parts, plan, onEvent)]));
    fate.arrive();
    return handlesOf(plan, parts, cli, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function listenTo(parts: Parts, onLine: (name: PartName, line: string) => void): void {
  for (const [name, part] of parts) part.listen((line) => onLine(name, line));
}

async function findCli(plan: Plan, onEvent: OnPathEvent): Promise<FoundCli> {
  const onProgress = (text: string) => onEvent({ is: 'obtaining', text });
  const cli = await resolveTemporalCli({ env: plan.hostEnv, onProgress });
  onEvent({ is: 'cli-found', cli });
  return cli;
}

function handlesOf(
  plan: Plan,
  parts: Parts,
  cli: FoundCli | null,
  close: () => Promise<void>,
): Path {
  const { ports, temporal, spacelift, secrets, stateDirectory, logDirectory } = plan;
  let stopping: Promise<void> | null = null;
  const stopAll = async () => {
    await stopInOrder(parts);
    await close();
  };
  return {
    urls: {
      edge: urlOf(ports.edge),
      starter: urlOf(ports.starter),
      simulator: urlOf(ports.simulator),
      worker: urlOf(ports.worker),
      workerSdkMetrics: urlOf(ports.workerSdkMetrics),
      temporalUi: temporal.isOurs ? urlOf(ports.temporalUi) : null,
    },
    temporal,
    cliPath: cli?.path ?? null,
    spacelift,
    secrets,
    stateDirectory,
    logDirectory,
    parts: [...parts.values()],
    part(name) {
      const part = parts.get(name);
      if (part === undefined) throw new Error(`Cannot find part ${name}: it was not started`);
      return part;
    },
    stop: () => (stopping ??= stopAll()),
  };
}

/** Aborting leaves the work behind; what it started is ended by {@link startPath}'s own clean-up. */
async function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(new Error('Cannot bring up the path: interrupted'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
