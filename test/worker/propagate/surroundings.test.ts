import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { surroundingsOf } from '../../../worker/propagate/surroundings.ts';

let laptop: string;

beforeAll(async () => {
  laptop = await mkdtemp(join(tmpdir(), 'spacelift-temporal-laptop-'));
  await writeFile(join(laptop, 'ports.json'), '{"temporal":17233,"simulator":18789,"edge":1}');
  await writeFile(join(laptop, 'secrets.json'), '{"apiKeyId":"01KEY","apiKeySecret":"secret"}');
});
afterAll(() => rm(laptop, { recursive: true, force: true }));

describe('surroundingsOf()', () => {
  test('surroundingsOf() goes by what npm start left in the folder', async () => {
    expect(await surroundingsOf({ PATH: '/bin', TEMPORAL_ADDRESS: '' }, laptop)).toEqual({
      PATH: '/bin',
      TEMPORAL_ADDRESS: '127.0.0.1:17233',
      SPACELIFT_API_KEY_ENDPOINT: 'http://127.0.0.1:18789',
      SPACELIFT_API_KEY_ID: '01KEY',
      SPACELIFT_API_KEY_SECRET: 'secret',
      SPACELIFT_ACCOUNT: 'demo',
    });
  });

  test.each([
    'TEMPORAL_ADDRESS',
    'TEMPORAL_PROFILE',
    'TEMPORAL_CONFIG_FILE',
    'SPACELIFT_API_KEY_ENDPOINT',
    'SPACELIFT_API_KEY_ID_PROD',
  ])(
    'surroundingsOf() takes nothing of a laptop along where the environment has %s',
    async (name) => {
      expect(await surroundingsOf({ [name]: 'given' }, laptop)).toEqual({ [name]: 'given' });
    },
  );

  test('surroundingsOf() leaves the environment alone where npm start has never been', async () => {
    expect(await surroundingsOf({ PATH: '/bin' }, join(laptop, 'nowhere'))).toEqual({
      PATH: '/bin',
    });
  });
});
