import { describe, expect, test } from 'vitest';
import { createApp } from '../../edge/app.ts';
import { type EdgeConfig, parseConfig } from '../../edge/config.ts';
import type { Acceptance, Inbox } from '../../edge/inbox/inbox.ts';
import { createLog } from '../../edge/log.ts';
import { createMisconfiguredApp } from '../../edge/misconfigured.ts';
import { runPayload, signatureOf } from './kit.ts';

const ENV = { SPACELIFT_WEBHOOK_SECRET: 'secret', BODY_LIMIT_BYTES: 1000, OPERATOR_TOKEN: 'token' };

function configOf(env: object): EdgeConfig {
  const config = parseConfig(env);
  if (!config.ok) throw new Error(config.error);
  return config.value;
}

function build(env: object, accept: () => Promise<Acceptance>) {
  const lines: string[] = [];
  const unused = () => Promise.reject(new Error('Cannot answer: not part of this test'));
  const inbox: Inbox = {
    accept,
    list: unused,
    show: unused,
    body: unused,
    count: unused,
    names: unused,
    redeliver: unused,
    remove: unused,
  };
  const app = createApp({
    config: configOf(env),
    inbox,
    clock: () => 1_760_000_000_000,
    newId: () => 'delivery-1',
    fetch: unused,
    log: createLog('debug', (_, line) => lines.push(line)),
  });
  return { app, lines };
}

const KEPT: Acceptance = {
  isDuplicate: false,
  deliveryId: 'delivery-1',
  status: 'pending',
  reason: null,
};

const kept = () => Promise.resolve(KEPT);

const bodyOf = (bytes: number) => {
  const body = JSON.stringify({ ...runPayload('app', 'R', 'FINISHED', 1), padding: '' });
  return body.replace('"padding":""', `"padding":"${'x'.repeat(bytes - body.length)}"`);
};

const chunked = (body: string) =>
  new Blob([body]).stream().pipeThrough(new TransformStream<Uint8Array, Uint8Array>());

async function post(app: ReturnType<typeof build>['app'], body: string, init: RequestInit = {}) {
  const headers = new Headers(init.headers);
  headers.set('X-Signature-256', await signatureOf(body, 'secret'));
  return app.request('/webhooks/spacelift', { method: 'POST', body, ...init, headers });
}

