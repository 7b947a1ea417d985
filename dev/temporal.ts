/**
 * `node dev/temporal.ts` prints the path of the Temporal CLI, obtaining it first where there is none; with arguments it
 * runs the CLI with them.
 */
import { spawn } from 'node:child_process';
import { createScreen } from './launcher/screen.ts';
import { resolveTemporalCli } from './launcher/temporal-cli.ts';

const cliArguments = process.argv.slice(2);
// The path alone is what `$(node dev/temporal.ts)` wants on the standard output.
const screen = createScreen(process.stderr);

try {
  const { path } = await resolveTemporalCli({ onProgress: screen.progress });
  screen.clear();
  if (cliArguments.length === 0) process.stdout.write(`${path}\n`);
  else process.exitCode = await runCli(path);
} catch (error) {
  screen.line(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

function runCli(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const cli = spawn(path, cliArguments, { stdio: 'inherit' });
    // The terminal tells the CLI of Ctrl-C by itself; leaving first would orphan it.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => cli.kill('SIGTERM'));
    cli.once('error', reject);
    cli.once('exit', (code) => resolve(code ?? 1));
  });
}
