import { describe, expect, it } from 'vitest';
import { readEnv } from '../../../dev/simulator/options.ts';

describe('readEnv()', () => {
  it('needs nothing', () => {
    expect(readEnv({})).toEqual({ port: 9180 });
  });

  it('reads what is set', () => {
    expect(
      readEnv({
        SIMULATOR_PORT: '1234',
        SIMULATOR_ACCOUNT: 'acme',
        SIMULATOR_STATE_MS: '5',
        SIMULATOR_SEED: '4294967295',
        SIMULATOR_SWITCHES: '{"fedramp":true}',
        SPACELIFT_API_KEY_ID: 'id',
        SPACELIFT_API_KEY_SECRET: 'secret',
        SIMULATOR_API_KEYS: '[{"id":"other","secret":"s"}]',
        UNRELATED: 'x',
      }),
    ).toMatchObject({
      port: 1234,
      account: 'acme',
      stateMs: 5,
      seed: 4_294_967_295,
      switches: { fedramp: true },
      apiKeyId: 'id',
      apiKeySecret: 'secret',
      apiKeys: [{ id: 'other', secret: 's', canWrite: true }],
    });
  });

  it.each([
    [{ SIMULATOR_PORT: 'http' }, /SIMULATOR_PORT/],
    [{ SIMULATOR_SEED: '4294967296' }, /SIMULATOR_SEED/],
    [{ SIMULATOR_STATE_MS: '-1' }, /SIMULATOR_STATE_MS/],
    [{ SIMULATOR_SWITCHES: '{"fedramp":"maybe"}' }, /SIMULATOR_SWITCHES/],
    [{ SIMULATOR_SWITCHES: '{' }, /SIMULATOR_SWITCHES/],
    [{ SIMULATOR_API_KEYS: '[{"id":"other"}]' }, /SIMULATOR_API_KEYS/],
  ])('refuses %j by name', (env, name) => {
    expect(() => readEnv(env)).toThrow(name);
  });
});
