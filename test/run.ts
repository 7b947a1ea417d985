/**
 * `npm test`: every vitest project, then the Bun leg, then one line that counts both. Arguments are passed to vitest and
 * leave the Bun leg out.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Count = { readonly passed: number; readonly failed: number };

const vitestArguments = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'spacelift-temporal-test-'));

const run = (command: string, commandArguments: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, commandArguments, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });

/** A runner that ends badly without a failed test to show for it counts as one failure. */
const settle = (count: Count, code: number): Count =>
  code === 0 || count.failed > 0 ? count : { ...count, failed: 1 };

async function runVitest(): Promise<Count> {
  const report = join(folder, 'vitest.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const code = await run('vitest', ['run', ...reporters, ...vitestArguments]);
  const { numPassedTests, numFailedTests } = JSON.parse(
    await readFile(report, 'utf8').catch(() => '{"numPassedTests":0,"numFailedTests":0}'),
  ) as { numPassedTests: number; numFailedTests: number };
  return settle({ passed: numPassedTests, failed: numFailedTests }, code);
}

async function runBun(): Promise<Count> {
  const report = join(folder, 'bun.xml');
  const code = await run('bun', ['test', '--reporter=junit', `--reporter-outfile=${report}`]);
  const totals = /<testsuites [^>]*tests="(\d+)"[^>]*failures="(\d+)"/.exec(
    await readFile(report, 'utf8').catch(() => ''),
  );
  const [tests, failed] = [Number(totals?.[1] ?? 0), Number(totals?.[2] ?? 0)];
  return settle({ passed: tests - failed, failed }, code);
}

try {
  const counts = [await runVitest(), ...(vitestArguments.length === 0 ? [await runBun()] : [])];
  const passed = counts.reduce((sum, count) => sum + count.passed, 0);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
