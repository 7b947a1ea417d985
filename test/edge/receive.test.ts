import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { unpackBody } from '../../edge/inbox/gzip.ts';
import { toHex, utf8 } from '../../shared/contract/hmac.ts';
import {
  deliver,
  fakeStarter,
  inboxOf,
  intentPayload,
  request,
  rowsOf,
  runPayload,
  settled,
  signatureOf,
  unique,
} from './kit.ts';

const post = (body: BodyInit, headers: Record<string, string>, path = '/webhooks/spacelift') =>
  request(path, { method: 'POST', body, headers });

describe('receiveDelivery()', () => {
  test('receiveDelivery() answers 202 with a delivery id, and the event reaches the starter', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const reply = await deliver(runPayload(stack, 'RUN1', 'FINISHED', 5));
    expect(reply).toEqual({
      status: 202,
      body: { deliveryId: expect.any(String), status: 'accepted' },
    });
    const [row] = await settled(`acme/${stack}`);
    expect(row).toMatchObject({
      deliveryId: reply.body.deliveryId,
      key: 'run/acme/RUN1/FINISHED/exact.5',
      webhook: 'default',
      eventType: 'completed',
      verdict: 'started',
      executionId: 'execution-of-run/acme/RUN1/FINISHED/exact.5',
      attempts: 1,
    });
    expect(starter.calls[0]?.events[0]).toMatchObject({
      id: 'run/acme/RUN1/FINISHED/exact.5',
      source: `/acme/${stack}`,
      type: 'io.spacelift.run.completed',
      subject: 'RUN1',
      deliveryid: reply.body.deliveryId,
      redelivery: 0,
    });
  });

  test('receiveDelivery() takes PUT, and a secret of before the rotation', async () => {
    const stack = unique('app');
    const put = await deliver(runPayload(stack, 'R', 'QUEUED', 0), {
      method: 'PUT',
      secret: 'default-secret-before',
    });
    expect(put.status).toBe(202);
  });

  test('receiveDelivery() goes on with the trace of the sender', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const trace = '0af7651916cd43dd8448eb211c80319c';
    await deliver(runPayload(stack, 'R', 'QUEUED', 0), {
      headers: { Traceparent: `00-${trace}-b7ad6b7169203331-01` },
    });
    await settled(`acme/${stack}`);
    expect(starter.calls[0]?.events[0]?.traceparent).toContain(trace);
    expect(starter.calls[0]?.headers.get('traceparent')).toContain(trace);
  });

  test('receiveDelivery() keeps nobody in the envelope and the raw body in the inbox', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const payload = runPayload(stack, 'R', 'QUEUED', 0);
    await deliver(payload);
    await settled(`acme/${stack}`);
    expect(starter.calls[0]?.body).not.toMatch(/someone|private words/);
    expect(await bodyOf(`acme/${stack}`)).toEqual(utf8(JSON.stringify(payload)));
  });

  test('receiveDelivery() keeps a body of 5 MB whole, in pieces a row can hold', async () => {
    const stack = unique('app');
    // Repeated from farther away than gzip looks back, so that it does not get smaller.
    const noise = toHex(crypto.getRandomValues(new Uint8Array(65_536))).repeat(40);
    const payload = JSON.stringify({ ...runPayload(stack, 'R', 'FINISHED', 1), noise });
    expect(payload.length).toBeGreaterThan(5_000_000);
    expect((await deliver(payload)).status).toBe(202);
    await settled(`acme/${stack}`);
    expect((await bodyOf(`acme/${stack}`)).length).toBe(payload.length);
    const sizes = await runInDurableObject(inboxOf(`acme/${stack}`), (_, state) =>
      state.storage.sql
        .exec<{ size: number }>('SELECT length(bytes) AS size FROM bodies')
        .toArray()
        .map(({ size }) => size),
    );
    expect(sizes.length).toBeGreaterThan(1);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1024 * 1024);
  });
});

