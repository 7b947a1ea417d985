/** Loads the reactions file as it is, without a build: Bun and Node from 22.18 on read TypeScript. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ConfigurationError } from '../variables.ts';
import { checkReactions, type Reactions } from './check.ts';

const OWN_FILE = fileURLToPath(new URL('../reactions.ts', import.meta.url));

/** Without a path, the file that comes with the worker. */
export const pathOfReactions = (path: string | undefined): string =>
  path === undefined || path === '' ? OWN_FILE : resolve(path);

/** Throws one {@link ConfigurationError} that names every fault by rule and field. */
export async function loadReactions(path: string): Promise<Reactions> {
  const checked = checkReactions(await importDefault(path));
  if (checked.ok) return checked.value;
  throw new ConfigurationError([`Cannot use reactions of ${path}:`, ...checked.error].join('\n  '));
}

async function importDefault(path: string): Promise<unknown> {
  const refuse = (reason: string) =>
    new ConfigurationError(`Cannot load reactions of ${path}: ${reason}`);
  if (!existsSync(path)) throw refuse('there is no such file');
  let module: { readonly default?: unknown };
  try {
    module = (await import(pathToFileURL(path).href)) as typeof module;
  } catch (error) {
    throw refuse(reasonOf(error));
  }
  if (module.default === undefined) throw refuse('it has no default export');
  return module.default;
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'it throws what is no error';
  const isUnread = 'code' in error && error.code === 'ERR_UNKNOWN_FILE_EXTENSION';
  return isUnread
    ? `Node ${process.versions.node} does not read TypeScript; use Node from 22.18 on, Bun, or a .js file`
    : `${error.name}: ${error.message}`;
}
