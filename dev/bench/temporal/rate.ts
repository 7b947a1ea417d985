/** Executions a second, and what each costs the worker. */
import type { Column, Figures } from '../experiment.ts';
import { cpuTimeMs } from '../cpu-time.ts';

export const RATE_COLUMNS: readonly Column[] = [
  { figure: 'rate', title: 'executions/s', places: 1 },
  { figure: 'cpu', title: 'worker ms', places: 1 },
];

/** `cpu` is NaN where the system does not tell. */
export async function rateOf(
  count: number,
  workerPid: number,
  work: () => Promise<unknown>,
): Promise<Figures> {
  const before = cpuTimeMs(workerPid);
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const after = cpuTimeMs(workerPid);
  const cpu = before === null || after === null ? NaN : (after - before) / count;
  return { rate: count / seconds, cpu };
}
