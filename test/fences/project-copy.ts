/**
 * The sources and the real configuration of the tools in a folder of its own: a breach planted there disturbs nobody
 * else's checks, whatever becomes of this process.
 */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PROJECT_ROOT } from '../../dev/launcher/toolchain.ts';

const COPIED = [
  '.oxlintrc.json',
  'tsconfig.json',
  'package.json',
  'wrangler.toml',
  'edge',
  'worker',
  'shared',
  'dev',
  'cli',
];

export async function copyProject() {
  const root = await mkdtemp(join(tmpdir(), 'fences-'));
  for (const name of COPIED)
    await cp(join(PROJECT_ROOT, name), join(root, name), { recursive: true });
  await symlink(join(PROJECT_ROOT, 'node_modules'), join(root, 'node_modules'));
  return {
    root,
    async plant(path: string, source: string) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), source);
    },
    run: (tool: string, ...args: readonly string[]) => runTool(root, tool, args),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** Runs an installed tool; its exit status and everything it printed. */
export async function runTool(
  cwd: string,
  tool: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const child = spawn(join(PROJECT_ROOT, 'node_modules', '.bin', tool), args, {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', resolve);
    }),
  ]);
  return { status, stdout, stderr };
}
