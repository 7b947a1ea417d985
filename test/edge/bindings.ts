/** Environment of the edge under test: `vitest.config.ts` hands it to the plugin as `miniflare.bindings`. */
export const TEST_BINDINGS = {
  SPACELIFT_WEBHOOK_SECRET: 'default-secret',
  SPACELIFT_WEBHOOK_SECRET_PREVIOUS: 'default-secret-before',
  DEPLOYS_WEBHOOK_SECRET: 'deploys-secret',
  CLOSED_WEBHOOK_SECRET: '',
  GUARDED_WEBHOOK_SECRET: 'guarded-secret',
  GUARDED_KEY: 'guarded-key',
  GUARDED_KEY_PREVIOUS: 'guarded-key-before',
  WEBHOOKS: JSON.stringify({
    deploys: {
      account: 'acme',
      secret: 'DEPLOYS_WEBHOOK_SECRET',
      intents: { stacks: ['app-*'] },
    },
    closed: { secret: 'CLOSED_WEBHOOK_SECRET' },
    guarded: {
      account: 'acme',
      secret: 'GUARDED_WEBHOOK_SECRET',
      factor: { header: 'X-Webhook-Key', secret: 'GUARDED_KEY' },
      intents: { stacks: ['*'], cap: { intents: 3, windowMinutes: 60 } },
    },
  }),
  STARTER_URL: 'https://starter.test',
  ENVELOPE_SECRET: 'envelope-secret',
  ENVELOPE_SECRET_PREVIOUS: 'envelope-secret-before',
  STARTER_ACCESS_CLIENT_ID: 'access-id',
  STARTER_ACCESS_CLIENT_SECRET: 'access-secret',
  OPERATOR_TOKEN: 'operator-token',
  LOG_LEVEL: 'silent',
  FORWARD_TIMEOUT_MS: '500',
  /* What lingers is tested by itself. */
  LINGER_MS: '1',
  /* So long that only a test itself ends a wait, by running the alarm. */
  BACKOFF_BASE_MS: '600000',
  BACKOFF_CAP_MS: '3600000',
} as const;
