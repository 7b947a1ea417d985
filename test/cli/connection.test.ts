import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findConnection } from '../../cli/connection.ts';
import { makePlan } from '../../dev/launcher/plan.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inbox-cli-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const EDGE = { EDGE_URL: 'https://hooks.example.com' };

describe('findConnection()', () => {
  test('findConnection() takes edge and token of the environment', async () => {
    expect(await findConnection({ ...EDGE, OPERATOR_TOKEN: 't' }, folder)).toEqual({
      url: 'https://hooks.example.com',
      headers: { Authorization: 'Bearer t' },
    });
  });

  test('findConnection() takes a service token of Access, also beside the bearer token', async () => {
    const access = { CF_ACCESS_CLIENT_ID: 'id', CF_ACCESS_CLIENT_SECRET: 'secret' };
    const headers = { 'CF-Access-Client-Id': 'id', 'CF-Access-Client-Secret': 'secret' };
    expect((await findConnection({ ...EDGE, ...access }, folder)).headers).toEqual(headers);
    expect(
      (await findConnection({ ...EDGE, ...access, OPERATOR_TOKEN: 't' }, folder)).headers,
    ).toEqual({ ...headers, Authorization: 'Bearer t' });
  });

  test('findConnection() finds what the launcher has left in its state directory', async () => {
    const { ports, secrets } = await makePlan(folder, { ports: 'any', hostEnv: {} }, () => {});
    expect(await findConnection({}, folder)).toEqual({
      url: `http://127.0.0.1:${ports.edge}`,
      headers: { Authorization: `Bearer ${secrets.operatorToken}` },
    });
    expect(await findConnection({ OPERATOR_TOKEN: 'mine' }, folder)).toEqual({
      url: `http://127.0.0.1:${ports.edge}`,
      headers: { Authorization: 'Bearer mine' },
    });
  });

  test('findConnection() takes the well-known port where no ports are written down', async () => {
    await writeFile(join(folder, 'secrets.json'), '{"operatorToken":"t"}');
    expect(await findConnection({}, folder)).toMatchObject({ url: 'http://127.0.0.1:8787' });
    expect(await findConnection({ OPERATOR_TOKEN: 'mine' }, join(folder, 'none'))).toMatchObject({
      url: 'http://127.0.0.1:8787',
    });
  });

  test('findConnection() never takes the laptop’s token to an edge of the environment', async () => {
    await makePlan(folder, { ports: 'any', hostEnv: {} }, () => {});
    await expect(findConnection(EDGE, folder)).rejects.toThrow('set OPERATOR_TOKEN, or');
  });

  test.each<[string, NodeJS.ProcessEnv, string]>([
    ['nothing at all', {}, 'Cannot find the edge'],
    ['blank variables', { EDGE_URL: ' ', OPERATOR_TOKEN: '' }, 'Cannot find the edge'],
    ['half of a service token', { ...EDGE, CF_ACCESS_CLIENT_ID: 'id' }, 'go together'],
    ['no address', { EDGE_URL: 'hooks.example.com', OPERATOR_TOKEN: 't' }, 'not an http'],
    ['an address of files', { EDGE_URL: 'file:///etc', OPERATOR_TOKEN: 't' }, 'not an http'],
  ])('findConnection() refuses %s', async (_, env, words) => {
    await expect(findConnection(env, folder)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(words),
    });
  });

  test('findConnection() does without files that are broken', async () => {
    await writeFile(join(folder, 'secrets.json'), '{');
    await expect(findConnection({}, folder)).rejects.toMatchObject({ exitCode: 2 });
  });
});
