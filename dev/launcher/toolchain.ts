/** Where the installed tools are, independent of the PATH of whoever runs the launcher. */
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Env = Readonly<Record<string, string>>;

export const PROJECT_ROOT = fileURLToPath(new URL('../..', import.meta.url));

const BIN = join(PROJECT_ROOT, 'node_modules', '.bin');

const installed = (name: string): string => {
  const path = join(BIN, name);
  if (!existsSync(path)) throw new Error(`Cannot find "${name}": run npm install first`);
  return path;
};

/** Node that runs TypeScript as it is; the system's own may be older. */
export const nodePath = (): string => installed('node');

export const bunPath = (): string => installed('bun');

const denoPath = (): string => installed('deno');

export const wranglerScript = (): string => {
  installed('wrangler');
  return join(PROJECT_ROOT, 'node_modules', 'wrangler', 'bin', 'wrangler.js');
};

const EDGE_PATHS = { node: nodePath, bun: bunPath, deno: denoPath };

/** Where the scripts have the edge keep its inboxes. */
const SCRIPT_FOLDER = '.edge';

/** What `npm run edge:<runtime>` says, by the words. */
export function edgeScript(runtime: keyof typeof EDGE_PATHS): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as {
    scripts: Readonly<Record<string, string>>;
  };
  return (scripts[`edge:${runtime}`] ?? '').split(' ');
}

/** That script with its inboxes in `folder`, allowed to read some more variables. */
export function edgeCommand(
  runtime: keyof typeof EDGE_PATHS,
  folder: string,
  variables: readonly string[] = [],
) {
  const args = edgeScript(runtime)
    .slice(1)
    .map((word) => word.replace(`=${SCRIPT_FOLDER}`, `=${folder}`))
    .map((word) => (word.startsWith('--allow-env=') ? [word, ...variables].join() : word));
  return { command: EDGE_PATHS[runtime](), args };
}

/** Levels that every part knows. Nothing quieter: the launcher shows what the worker says about a failed run. */
const LOG_LEVELS = ['debug', 'info'];

/**
 * What every part inherits: the caller's environment, the installed tools first on PATH, and no proxy between parts
 * (gRPC and wrangler honour proxy variables for loopback addresses too).
 */
export function inheritedEnv(env: NodeJS.ProcessEnv): Env {
  const defined = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  const noProxy = [env['NO_PROXY'] ?? env['no_proxy'], '127.0.0.1', 'localhost']
    .filter(Boolean)
    .join(',');
  const logLevel = env['LOG_LEVEL'] ?? '';
  return {
    ...Object.fromEntries(defined),
    LOG_LEVEL: LOG_LEVELS.includes(logLevel) ? logLevel : 'info',
    PATH: [BIN, env['PATH']].filter(Boolean).join(delimiter),
    NO_PROXY: noProxy,
    no_proxy: noProxy,
    NO_COLOR: '1',
  };
}

const CREDENTIALS =
  /^(?:TEMPORAL_|CLOUDFLARE_|SPACELIFT_ACCOUNT$|SPACELIFT_API_KEY_|SPACELIFT_.*SECRET|PAYLOAD_KEYS$)/;

/** Credentials of one part are none of another's business: each gets its own by name. */
export const withoutServices = (env: Env): Env =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !CREDENTIALS.test(name)));