describe('createApp()', () => {
  test.each([
    ['exactly at the limit', 1000, {}, 202],
    ['one byte over it', 1001, {}, 413],
    ['announced as over it, and under it', 900, { headers: { 'Content-Length': '1001' } }, 202],
    ['announced as under it, and over it', 1001, { headers: { 'Content-Length': '1' } }, 413],
    ['with a length that is no number', 1001, { headers: { 'Content-Length': 'many' } }, 413],
    ['in chunks, at the limit', 1000, { body: chunked(bodyOf(1000)) }, 202],
    ['in chunks, one byte over it', 1001, { body: chunked(bodyOf(1001)) }, 413],
  ])('createApp() answers a body %s (%i bytes)', async (_, bytes, init, status) => {
    const { app } = build(ENV, kept);
    const response = await post(app, bodyOf(bytes), init);
    expect(response.status).toBe(status);
    if (status === 413) expect(await response.json()).toMatchObject({ error: 'body-too-large' });
  });

  test('createApp() stops reading a body that goes on beyond its announced length', async () => {
    const { app } = build(ENV, kept);
    let pieces = 0;
    const long = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(400));
        if ((pieces += 1) === 1000) controller.close();
      },
    });
    const headers = { 'Content-Length': '1', 'Transfer-Encoding': 'chunked' };
    expect((await post(app, '', { body: long, headers })).status).toBe(413);
    expect(pieces).toBeLessThan(10);
  });

  test('createApp() answers 503 and no stack trace when the inbox fails, and logs why', async () => {
    const { app, lines } = build(ENV, () => Promise.reject(new Error('disk is on fire')));
    const response = await post(app, bodyOf(500));
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      error: 'inbox-unavailable',
      message: 'Cannot accept delivery: inbox is unavailable',
    });
    expect(lines.join()).toContain('disk is on fire');
  });

  test('createApp() counts genuine deliveries that it could not keep, and only those', async () => {
    let isBroken = true;
    const { app, lines } = build(ENV, () =>
      isBroken ? Promise.reject(new Error('disk is on fire')) : kept(),
    );
    const failures = async () => {
      const health = await (await app.request('/healthz')).json();
      return (health as { failures: { consecutive: number } }).failures.consecutive;
    };
    await post(app, bodyOf(500));
    await app.request('/webhooks/spacelift', { method: 'POST', body: bodyOf(500) });
    await post(app, bodyOf(500));
    expect(await failures()).toBe(2);
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ msg: 'Delivery refused' });
    expect(lines.join()).toContain('"count":2');
    isBroken = false;
    await post(app, bodyOf(500));
    expect(await failures()).toBe(0);
  });

  test('createApp() answers only after the inbox has kept the delivery', async () => {
    let finish: (kept: Acceptance) => void = () => {};
    const { app } = build(ENV, () => new Promise((resolve) => (finish = resolve)));
    let isAnswered = false;
    const answering = post(app, bodyOf(500)).then((response) => {
      isAnswered = true;
      return response;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(isAnswered).toBe(false);
    finish(KEPT);
    expect((await answering).status).toBe(202);
  });

  test('createApp() answers 503 and says so in the log when no secret is configured', async () => {
    const { app, lines } = build({}, kept);
    const response = await post(app, bodyOf(500));
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: 'secret-missing' });
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'error',
      reason: 'secret-missing',
      webhook: 'default',
      error: 'SPACELIFT_WEBHOOK_SECRET is not set',
    });
  });

  test('createApp() logs neither body nor secret nor signature', async () => {
    const { app, lines } = build(ENV, kept);
    const body = bodyOf(600);
    await post(app, body);
    await app.request('/webhooks/spacelift', { method: 'POST', body });
    const text = lines.join();
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      msg: 'Delivery accepted',
      deliveryId: 'delivery-1',
      key: 'run/acme/R/FINISHED/exact.1',
      webhook: 'default',
      eventType: 'completed',
      secretLabel: 'current',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(lines[1]).toContain('signature-missing');
    for (const secret of ['sha256=', 'someone', 'private words', '"secret"'])
      expect(text).not.toContain(secret);
  });
});

describe('GET /healthz', () => {
  test.each([
    [
      ENV,
      200,
      {
        status: 'ok',
        webhooks: { configured: 1, withoutSecret: 0 },
        starter: 'unconfigured',
        operator: 'configured',
        failures: { consecutive: 0, limit: 10 },
      },
    ],
    [
      {
        WEBHOOKS: { deploys: { secret: 'DEPLOYS' } },
        STARTER_URL: 'http://s',
        ENVELOPE_SECRET: 'e',
      },
      503,
      {
        status: 'unconfigured',
        webhooks: { configured: 0, withoutSecret: 2 },
        starter: 'configured',
        operator: 'unconfigured',
        failures: { consecutive: 0, limit: 10 },
      },
    ],
  ])('healthOf() tells whether deliveries can be accepted (%#)', async (env, status, health) => {
    const response = await build(env, kept).app.request('/healthz');
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(health);
  });

  test('createMisconfiguredApp() answers everything with 503 and logs the fault', async () => {
    const lines: string[] = [];
    const app = createMisconfiguredApp(
      'Cannot read configuration: WEBHOOKS is not a table of webhooks',
      createLog('info', (_, line) => lines.push(line)),
    );
    const response = app.fetch();
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ status: 'misconfigured' });
    expect(lines.join()).toContain('WEBHOOKS is not a table');
  });
});

describe('createLog()', () => {
  test('createLog() writes from its level on, and listed fields alone', () => {
    const lines: [string, string][] = [];
    const output = (level: string, line: string) => lines.push([level, line]);
    const log = createLog('warn', output, () => 1_760_000_000_000);
    log.info('not written');
    const fields = { deliveryId: 'd', body: 'private', reason: null } as { deliveryId: string };
    log.error('written', fields);
    expect(lines).toEqual([
      [
        'error',
        '{"level":"error","time":"2025-10-09T08:53:20.000Z","part":"edge","deliveryId":"d","msg":"written"}',
      ],
    ]);
  });
});
