import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import {
  cachedCliOf,
  type Obtain,
  resolveTemporalCli,
  TemporalCliError,
} from '../../../dev/launcher/temporal-cli.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const SAYS_VERSION = '#!/bin/sh\necho "temporal version 1.2.3"\n';
const DOES_NOT_RUN = '#!/bin/sh\nexit 127\n';

async function putExecutable(path: string, text: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
  return path;
}

async function machine() {
  const directory = await temporaryDirectory();
  const bin = join(directory.path, 'bin');
  // The scripts need a shell, which they find without PATH; nothing else may be found on it.
  const env = { PATH: bin, XDG_CACHE_HOME: join(directory.path, 'cache') };
  return {
    env,
    onPath: join(bin, 'temporal'),
    cached: cachedCliOf(env),
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

function way(source: Obtain['source'], text: string | Error): Obtain & { calls: number } {
  const obtain = {
    source,
    name: `by ${source}`,
    calls: 0,
    async into(directory: string) {
      obtain.calls += 1;
      if (text instanceof Error) throw text;
      await putExecutable(join(directory, 'temporal'), text);
    },
  };
  return obtain;
}

test('resolveTemporalCli() prefers PATH over the cache', async () => {
  await using fake = await machine();
  await putExecutable(fake.onPath, SAYS_VERSION);
  await putExecutable(fake.cached, SAYS_VERSION);
  const found = await resolveTemporalCli({ env: fake.env, obtain: [] });
  expect(found).toEqual({ path: fake.onPath, source: 'path' });
});

test('resolveTemporalCli() passes over an executable that does not run', async () => {
  await using fake = await machine();
  await putExecutable(fake.onPath, DOES_NOT_RUN);
  await putExecutable(fake.cached, SAYS_VERSION);
  const found = await resolveTemporalCli({ env: fake.env, obtain: [] });
  expect(found).toEqual({ path: fake.cached, source: 'cache' });
});

test('resolveTemporalCli() obtains nothing when the cache has one', async () => {
  await using fake = await machine();
  await putExecutable(fake.cached, SAYS_VERSION);
  const download = way('download', SAYS_VERSION);
  await resolveTemporalCli({ env: fake.env, obtain: [download] });
  expect(download.calls).toBe(0);
});

test('resolveTemporalCli() builds when the download fails, and caches what it built', async () => {
  await using fake = await machine();
  const obtain = [way('download', new Error('no network')), way('go', SAYS_VERSION)];
  expect(await resolveTemporalCli({ env: fake.env, obtain })).toEqual({
    path: fake.cached,
    source: 'go',
  });
  expect(await resolveTemporalCli({ env: fake.env, obtain: [] })).toEqual({
    path: fake.cached,
    source: 'cache',
  });
  expect(await readdir(dirname(fake.cached))).toEqual(['temporal']);
});

test('resolveTemporalCli() does not cache what does not run', async () => {
  await using fake = await machine();
  const obtain = [way('download', DOES_NOT_RUN), way('go', SAYS_VERSION)];
  expect(await resolveTemporalCli({ env: fake.env, obtain })).toMatchObject({ source: 'go' });
});

test('resolveTemporalCli() fails with one message that lists every way', async () => {
  await using fake = await machine();
  const obtain = [
    way('download', new Error('no network')),
    way('go', new Error('Go is not installed')),
  ];
  const error = await resolveTemporalCli({ env: fake.env, obtain }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(TemporalCliError);
  const { message } = error as TemporalCliError;
  expect(message).toMatch(/^Cannot find a Temporal server: /);
  for (const part of ['no network', 'Go is not installed', 'TEMPORAL_ADDRESS', 'PATH', fake.cached])
    expect(message).toContain(part);
  expect(await readdir(dirname(fake.cached))).toEqual([]);
});

test('resolveTemporalCli() obtains once for many at the same time', async () => {
  await using fake = await machine();
  const download = way('download', SAYS_VERSION);
  const found = await Promise.all(
    Array.from({ length: 4 }, () => resolveTemporalCli({ env: fake.env, obtain: [download] })),
  );
  expect(new Set(found.map(({ path }) => path))).toEqual(new Set([fake.cached]));
  expect(download.calls).toBe(1);
});

test('cachedCliOf() falls back to .cache in the home directory', () => {
  expect(cachedCliOf({ HOME: '/home/someone', XDG_CACHE_HOME: '' })).toMatch(
    /^\/home\/someone\/\.cache\/spacelift-temporal\/temporal-v[\d.]+\/temporal$/,
  );
});
