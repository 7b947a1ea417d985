import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { takePidLock } from '../../../dev/launcher/pid-lock.ts';
import { openStateDirectory } from '../../../dev/launcher/state-directory.ts';
import { temporaryDirectory } from './temporary-directory.ts';

async function deadPid(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid ?? 0;
}

test('takePidLock() is refused while the holder lives and names it', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'lock');
  const first = await takePidLock(path);
  expect(first.isTaken).toBe(true);
  expect(await takePidLock(path)).toEqual({ isTaken: false, holderPid: process.pid });
  if (first.isTaken) await first.release();
  expect((await takePidLock(path)).isTaken).toBe(true);
});

test('takePidLock() takes over from a dead holder and leaves nothing behind', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'lock');
  await writeFile(path, JSON.stringify({ pid: await deadPid(), startedAt: null }));
  expect((await takePidLock(path)).isTaken).toBe(true);
  expect(await readdir(directory.path)).toEqual(['lock']);
});

test('takePidLock() takes over when the holder`s process id was given to another', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'lock');
  await writeFile(path, JSON.stringify({ pid: process.pid, startedAt: '1' }));
  const isLinux = process.platform === 'linux';
  expect((await takePidLock(path)).isTaken).toBe(isLinux);
});

test.each(['', 'not JSON', 'null', '{"pid":"one"}'])(
  'takePidLock() takes over a lock that reads %j',
  async (text) => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, 'lock');
    await writeFile(path, text);
    expect((await takePidLock(path)).isTaken).toBe(true);
  },
);

test('takePidLock() lets only one of many in, dead holder or not', async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, 'lock');
  await writeFile(path, JSON.stringify({ pid: await deadPid(), startedAt: null }));
  const locks = await Promise.all(Array.from({ length: 20 }, () => takePidLock(path)));
  expect(locks.filter(({ isTaken }) => isTaken)).toHaveLength(1);
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ pid: process.pid });
});

test('openStateDirectory() gives a second launcher a directory of its own and names the first', async () => {
  await using directory = await temporaryDirectory();
  const first = await openStateDirectory(directory.path);
  const second = await openStateDirectory(directory.path);
  expect(first).toMatchObject({ path: directory.path, otherPid: null });
  expect(second.otherPid).toBe(process.pid);
  expect(second.path).not.toBe(first.path);
  await first.release();
  expect((await openStateDirectory(directory.path)).path).toBe(directory.path);
});
