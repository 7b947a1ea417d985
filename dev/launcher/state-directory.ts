/**
 * Where a launch keeps what must outlive it: Temporal's database, the edge's inbox, logs and secrets. One launcher at a
 * time; a second one gets a temporary directory of its own.
 */
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takePidLock } from './pid-lock.ts';

export type StateDirectory = {
  readonly path: string;
  /** Process id of the launcher that has the wanted directory, when this is a temporary one instead. */
  readonly otherPid: number | null;
  release(): Promise<void>;
};

export async function openStateDirectory(wanted: string): Promise<StateDirectory> {
  await mkdir(wanted, { recursive: true });
  const lock = await takePidLock(join(wanted, 'launcher.pid'));
  if (lock.isTaken) return { path: wanted, otherPid: null, release: () => lock.release() };
  const path = await mkdtemp(join(tmpdir(), 'spacelift-temporal-'));
  return { path, otherPid: lock.holderPid, release: async () => {} };
}
