/**
 * Processor time of a process and all its descendants, dead children included, from /proc. Linux only: elsewhere there
 * is nothing to read, and the answer is null.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ: the kernel counts for user space in hundredths of a second, whatever its own clock is. */
const TICK_MS = 10;

export type ProcessTimes = { readonly pid: number; readonly parent: number; readonly ms: number };

/** Reads one /proc/<pid>/stat; the command may hold spaces and brackets, so fields count from the last one. */
export function parseStat(stat: string): ProcessTimes {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  return { pid: Number.parseInt(stat, 10), parent: Number(fields[1]), ms: ticks * TICK_MS };
}

export function sumOfTree(processes: readonly ProcessTimes[], root: number): number | null {
  const own = processes.find(({ pid }) => pid === root);
  if (own === undefined) return null;
  return processes
    .filter(({ parent }) => parent === root)
    .reduce((sum, { pid }) => sum + (sumOfTree(processes, pid) ?? 0), own.ms);
}

export function cpuTimeMs(root: number): number | null {
  try {
    const stats = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? statOf(name) : []));
    return sumOfTree(stats, root);
  } catch {
    return null;
  }
}

/** A process may end between the list and the look. */
function statOf(pid: string): ProcessTimes[] {
  try {
    return [parseStat(readFileSync(`/proc/${pid}/stat`, 'utf8'))];
  } catch {
    return [];
  }
}
