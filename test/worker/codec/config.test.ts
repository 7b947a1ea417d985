import { describe, expect, test } from 'vitest';
import { parseCodecConfig } from '../../../worker/codec/config.ts';

const PAYLOAD_KEYS = `a:${Buffer.alloc(32, 1).toString('base64')}`;

describe('parseCodecConfig()', () => {
  test('listens on loopback for whoever is there, and lets no page call', () => {
    expect(parseCodecConfig({ PAYLOAD_KEYS })).toEqual({
      logLevel: 'info',
      host: '127.0.0.1',
      port: 8792,
      payloadKeys: [{ id: 'a', bytes: new Uint8Array(32).fill(1) }],
      origins: [],
      token: undefined,
    });
  });

  test('reads every variable', () => {
    const parsed = parseCodecConfig({
      PAYLOAD_KEYS,
      LOG_LEVEL: 'warn',
      CODEC_HOST: '0.0.0.0',
      CODEC_PORT: '1',
      CODEC_ORIGINS: 'http://localhost:8233, https://temporal.example.com',
      CODEC_TOKEN: 'token',
    });
    expect(parsed).toMatchObject({
      logLevel: 'warn',
      host: '0.0.0.0',
      port: 1,
      origins: ['http://localhost:8233', 'https://temporal.example.com'],
      token: 'token',
    });
  });

  test.each([
    [{}, 'PAYLOAD_KEYS is missing'],
    [{ PAYLOAD_KEYS: '' }, 'PAYLOAD_KEYS is missing'],
    [{ PAYLOAD_KEYS: 'a:secret' }, 'PAYLOAD_KEYS is malformed'],
    [
      { PAYLOAD_KEYS, CODEC_HOST: '0.0.0.0' },
      'CODEC_TOKEN is missing, and CODEC_HOST is not loopback',
    ],
    [{ PAYLOAD_KEYS, CODEC_PORT: '65536' }, 'CODEC_PORT is malformed'],
  ])('does not start with %j', (env, fault) => {
    expect(() => parseCodecConfig(env)).toThrow(`Cannot start codec endpoint: ${fault}`);
  });

  test.each(['*', 'temporal.example.com', 'https://temporal.example.com/', 'null'])(
    'takes no %s for an origin',
    (CODEC_ORIGINS) => {
      expect(() => parseCodecConfig({ PAYLOAD_KEYS, CODEC_ORIGINS })).toThrow(/CODEC_ORIGINS/);
    },
  );
});