describe('refusals', () => {
  const stack = unique('refused');
  const starter = fakeStarter(`acme/${stack}`);
  const body = JSON.stringify(runPayload(stack, 'R', 'FINISHED', 1));
  const unsigned = {
    error: 'signature-wrong',
    message: 'Cannot accept delivery: signature is missing or wrong',
  };

  test.each([
    ['no signature', async () => ({})],
    [
      'SHA-1 alone',
      async () => ({ 'X-Signature': 'sha1=01dc10d0c83e72ed246219cdd91669667fe2ca59' }),
    ],
    [
      'no prefix',
      async () => ({ 'X-Signature-256': (await signatureOf(body, 'default-secret')).slice(7) }),
    ],
    [
      'upper case',
      async () => ({
        'X-Signature-256': `sha256=${(await signatureOf(body, 'default-secret')).slice(7).toUpperCase()}`,
      }),
    ],
    [
      'another body',
      async () => ({ 'X-Signature-256': await signatureOf(`${body} `, 'default-secret') }),
    ],
    [
      'another secret',
      async () => ({ 'X-Signature-256': await signatureOf(body, 'deploys-secret') }),
    ],
    [
      'a secret of the starter',
      async () => ({ 'X-Signature-256': await signatureOf(body, 'envelope-secret') }),
    ],
  ])('receiveDelivery() refuses %s with 401, one shape, and stores nothing', async (_, headers) => {
    const response = await post(body, await headers());
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual(unsigned);
    expect(await rowsOf(`acme/${stack}`)).toEqual([]);
    expect(starter.calls).toHaveLength(0);
  });

  test('createApp() refuses another webhook’s secret on a named route', async () => {
    const response = await post(
      body,
      { 'X-Signature-256': await signatureOf(body, 'default-secret') },
      '/webhooks/spacelift/deploys',
    );
    expect(response.status).toBe(401);
  });

  test('createApp() answers 503 for a webhook whose secret is empty, even to a body signed with it', async () => {
    const response = await post(
      body,
      { 'X-Signature-256': `sha256=${'0'.repeat(64)}` },
      '/webhooks/spacelift/closed',
    );
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      error: 'secret-missing',
      message: 'Cannot accept delivery: webhook has no secret',
    });
  });

  test.each([
    ['POST', '/webhooks/spacelift/nobody', 404, 'webhook-unknown'],
    ['POST', '/webhooks/spacelift/constructor', 404, 'webhook-unknown'],
    ['GET', '/webhooks/spacelift', 405, 'method-not-allowed'],
    ['DELETE', '/webhooks/spacelift/deploys', 405, 'method-not-allowed'],
    ['GET', '/webhooks/spacelift/nobody', 405, 'method-not-allowed'],
    ['POST', '/healthz', 405, 'method-not-allowed'],
    ['POST', '/webhooks/github', 404, 'route-unknown'],
    ['GET', '/', 404, 'route-unknown'],
  ])('createApp() answers %s %s with %i %s', async (method, path, status, error) => {
    const response = await request(path, { method });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error });
    if (status === 405) expect(response.headers.get('Allow')).not.toBeNull();
  });
});

describe('unparsed deliveries', () => {
  const bytes = (...values: number[]) => Uint8Array.from(values);

  test.each([
    ['body-not-json', utf8('{"account":')],
    ['body-not-json', utf8('')],
    ['body-not-utf8', bytes(0x7b, 0xff, 0xfe, 0x7d)],
    ['shape-unknown', utf8('{"something":"else"}')],
    ['shape-unknown', utf8('[]')],
    ['stack-id-missing', utf8('{"event_type":"triggered","account":"acme"}')],
    ['account-missing', utf8('{"event_type":"triggered","stack_id":"app"}')],
    ['field-invalid: account', utf8('{"event_type":"failed","account":"a/b","stack_id":"app"}')],
  ])('receiveDelivery() keeps a signed body as unparsed: %s', async (reason, body) => {
    const response = await post(body, {
      'X-Signature-256': await signatureOf(body, 'default-secret'),
    });
    expect(response.status).toBe(202);
    const receipt = await response.json<{ deliveryId: string }>();
    expect(receipt).toEqual({ deliveryId: expect.any(String), status: 'unparsed', reason });
    const rows = await rowsOf('webhook:default');
    const row = rows.find(({ deliveryId }) => deliveryId === receipt.deliveryId);
    expect(row).toMatchObject({
      status: 'unparsed',
      reason,
      envelope: null,
      eventType: 'unparsed',
    });
  });
});

describe('grants', () => {
  test('decideGrant() parks an intent through a webhook without a grant, and nothing is triggered', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const reply = await deliver(intentPayload(stack, { account: 'acme' }));
    expect(reply).toMatchObject({
      status: 202,
      body: { status: 'parked', reason: 'intent-not-granted' },
    });
    const [row] = await rowsOf(`acme/${stack}`);
    expect(row).toMatchObject({ status: 'parked', reason: 'intent-not-granted' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(starter.calls).toHaveLength(0);
  });

  test.each([
    ['a granted stack', 'app', {}, 'accepted'],
    ['a proposed run', 'app', { run_type: 'proposed' }, 'accepted'],
    ['a run type that is not granted', 'app', { run_type: 'DESTROY' }, 'parked'],
    ['a stack that is not granted', 'network', {}, 'parked'],
  ])('decideGrant() judges %s', async (_, prefix, more, status) => {
    const stack = unique(prefix);
    const reply = await deliver(intentPayload(stack, more), { webhook: 'deploys' });
    expect(reply.body.status).toBe(status);
  });

  test('decideGrant() parks a delivery that names another account, apart from that account', async () => {
    const payload = { ...runPayload(unique('app'), 'R', 'FINISHED', 1), account: 'other' };
    const reply = await deliver(payload, { webhook: 'deploys' });
    expect(reply.body).toMatchObject({ status: 'parked', reason: 'account-mismatch' });
    expect(await rowsOf('webhook:deploys')).toHaveLength(1);
  });

  test('decideGrant() does not let a parked intent use up the key of a granted one', async () => {
    const stack = unique('app');
    const payload = intentPayload(stack, { account: 'acme', idempotency_key: 'release-1' });
    expect((await deliver(payload)).body.status).toBe('parked');
    expect((await deliver(payload)).body.status).toBe('duplicate');
    expect((await deliver(payload, { webhook: 'deploys' })).body.status).toBe('accepted');
  });
});

/** The raw body of the only row of an inbox, put together again. */
async function bodyOf(name: string): Promise<Uint8Array> {
  const [row] = await rowsOf(name);
  const packed = await inboxOf(name).body(String(row?.['deliveryId']));
  if (packed === null) throw new Error('Cannot read body: the inbox has none');
  return unpackBody(packed);
}
