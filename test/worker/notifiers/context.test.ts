import { describe, expect, test } from 'vitest';
import { parseWorkerConfig } from '../../../worker/config.ts';
import { createNotifierContext } from '../../../worker/notifiers/context.ts';
import { startOutlet } from './outlet.ts';
import { RUN_NOTICE } from './support.ts';

const ENV = {
  SPACELIFT_API_KEY_ENDPOINT: 'https://demo.app.spacelift.io',
  SPACELIFT_API_KEY_ID: 'id',
  SPACELIFT_API_KEY_SECRET: 'secret',
};

function contextWith(env: Record<string, string>) {
  const told: unknown[] = [];
  const context = createNotifierContext(parseWorkerConfig({ ...ENV, ...env }), {
    log: { warn: () => {} },
    namespace: 'prod.acme',
    clientOf: () => {
      throw new Error('Cannot test: no Spacelift here');
    },
    executions: { signalWithStart: async (...args) => void told.push(args) as never },
  });
  return { context, told };
}

describe('createNotifierContext()', () => {
  test.each([
    ['https://cloud.temporal.io', 'https://cloud.temporal.io/namespaces/prod.acme/workflows/a%2Fb'],
    ['http://localhost:8233/', 'http://localhost:8233/namespaces/prod.acme/workflows/a%2Fb'],
  ])('finds the page of an execution in the UI at %s', (TEMPORAL_UI_URL, page) => {
    expect(contextWith({ TEMPORAL_UI_URL }).context.executionPage('a/b')).toBe(page);
  });

  test('knows no page without a UI', () => {
    expect(contextWith({}).context.executionPage('a/b')).toBeNull();
  });

  test.each([
    ['nothing', {}, false],
    ['the network', { OUTGOING_ALLOW: '127.0.0.0/8, ::1/128' }, true],
    ['the host', { OUTGOING_ALLOW: 'localhost' }, true],
    ['another host', { OUTGOING_ALLOW: 'chat.internal' }, false],
    ['everything', { OUTGOING_ALLOW_PRIVATE: 'true' }, true],
  ])('reaches this machine where configuration allows %s: %o', async (_, env, isReached) => {
    await using outlet = await startOutlet();
    const { fetch } = contextWith(env).context;
    const asked = fetch(`http://localhost:${outlet.port}`);
    if (isReached) expect((await asked).status).toBe(200);
    else await expect(asked).rejects.toThrow('host localhost has an address that is not public');
    expect(outlet.received).toHaveLength(isReached ? 1 : 0);
  });

  test.each(['https://chat.internal', 'chat.internal:443', '10.0.0.0/99', 'a b'])(
    'refuses OUTGOING_ALLOW=%s at start',
    (OUTGOING_ALLOW) => {
      expect(() => contextWith({ OUTGOING_ALLOW })).toThrow('OUTGOING_ALLOW is malformed');
    },
  );

  test('holds a notice by the digest execution of its route', async () => {
    const { context, told } = contextWith({});
    const held = { notice: RUN_NOTICE, key: 'k', until: 1 };
    await context.hold('night', held);
    expect(told).toMatchObject([
      [{ workflowId: 'digest/night' }, { name: 'hold_notice', payload: held }, 'always'],
    ]);
  });
});
