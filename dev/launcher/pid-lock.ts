/**
 * A lock file that names its holder, so that a lock left behind by a killed process is recognised and taken over.
 * Where the system tells when a process started (Linux), a reused process id does not pass for the holder.
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

type Holder = { readonly pid: number; readonly startedAt: string | null };

export type PidLock =
  | { readonly isTaken: true; release(): Promise<void> }
  | { readonly isTaken: false; readonly holderPid: number };

/** Every round removes one dead holder; more than this many means that something else keeps writing the file. */
const ROUNDS = 5;

export async function takePidLock(path: string): Promise<PidLock> {
  await mkdir(dirname(path), { recursive: true });
  for (let round = 0; round < ROUNDS; round += 1) {
    if (await createLock(path)) return { isTaken: true, release: () => rm(path, { force: true }) };
    const holder = await readHolder(path);
    if (holder !== null && (await isAlive(holder)))
      return { isTaken: false, holderPid: holder.pid };
    await removeDead(path);
  }
  throw new Error(`Cannot take lock "${path}": it is written again and again`);
}

/** Written aside and linked into place: the file never exists without its content. */
async function createLock(path: string): Promise<boolean> {
  const draft = `${path}.${randomUUID()}`;
  const holder: Holder = { pid: process.pid, startedAt: await startOf(process.pid) };
  await writeFile(draft, JSON.stringify(holder));
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Renamed before it is removed: two processes clearing up at once must not remove the fresh lock of the quicker one. */
async function removeDead(path: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  const holder = await readHolder(aside);
  if (holder !== null && (await isAlive(holder))) await link(aside, path).catch(() => {});
  await rm(aside, { force: true });
}

async function readHolder(path: string): Promise<Holder | null> {
  try {
    const holder = JSON.parse(await readFile(path, 'utf8')) as Partial<Holder> | null;
    if (typeof holder?.pid !== 'number') return null;
    return { pid: holder.pid, startedAt: holder.startedAt ?? null };
  } catch {
    return null;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (!isCode(error, 'EPERM')) return false;
  }
  return holder.startedAt === null || holder.startedAt === (await startOf(holder.pid));
}

/** Field 22 of /proc/<pid>/stat, in ticks since boot; the name in field 2 may hold blanks and brackets. */
async function startOf(pid: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;
