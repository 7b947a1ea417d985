import { readFile, stat, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readSecrets, secretsFileOf } from '../../../dev/launcher/secrets.ts';
import { temporaryDirectory } from './temporary-directory.ts';

test('readSecrets() makes secrets once, all different, for their owner only', async () => {
  await using state = await temporaryDirectory();
  const secrets = await readSecrets(state.path);
  expect(await readSecrets(state.path)).toEqual(secrets);
  expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length);
  expect((await stat(secretsFileOf(state.path))).mode & 0o777).toBe(0o600);
});

test('readSecrets() keeps what is there and makes what is missing', async () => {
  await using state = await temporaryDirectory();
  await writeFile(secretsFileOf(state.path), '{"operatorToken":"kept"}');
  const secrets = await readSecrets(state.path);
  expect(secrets.operatorToken).toBe('kept');
  expect(JSON.parse(await readFile(secretsFileOf(state.path), 'utf8'))).toEqual(secrets);
});

test('readSecrets() refuses a file that is not JSON and names it', async () => {
  await using state = await temporaryDirectory();
  await writeFile(secretsFileOf(state.path), '{');
  await expect(readSecrets(state.path)).rejects.toThrow(
    `Cannot read secrets: "${secretsFileOf(state.path)}" is not JSON`,
  );
});
