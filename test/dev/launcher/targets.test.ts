import { expect, test } from 'vitest';
import type { Secrets } from '../../../dev/launcher/secrets.ts';
import { chooseSpacelift } from '../../../dev/launcher/spacelift-target.ts';
import { givenTarget, ownTarget } from '../../../dev/launcher/temporal-connection.ts';
import { inheritedEnv, withoutServices } from '../../../dev/launcher/toolchain.ts';

const SECRETS: Secrets = {
  webhookSecret: 'a',
  intentsSecret: 'b',
  envelopeSecret: 'c',
  operatorToken: 'd',
  apiKeyId: 'simulated-id',
  apiKeySecret: 'simulated-secret',
};

const KEY = { SPACELIFT_API_KEY_ID: 'id', SPACELIFT_API_KEY_SECRET: 'secret' };

const choose = (env: Record<string, string>) => chooseSpacelift(env, SECRETS, 'http://simulator');

test('chooseSpacelift() simulates when no key is set', () => {
  expect(choose({})).toMatchObject({
    isSimulated: true,
    endpoint: 'http://simulator',
    apiKeyId: 'simulated-id',
    account: 'demo',
  });
});

test.each([
  ['https://acme.app.spacelift.io', 'acme'],
  ['https://acme.app.us.spacelift.io', 'acme'],
])('chooseSpacelift() takes the account of %s from its host', (endpoint, account) => {
  expect(choose({ ...KEY, SPACELIFT_API_KEY_ENDPOINT: endpoint })).toMatchObject({
    isSimulated: false,
    endpoint,
    account,
    apiKeyId: 'id',
  });
});

test('chooseSpacelift() wants the account named where the host does not tell it', () => {
  const env = { ...KEY, SPACELIFT_API_KEY_ENDPOINT: 'https://spacelift.internal' };
  expect(() => choose(env)).toThrow('set SPACELIFT_ACCOUNT beside it');
  expect(choose({ ...env, SPACELIFT_ACCOUNT: 'acme' }).account).toBe('acme');
});

test('chooseSpacelift() names what is missing of a half-set key', () => {
  expect(() => choose({ SPACELIFT_API_KEY_ID: 'id' })).toThrow(
    'Cannot use the Spacelift account: without SPACELIFT_API_KEY_ENDPOINT and SPACELIFT_API_KEY_SECRET',
  );
});

test('givenTarget() is null without TEMPORAL_ADDRESS and passes its siblings through with it', () => {
  expect(givenTarget({ TEMPORAL_NAMESPACE: 'other' })).toBeNull();
  const env = { TEMPORAL_ADDRESS: 'far:7233', TEMPORAL_NAMESPACE: 'other', UNRELATED: 'x' };
  expect(givenTarget(env)).toEqual({
    address: 'far:7233',
    namespace: 'other',
    isOurs: false,
    env: { TEMPORAL_ADDRESS: 'far:7233', TEMPORAL_NAMESPACE: 'other' },
  });
});

test('ownTarget() keeps a profile of the caller away', () => {
  expect(ownTarget(7000, '/state/temporal.toml').env['TEMPORAL_CONFIG_FILE']).toBe(
    '/state/temporal.toml',
  );
});

test('the keys of payloads go where Temporal goes, and nowhere else', () => {
  const env = { TEMPORAL_ADDRESS: 'far:7233', PAYLOAD_KEYS: 'a:b' };
  expect(givenTarget(env)?.env['PAYLOAD_KEYS']).toBe('a:b');
  expect(ownTarget(7000, '/state/temporal.toml', env).env['PAYLOAD_KEYS']).toBe('a:b');
  expect(ownTarget(7000, '/state/temporal.toml').env).not.toHaveProperty('PAYLOAD_KEYS');
  expect(withoutServices(env)).toEqual({});
});

test('withoutServices() leaves no credentials to parts that do not need them', () => {
  const env = {
    ...KEY,
    TEMPORAL_API_KEY: 'x',
    CLOUDFLARE_API_TOKEN: 'x',
    SPACELIFT_WEBHOOK_SECRET: 'x',
    SPACELIFT_DEADLINE_MS: '5000',
    HOME: '/home/someone',
  };
  expect(withoutServices(env)).toEqual({ SPACELIFT_DEADLINE_MS: '5000', HOME: '/home/someone' });
});

test('inheritedEnv() keeps proxies out of loopback and adds to what is excluded already', () => {
  const env = inheritedEnv({ HTTP_PROXY: 'http://proxy', no_proxy: 'intra' });
  expect(env['NO_PROXY']).toBe('intra,127.0.0.1,localhost');
  expect(env['no_proxy']).toBe(env['NO_PROXY']);
});

test.each([
  ['debug', 'debug'],
  ['silent', 'info'],
  [undefined, 'info'],
])('inheritedEnv() turns LOG_LEVEL %s into %s', (given, level) => {
  expect(inheritedEnv({ LOG_LEVEL: given })['LOG_LEVEL']).toBe(level);
});
