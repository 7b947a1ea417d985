/** A copy of what this repository's index and work tree hold, to which an example of CONTRIBUTING.md is applied. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;

const run = (cwd: string, command: string, args: readonly string[], env = process.env) =>
  promisify(execFile)(command, [...args], { cwd, env, maxBuffer: OUTPUT_LIMIT_BYTES });

export async function createCleanCopy() {
  const directory = await mkdtemp(join(tmpdir(), 'example-'));
  const { stdout } = await run(ROOT, 'git', ['ls-files', '-z', '-co', '--exclude-standard']);
  const paths = stdout.split('\0').filter((path) => path !== '' && !isHistory(path));
  for (const path of paths) await cp(join(ROOT, path), join(directory, path)).catch(ignoreMissing);
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  const { VITEST: _vitest, VITEST_POOL_ID: _pool, VITEST_WORKER_ID: _worker, ...env } = process.env;
  return {
    directory,
    apply: (patch: string, ...options: readonly string[]) =>
      run(directory, 'git', ['apply', '--verbose', ...options, join(ROOT, patch)]),
    /** A tool of node_modules. What it says is in the error when it fails. */
    tool: async (name: string, ...args: readonly string[]): Promise<string> => {
      try {
        return (await run(directory, join(ROOT, 'node_modules/.bin', name), args, env)).stdout;
      } catch (error) {
        const { stdout: said = '', stderr = '' } = error as { stdout?: string; stderr?: string };
        throw new Error(`Cannot run ${name}: ${said}${stderr}`, { cause: error });
      }
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** A file that was deleted and is still in the index. */
function ignoreMissing(error: unknown): void {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
  throw error;
}

/** Large, and of no use to an example. */
const isHistory = (path: string): boolean => /^test\/histories\/.*\.json$/.test(path);
