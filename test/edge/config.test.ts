import { describe, expect, test } from 'vitest';
import { DEFAULT_PACING, parseConfig } from '../../edge/config.ts';

const refused = (env: object) => {
  const config = parseConfig(env);
  return config.ok ? 'accepted' : config.error.replace('Cannot read configuration: ', '');
};

const accepted = (env: object) => {
  const config = parseConfig(env);
  if (!config.ok) throw new Error(config.error);
  return config.value;
};

/** What a grant has unless it says otherwise. */
const CAP = { intents: 100, windowMs: 60 * 60 * 1000 };

describe('parseConfig()', () => {
  test('parseConfig() has a default for everything, and no secret', () => {
    const config = accepted({});
    expect(config).toMatchObject({
      starter: null,
      operator: { token: null, access: null },
      bodyLimitBytes: 8 * 1024 * 1024,
      logLevel: 'info',
      pacing: DEFAULT_PACING,
    });
    expect([...config.webhooks]).toEqual([
      [
        'default',
        {
          name: 'default',
          account: null,
          accounts: ['*'],
          intents: null,
          factor: null,
          missingVariables: ['SPACELIFT_WEBHOOK_SECRET'],
          secrets: [],
        },
      ],
    ]);
  });

  test('parseConfig() reads webhooks from a table or from its JSON text', () => {
    const table = {
      default: { account: 'acme' },
      deploys: { accounts: ['acme', 'acme-*'], secret: 'DEPLOYS', intents: { stacks: ['app-*'] } },
      ruin: { secret: 'RUIN', intents: { stacks: ['*'], runTypes: ['DESTROY'] } },
    };
    const secrets = {
      SPACELIFT_WEBHOOK_SECRET: 'a',
      DEPLOYS: 'b',
      DEPLOYS_PREVIOUS: 'c',
      RUIN: ' ',
    };
    const config = accepted({ ...secrets, WEBHOOKS: table });
    expect(config).toEqual(accepted({ ...secrets, WEBHOOKS: JSON.stringify(table) }));
    expect([...config.webhooks.values()]).toEqual([
      {
        name: 'default',
        account: 'acme',
        accounts: ['acme'],
        missingVariables: [],
        factor: null,
        intents: null,
        secrets: [{ label: 'current', secret: 'a' }],
      },
      {
        name: 'deploys',
        account: null,
        accounts: ['acme', 'acme-*'],
        missingVariables: [],
        factor: null,
        intents: { stacks: ['app-*'], runTypes: ['TRACKED', 'PROPOSED'], cap: CAP },
        secrets: [
          { label: 'current', secret: 'b' },
          { label: 'previous', secret: 'c' },
        ],
      },
      {
        name: 'ruin',
        account: null,
        accounts: ['*'],
        missingVariables: ['RUIN'],
        factor: null,
        intents: { stacks: ['*'], runTypes: ['DESTROY'], cap: CAP },
        secrets: [],
      },
    ]);
  });

  test('parseConfig() takes a blank variable for one that is not set', () => {
    const blank = Object.fromEntries(
      ['WEBHOOKS', 'LOG_LEVEL', 'BODY_LIMIT_BYTES', 'STARTER_URL', 'OPERATOR_TOKEN'].map((name) => [
        name,
        ' ',
      ]),
    );
    expect(accepted(blank)).toEqual(accepted({}));
  });

  test('parseConfig() closes a webhook that has only a previous secret', () => {
    const config = accepted({
      SPACELIFT_WEBHOOK_SECRET: '',
      SPACELIFT_WEBHOOK_SECRET_PREVIOUS: 'old',
    });
    expect(config.webhooks.get('default')?.secrets).toEqual([]);
  });

  test('parseConfig() takes numbers as text and as numbers', () => {
    expect(accepted({ BODY_LIMIT_BYTES: '10' }).bodyLimitBytes).toBe(10);
    expect(accepted({ BODY_LIMIT_BYTES: 10 }).bodyLimitBytes).toBe(10);
  });

  test('parseConfig() has a starter when address and secret are set, and none else', () => {
    const env = { STARTER_URL: 'https://starter.test/', ENVELOPE_SECRET: 'e' };
    expect(accepted(env).starter).toEqual({
      url: 'https://starter.test',
      secrets: ['e'],
      access: null,
      timeoutMs: 10_000,
    });
    expect(accepted({ ...env, ENVELOPE_SECRET: '' }).starter).toBeNull();
    expect(accepted({ ...env, STARTER_URL: '' }).starter).toBeNull();
    expect(accepted({ ...env, ENVELOPE_SECRET_PREVIOUS: 'f' }).starter?.secrets).toEqual([
      'e',
      'f',
    ]);
  });

  test.each([
    ['WEBHOOKS is not a table of webhooks', { WEBHOOKS: '{' }],
    ['WEBHOOKS is not a table of webhooks', { WEBHOOKS: '[]' }],
    ['WEBHOOKS is not a table of webhooks', { WEBHOOKS: 7 }],
    ['WEBHOOKS.a/b is not valid', { WEBHOOKS: { 'a/b': { secret: 'S' } } }],
    ['WEBHOOKS.a is not valid', { WEBHOOKS: { a: null } }],
    ['WEBHOOKS.a is not valid', { WEBHOOKS: { a: { secret: 'S', acount: 'acme' } } }],
    ['WEBHOOKS.a is not valid', { WEBHOOKS: { a: { secret: 'not a variable' } } }],
    ['WEBHOOKS.a is not valid', { WEBHOOKS: { a: { secret: 'S', intents: { stacks: 'app' } } } }],
    [
      'WEBHOOKS.a is not valid',
      { WEBHOOKS: { a: { secret: 'S', intents: { stacks: ['*'], runTypes: ['TESTING'] } } } },
    ],
    ['WEBHOOKS.a.secret is missing', { WEBHOOKS: { a: {} } }],
    [
      'WEBHOOKS.b.secret is in use elsewhere',
      { WEBHOOKS: { a: { secret: 'S' }, b: { secret: 'S' } } },
    ],
    [
      'WEBHOOKS.b.secret is in use elsewhere',
      { WEBHOOKS: { a: { secret: 'S' }, b: { secret: 'S_PREVIOUS' } } },
    ],
    [
      'WEBHOOKS.a.secret is in use elsewhere',
      { WEBHOOKS: { a: { secret: 'SPACELIFT_WEBHOOK_SECRET' } } },
    ],
    ['WEBHOOKS.a.secret is in use elsewhere', { WEBHOOKS: { a: { secret: 'ENVELOPE_SECRET' } } }],
    [
      'WEBHOOKS.a.secret is in use elsewhere',
      { WEBHOOKS: { a: { secret: 'S' } }, S: 'same', SPACELIFT_WEBHOOK_SECRET: 'same' },
    ],
    [
      'WEBHOOKS.default.secret is in use elsewhere',
      { ENVELOPE_SECRET: 'same', SPACELIFT_WEBHOOK_SECRET: 'same' },
    ],
    ['STARTER_URL is not valid', { STARTER_URL: 'starter:80' }],
    ['STARTER_URL is not valid', { STARTER_URL: 'https://starter?x' }],
    ['LOG_LEVEL is not valid', { LOG_LEVEL: 'loud' }],
    ['BODY_LIMIT_BYTES is not valid', { BODY_LIMIT_BYTES: '0' }],
    ['BACKOFF_CAP_MS is not valid', { BACKOFF_CAP_MS: 'soon' }],
    [
      'STARTER_ACCESS_CLIENT_ID and STARTER_ACCESS_CLIENT_SECRET go together',
      { STARTER_ACCESS_CLIENT_ID: 'id' },
    ],
  ])('parseConfig() refuses with %s', (fault, env) => {
    expect(refused(env)).toBe(fault);
  });

  test('parseConfig() lets current and previous secret be the same', () => {
    const env = { SPACELIFT_WEBHOOK_SECRET: 'a', SPACELIFT_WEBHOOK_SECRET_PREVIOUS: 'a' };
    expect(refused(env)).toBe('accepted');
  });

  test('parseConfig() never names a value', () => {
    expect(refused({ STARTER_URL: 'private' })).not.toContain('private');
    expect(
      refused({ ENVELOPE_SECRET: 'private', SPACELIFT_WEBHOOK_SECRET: 'private' }),
    ).not.toContain('private');
  });
});
