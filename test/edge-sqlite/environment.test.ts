import { describe, expect, test } from 'vitest';
import { VARIABLES } from '../../edge/config.ts';
import {
  type Env,
  EnvironmentError,
  readConfig,
  readPlace,
} from '../../edge/sqlite/environment.ts';

/** An environment as Deno's: each variable by its name, never all of them; and some may not be read. */
function guarded(env: Env, forbidden: readonly string[] = []) {
  const read = new Set<string>();
  const guard = new Proxy(env, {
    get(target, name) {
      read.add(String(name));
      if (forbidden.includes(String(name))) throw new Error('Requires env access');
      return target[String(name)];
    },
    ownKeys() {
      throw new Error('Requires env access to all');
    },
  });
  return { env: guard, read };
}

const WEBHOOKS = JSON.stringify({
  deploys: {
    account: 'acme',
    secret: 'DEPLOYS_SECRET',
    factor: { header: 'X-Factor', secret: 'DEPLOYS_FACTOR' },
  },
});

describe('readConfig()', () => {
  test('reads by name what there is to configure, and the secrets that webhooks name', () => {
    const { env, read } = guarded({
      WEBHOOKS,
      SPACELIFT_WEBHOOK_SECRET: 'one',
      DEPLOYS_SECRET: 'two',
      DEPLOYS_SECRET_PREVIOUS: 'three',
      DEPLOYS_FACTOR: 'four',
      LOG_LEVEL: ' ',
      UNRELATED: 'five',
    });
    const config = readConfig(env);
    if (!config.ok) throw new Error(config.error);
    expect(config.value.webhooks.get('default')?.secrets).toEqual([
      { label: 'current', secret: 'one' },
    ]);
    expect(config.value.webhooks.get('deploys')).toMatchObject({
      missingVariables: [],
      secrets: [
        { label: 'current', secret: 'two' },
        { label: 'previous', secret: 'three' },
      ],
      factor: { secrets: [{ label: 'current', secret: 'four' }] },
    });
    const secrets = ['SPACELIFT_WEBHOOK_SECRET', 'DEPLOYS_SECRET', 'DEPLOYS_FACTOR'];
    expect([...read].toSorted()).toEqual(
      [
        ...VARIABLES,
        'WEBHOOKS',
        ...secrets,
        ...secrets.map((variable) => `${variable}_PREVIOUS`),
      ].toSorted(),
    );
  });

  test('finds a secret that two webhooks share', () => {
    const { env } = guarded({ WEBHOOKS, DEPLOYS_SECRET: 'same', SPACELIFT_WEBHOOK_SECRET: 'same' });
    expect(readConfig(env)).toMatchObject({ ok: false, error: expect.stringContaining('in use') });
  });

  test.each(['WEBHOOKS', 'LOG_LEVEL', 'DEPLOYS_FACTOR', 'DEPLOYS_SECRET_PREVIOUS'])(
    'names %s when it may not be read',
    (variable) => {
      const { env } = guarded({ WEBHOOKS, DEPLOYS_SECRET: 'two' }, [variable]);
      expect(readConfig(env)).toEqual({
        ok: false,
        error: `Cannot read configuration: ${variable} may not be read (Deno: --allow-env=…,${variable})`,
      });
    },
  );
});

describe('readPlace()', () => {
  test('has a place where nothing is said, or nothing but blanks', () => {
    const place = { host: '127.0.0.1', port: 8787, folder: '.edge' };
    expect(readPlace({})).toEqual(place);
    expect(readPlace({ EDGE_HOST: '', EDGE_PORT: ' ', EDGE_STATE_DIRECTORY: '' })).toEqual(place);
  });

  test.each(['0', '1', '65535'])('takes port %s', (port) => {
    expect(readPlace({ EDGE_PORT: port }).port).toBe(Number(port));
  });

  test.each(['65536', '-1', '80.5', '0x50', 'http', '100000'])('does not take port %s', (port) => {
    expect(() => readPlace({ EDGE_PORT: port })).toThrow(EnvironmentError);
    expect(() => readPlace({ EDGE_PORT: port })).toThrow(
      'Cannot read configuration: EDGE_PORT is not valid',
    );
  });
});
