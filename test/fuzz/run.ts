/**
 * `npm run fuzz`: Schemathesis, an outside tool, against docs/openapi.json and a real edge. Wants Python and, the first
 * time, PyPI; so it is no part of `npm test`, which has random requests of its own (test/edge/operator/document.test.ts).
 * Arguments go to `schemathesis run`, over the fixed seed and the minute that it takes.
 */
import { execFile, spawn } from 'node:child_process';
import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Path, startPath } from '../../dev/launcher/path.ts';
import { PROJECT_ROOT } from '../../dev/launcher/toolchain.ts';

const SEED = '20261123';
const SECONDS = '60';
const EXAMPLES = '40';

const HERE = join(PROJECT_ROOT, 'test', 'fuzz');
const REQUIREMENTS = join(HERE, 'requirements.txt');

const execute = promisify(execFile);

/** A virtual environment of its own for each version, beside what else the project caches. */
async function obtainSchemathesis(): Promise<string> {
  const wanted = (await readFile(REQUIREMENTS, 'utf8')).trim();
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const folder = join(cache, 'spacelift-temporal', wanted.replace('==', '-'));
  const command = join(folder, 'bin', 'schemathesis');
  if (await isThere(command)) return command;
  process.stderr.write(`Obtaining ${wanted} into ${folder} …\n`);
  try {
    await execute('python3', ['-m', 'venv', folder]);
    await execute(join(folder, 'bin', 'pip'), [
      'install',
      '--quiet',
      '--requirement',
      REQUIREMENTS,
    ]);
  } catch (cause) {
    await rm(folder, { recursive: true, force: true });
    throw new Error(
      `Cannot obtain ${wanted}: Python 3.10 or later with venv, and PyPI, are needed`,
      {
        cause,
      },
    );
  }
  return command;
}

const isThere = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

function fuzz(command: string, { urls, secrets }: Path, folder: string): Promise<number> {
  const args = [
    ['run', join(PROJECT_ROOT, 'docs', 'openapi.json'), '--url', urls.edge],
    ['--header', `Authorization: Bearer ${secrets.operatorToken}`],
    ['--seed', SEED, '--max-time', SECONDS, '--max-examples', EXAMPLES, '--continue-on-failure'],
    process.argv.slice(2),
  ].flat();
  const env = {
    ...process.env,
    PYTHONPATH: HERE,
    PYTHONDONTWRITEBYTECODE: '1',
    SCHEMATHESIS_HOOKS: 'hooks',
    FUZZ_WEBHOOK_SECRET: secrets.webhookSecret,
  };
  return new Promise((resolve, reject) => {
    // In a folder that is thrown away: it keeps examples of what failed where it runs.
    const child = spawn(command, args, { cwd: folder, env, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

const command = await obtainSchemathesis();
const folder = await mkdtemp(join(tmpdir(), 'spacelift-temporal-fuzz-'));
try {
  const path = await startPath({ stateDirectory: folder, ports: 'any', parts: ['edge'] });
  try {
    process.exitCode = await fuzz(command, path, folder);
  } finally {
    await path.stop();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
