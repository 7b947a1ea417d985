/** Reads the deployment files as text; what they must say is each test's own business. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export const read = (path: string): string => readFileSync(`${ROOT}${path}`, 'utf8');

export const deployFiles = (ending: string): readonly string[] =>
  readdirSync(`${ROOT}deploy`)
    .filter((name) => name.endsWith(ending))
    .map((name) => `deploy/${name}`);

/** First capture of every match. */
export const capturesOf = (text: string, pattern: RegExp): readonly string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] ?? '');

/** Where the life of the process is written that a file of deploy/ is about. */
export const lifeOf = (file: string): string =>
  read(file.includes('edge') ? 'edge/sqlite/run-edge.ts' : 'worker/process.ts');

/** The process ends its own drain after this long, so nobody may kill it before. */
export function stopLimitSeconds(file: string): number {
  const [limit = ''] = capturesOf(lifeOf(file), /STOP_LIMIT_MS = ([\d_]+)/g);
  return Number(limit.replaceAll('_', '')) / 1000;
}
