/** The project's own processes, started as an operator starts them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { bunPath, nodePath, PROJECT_ROOT } from '../../dev/launcher/toolchain.ts';

export type Line = Readonly<Record<string, unknown>>;

export type RuntimeName = 'node' | 'bun';

export const RUNTIMES: readonly RuntimeName[] = ['node', 'bun'];

/** A port of loopback that nobody listens on: connections are refused at once. */
export const NOBODY = '127.0.0.1:9';

type Ended = {
  readonly code: number | null;
  readonly lines: readonly Line[];
  readonly stderr: string;
};

/** Runs a script with this environment and no other variable that could reach it. */
export const startScript = (
  runtime: RuntimeName,
  script: readonly string[],
  env: Readonly<Record<string, string>> = {},
) => startProcess(runtime === 'node' ? nodePath() : bunPath(), script, env);

export function startProcess(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  const child = spawn(command, args, {
    cwd: PROJECT_ROOT,
    env: { PATH: process.env['PATH'] ?? '', NO_PROXY: '127.0.0.1', no_proxy: '127.0.0.1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  const reading = createInterface({ input: child.stdout });
  reading.on('line', (line) => {
    lines.push(JSON.parse(line) as Line);
    for (const look of waiting) look();
  });
  const closed = once(reading, 'close');
  const stderr = text(child.stderr);
  const exit = once(child, 'exit') as Promise<[number | null]>;

  const ended = (async (): Promise<Ended> => {
    const [[code]] = await Promise.all([exit, closed]);
    return { code, lines, stderr: await stderr };
  })();

  return {
    ended,
    /** What it has logged so far. */
    lines: lines as readonly Line[],
    /** The first line with this message; rejects when the process ends without one. */
    async line(msg: string): Promise<Line> {
      const seen = new Promise<Line>((resolve) => {
        const look = () => {
          const line = lines.find((each) => each['msg'] === msg);
          if (line === undefined) return;
          waiting.delete(look);
          resolve(line);
        };
        waiting.add(look);
        look();
      });
      const missed = ended.then(({ code, stderr: errors }) => {
        throw new Error(`Cannot see "${msg}": process ended with ${code} ${errors}`);
      });
      return Promise.race([seen, missed]);
    },
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}
