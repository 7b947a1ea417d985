/**
 * Runs beside the launcher in a process group of its own and outlives it by a moment: when the launcher goes, however
 * it goes (SIGKILL included), its end of the pipe closes, and what it started is killed. Knows only the process groups
 * that the launcher has told it: `+<group>` on start, `-<group>` once all of the group is gone.
 */
import { createInterface } from 'node:readline';

const groups = new Set<number>();

for await (const line of createInterface({ input: process.stdin })) {
  const group = Number(line.slice(1));
  if (line.startsWith('+')) groups.add(group);
  else groups.delete(group);
}

for (const group of groups) {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}
