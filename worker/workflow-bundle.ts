/**
 * The prebuilt workflow bundle and its mark: a hash of the sources it was made from. A worker that loaded the bundle of
 * another version would run old workflow code beside new activities, and nobody would see why; so it refuses to start.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { ConfigurationError } from './variables.ts';

/** More than goes into the bundle, so that nothing is missed; a needless rebuild takes seconds. */
const SOURCES = ['../shared/workflow/', '../shared/contract/'].map(
  (folder) => new URL(folder, import.meta.url),
);

const MARK = /^\/\* made from ([0-9a-f]{64}) \*\/ /;

/** On the first line, so that the lines of the source map stay true. */
export const markBundle = async (code: string): Promise<string> =>
  `/* made from ${await hashSources()} */ ${code}`;

/** Answers the path, for the SDK to load. */
export async function checkBundle(path: string): Promise<{ readonly codePath: string }> {
  const code = await readFile(path, 'utf8').catch(() => {
    throw new ConfigurationError(`Cannot load workflow bundle ${path}: it cannot be read`);
  });
  if (MARK.exec(code)?.[1] !== (await hashSources()))
    throw new ConfigurationError(
      `Cannot load workflow bundle ${path}: it is of another version, make it with worker/bundle.ts`,
    );
  return { codePath: path };
}

/** Of every source in the folders and those in them. */
export async function hashSources(folders: readonly URL[] = SOURCES): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of folders)
    for (const name of (await sourcesIn(folder)).sort())
      hash.update(`${name}\0`).update(await readFile(new URL(name, folder)));
  return hash.digest('hex');
}

const sourcesIn = async (folder: URL): Promise<string[]> =>
  (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.ts'));
