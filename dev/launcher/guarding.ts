/** The launcher's end of guard.ts. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { nodePath } from './toolchain.ts';

export type Guard = {
  watch(group: number): void;
  forget(group: number): void;
  /** Closing the pipe makes the guard kill what it still watches and end. */
  dismiss(): void;
};

export function startGuard(): Guard {
  const guard = spawn(nodePath(), [fileURLToPath(new URL('guard.ts', import.meta.url))], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a guard a crash would leave parts running; everything else still works.
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  if ('unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  return {
    watch: (group) => void guard.stdin.write(`+${group}\n`),
    forget: (group) => void guard.stdin.write(`-${group}\n`),
    dismiss: () => void guard.stdin.end(),
  };
}
