/**
 * Finds the Temporal CLI, whose dev server a laptop uses: on PATH, in the project's cache, by the official download, or
 * built by Go; what is fetched or built is kept in the cache. Whether a server is needed at all (`TEMPORAL_ADDRESS`) is
 * the caller's question.
 */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { takePidLock } from './pid-lock.ts';
import { buildWithGo, downloadArchive, goInstall } from './temporal-sources.ts';

const run = promisify(execFile);

/** The newest version that both `go install` (v1.9.1 has replace lines) and the download server offer. */
const CLI_VERSION = 'v1.5.1';

/** `--version` answers in 0.1 s; a first run after installation reads 250 MB from a cold disk. */
const ANSWER_WITHIN_MS = 20_000;
const LOCK_POLL_MS = 500;
const DRAFT_PREFIX = 'draft-';

type CliSource = 'path' | 'cache' | 'download' | 'go';
export type FoundCli = { readonly path: string; readonly source: CliSource };

export type ResolveOptions = {
  readonly env?: NodeJS.ProcessEnv;
  /** Told what takes time: once a second while something does. */
  readonly onProgress?: (text: string) => void;
  /** The ways to obtain the CLI, in order; tests hand in their own. */
  readonly obtain?: readonly Obtain[];
};

/** Puts an executable `temporal` into `directory`, or throws with the reason why it cannot. */
export type Obtain = {
  readonly source: CliSource;
  readonly name: string;
  readonly into: (directory: string, surroundings: Surroundings) => Promise<void>;
};

type Surroundings = {
  readonly env: NodeJS.ProcessEnv;
  readonly onProgress: (text: string) => void;
};

const OBTAIN: readonly Obtain[] = [
  {
    source: 'download',
    name: 'download from temporal.download',
    into: (directory, { onProgress }) => downloadArchive(CLI_VERSION, directory, onProgress),
  },
  {
    source: 'go',
    name: goInstall(CLI_VERSION).join(' '),
    into: (directory, { env, onProgress }) => buildWithGo(CLI_VERSION, directory, env, onProgress),
  },
];

export class TemporalCliError extends Error {
  override readonly name = 'TemporalCliError';
}

/** Path of a CLI that runs; takes minutes where it has to be built. */
export async function resolveTemporalCli(options: ResolveOptions = {}): Promise<FoundCli> {
  const { env = process.env, obtain = OBTAIN } = options;
  const onProgress = options.onProgress ?? (() => {});
  const cached = cachedCliOf(env);
  const ready = (await findOnPath(env)) ?? (await findCached(cached));
  if (ready !== null) return ready;

  const release = await waitForLock(`${cached}.lock`, onProgress);
  try {
    return (await findCached(cached)) ?? (await obtainInto(cached, obtain, { env, onProgress }));
  } finally {
    await release();
  }
}

export const cachedCliOf = (env: NodeJS.ProcessEnv): string =>
  join(
    env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache'),
    'spacelift-temporal',
    `temporal-${CLI_VERSION}`,
    'temporal',
  );

async function findOnPath(env: NodeJS.ProcessEnv): Promise<FoundCli | null> {
  const directories = (env['PATH'] ?? '').split(delimiter).filter(Boolean);
  for (const directory of directories) {
    const path = join(directory, 'temporal');
    if (await answers(path)) return { path, source: 'path' };
  }
  return null;
}

const findCached = async (path: string): Promise<FoundCli | null> =>
  (await answers(path)) ? { path, source: 'cache' } : null;

/** There, executable, and made for this machine. */
async function answers(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    const { stdout } = await run(path, ['--version'], { timeout: ANSWER_WITHIN_MS });
    return stdout.startsWith('temporal version');
  } catch {
    return false;
  }
}

/** Everything happens in a directory beside the cached one; only a CLI that has answered is moved into place. */
async function obtainInto(
  cached: string,
  obtain: readonly Obtain[],
  surroundings: Surroundings,
): Promise<FoundCli> {
  const home = dirname(cached);
  await mkdir(home, { recursive: true });
  await removeLeftovers(home);
  const failures: string[] = [];
  for (const { source, name, into } of obtain) {
    const directory = await mkdtemp(join(home, `${DRAFT_PREFIX}${source}-`));
    try {
      await into(directory, surroundings);
      const made = join(directory, 'temporal');
      if (!(await answers(made))) throw new Error('what came does not run on this machine');
      await rename(made, cached);
      return { path: cached, source };
    } catch (error) {
      failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }
  throw new TemporalCliError(explain(cached, failures));
}

/** Drafts of killed processes; the lock is ours, so nobody is at work on them. */
async function removeLeftovers(home: string): Promise<void> {
  const names = (await readdir(home)).filter((name) => name.startsWith(DRAFT_PREFIX));
  await Promise.all(names.map((name) => rm(join(home, name), { recursive: true, force: true })));
}

const explain = (cached: string, failures: readonly string[]): string =>
  [
    'Cannot find a Temporal server: there is none on PATH or in the cache, and none could be obtained.',
    ...failures.map((failure) => `  tried    ${failure}`),
    'Any one of these helps:',
    '  - set TEMPORAL_ADDRESS to a server that runs (TEMPORAL_NAMESPACE, TEMPORAL_API_KEY, TEMPORAL_TLS… count too)',
    '  - install the Temporal CLI so that "temporal" is on PATH: https://docs.temporal.io/cli',
    `  - put the CLI's executable at ${cached}`,
    '  - let this machine reach https://temporal.download',
    '  - install Go (https://go.dev/dl) and let it reach its module proxy',
  ].join('\n');

/** One process obtains, the others wait for it and then find the cache filled. */
async function waitForLock(
  path: string,
  onProgress: (text: string) => void,
): Promise<() => Promise<void>> {
  while (true) {
    const lock = await takePidLock(path);
    if (lock.isTaken) return () => lock.release();
    onProgress(`waiting for process ${lock.holderPid}, which is obtaining the Temporal CLI`);
    await sleep(LOCK_POLL_MS);
  }
}
