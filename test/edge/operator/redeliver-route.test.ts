import { describe, expect, test } from 'vitest';
import {
  deliver,
  fakeStarter,
  intentPayload,
  rowsOf,
  runPayload,
  settled,
  unique,
} from '../kit.ts';
import {
  AUDIENCE,
  goodClaims,
  makeKey,
  makeToken,
  NOW,
  publishKeys,
  TEAM_DOMAIN,
} from './access-tokens.ts';
import { createOperator, TOKEN } from './operator-kit.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };

const post = (body: BodyInit, headers: Record<string, string> = JSON_TYPE) =>
  createOperator().ask('/inbox/redeliver', { method: 'POST', body, headers });

const refusal = (field?: string) => ({
  status: 400,
  body: {
    error: 'body-invalid',
    message: `Cannot read body${field === undefined ? '' : `: ${field}`}`,
  },
});

describe('POST /inbox/redeliver', () => {
  test.each<[string, Record<string, string>]>([
    ['no Content-Type', {}],
    ['that of a form', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['that of a form with files', { 'Content-Type': 'multipart/form-data; boundary=x' }],
    ['text', { 'Content-Type': 'text/plain;charset=UTF-8' }],
    ['text that mentions JSON', { 'Content-Type': 'text/plain; application/json' }],
  ])('checkJson() refuses a body with %s, as another site could send it', async (_, headers) => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await settled(`acme/${stack}`);
    const body = JSON.stringify({ account: 'acme', stack });
    // As bytes: a text brings a Content-Type of its own.
    expect(await post(new TextEncoder().encode(body), headers)).toEqual(refusal());
    expect(starter.calls).toHaveLength(1);
    expect(await post(body)).toMatchObject({ status: 200, body: { results: [{}] } });
  });

  test.each<[string, string | undefined]>([
    ['', undefined],
    ['{', undefined],
    ['null', undefined],
    ['7', undefined],
    ['"text"', undefined],
    ['[]', 'ids'],
    ['{}', 'ids'],
    ['{"dryRun":true,"force":true,"limit":5,"cursor":"a@1"}', 'ids'],
    ['[{"account":"acme"}]', '0'],
    ['{"account":"acme","stak":"app"}', 'stak'],
    ['{"account":"acme","__proto__":{"ids":[]}}', '__proto__'],
    ['{"stack":"app"}', 'account'],
    ['{"account":7}', 'account'],
    ['{"account":"acme","status":"lost"}', 'status'],
    ['{"account":"acme","since":"yesterday"}', 'since'],
    ['{"account":"acme","since":1760000000000}', 'since'],
    ['{"account":"acme","until":"2025-13-01"}', 'until'],
    ['{"account":"acme","limit":0}', 'limit'],
    ['{"account":"acme","limit":201}', 'limit'],
    ['{"account":"acme","limit":1.5}', 'limit'],
    ['{"account":"acme","limit":"5"}', 'limit'],
    ['{"account":"acme","cursor":"x"}', 'cursor'],
    ['{"account":"acme","dryRun":"yes"}', 'dryRun'],
    ['{"account":"acme","force":1}', 'force'],
    ['{"ids":"d1"}', 'ids'],
    ['{"ids":[1]}', 'ids.0'],
    [JSON.stringify({ ids: Array.from({ length: 201 }, String) }), 'ids'],
  ])('checkJson() refuses %s', async (body, field) => {
    expect(await post(body)).toEqual(refusal(field));
  });

  test.each([
    '{"ids":[]}',
    '{"account":"nobody"}',
    '{"inbox":"nobody/none","limit":1}',
    '{"inbox":"nobody/none","limit":200,"since":"90s","until":"2025-10-09"}',
    JSON.stringify({ inbox: 'nobody/none', ids: Array.from({ length: 200 }, String) }),
  ])('checkJson() takes %s', async (body) => {
    expect(await post(body, { 'Content-Type': 'application/json; charset=utf-8' })).toMatchObject({
      status: 200,
      body: { results: [] },
    });
  });
});

describe('audit lines', () => {
  test('operatorRoutes() leaves one for every action, before a redelivery and for each delivery of it', async () => {
    const stack = unique('app');
    fakeStarter(`acme/${stack}`);
    const { body: receipt } = await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await deliver(intentPayload(stack, { account: 'acme', idempotency_key: 'k' }));
    const { deliveryId } = receipt;
    const inbox = `acme/${stack}`;
    const place = { account: 'acme', stack };
    const query = `account=acme&stack=${stack}`;
    const operator = createOperator();
    await operator.ask(`/inbox?inbox=${inbox}`);
    await operator.ask(`/inbox/counts?${query}`);
    await operator.ask(`/inbox/${deliveryId}?${query}`);
    await operator.ask(`/inbox/${deliveryId}?${query}&body=raw`);
    await operator.ask(`/inbox/nobody?${query}`);
    await operator.redeliver({ ...place, ids: [deliveryId, 'nobody'], dryRun: true });
    await operator.redeliver({ ...place, status: 'parked' });
    await operator.redeliver({ ...place, ids: [deliveryId], force: true });
    const ours = { operator: 'token' };
    const key = 'run/acme/R/FINISHED/exact.5';
    const expected = [
      { action: 'list', inbox, count: 2 },
      { action: 'counts', count: 1 },
      { action: 'show', deliveryId, inbox },
      { action: 'show raw body', deliveryId, inbox },
      { action: 'show', deliveryId: 'nobody' },
      { action: 'redeliver dry run', count: 2 },
      { action: 'send-again dry run', deliveryId, inbox, key },
      { action: 'redeliver', count: 50 },
      { action: 'read-again', inbox, key: `parked/default/intent/acme/${stack}/key.k` },
      { action: 'redeliver forced', count: 1 },
      { action: 'send-copy forced', inbox, verdict: 'started' },
    ];
    expect(operator.audit()).toEqual(
      expected.map((line) => expect.objectContaining({ ...ours, ...line })),
    );
    expect(operator.audit().at(-1)?.['key']).toMatch(/\.copy-/);
  });

  test('operatorRoutes() leaves one for a redelivery that fails half-way', async () => {
    const fails = () => Promise.reject(new Error('no such object'));
    const operator = createOperator({}, { inbox: { list: fails } });
    await expect(operator.redeliver({ inbox: 'acme/app' })).rejects.toThrow('503');
    expect(operator.audit()).toMatchObject([{ action: 'redeliver' }]);
  });

  test('operatorRoutes() names who asks by an id of Access, and nothing personal or secret', async () => {
    const stack = unique('app');
    const { body: receipt } = await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await settled(`acme/${stack}`);
    const key = await makeKey('key-1');
    const token = await makeToken(key, { ...goodClaims, exp: NOW / 1000 + 60 });
    const operator = createOperator(
      { ACCESS_TEAM_DOMAIN: TEAM_DOMAIN, ACCESS_AUDIENCE: AUDIENCE },
      { fetch: publishKeys(key).fetch, clock: () => NOW },
    );
    const headers = { 'Cf-Access-Jwt-Assertion': token };
    await operator.ask(`/inbox/${receipt.deliveryId}?account=acme&stack=${stack}&body=raw`, {
      headers,
    });
    const body = JSON.stringify({ ids: [receipt.deliveryId], account: 'acme', stack });
    const init = { method: 'POST', body, headers: { ...headers, ...JSON_TYPE } };
    expect(await operator.ask('/inbox/redeliver', init)).toMatchObject({ status: 200 });
    expect(operator.audit()).toHaveLength(3);
    for (const line of operator.audit()) expect(line).toMatchObject({ operator: 'operator-1' });
    const text = JSON.stringify(operator.lines);
    for (const secret of ['@', TOKEN, token, 'someone', 'private words'])
      expect(text).not.toContain(secret);
  });
});

describe('GET /inbox/:id', () => {
  test('operatorRoutes() shows the body redacted, raw or not at all, and what else is known', async () => {
    const stack = unique('app');
    fakeStarter(`acme/${stack}`);
    const payload = runPayload(stack, 'R', 'FINISHED', 5);
    const { body: receipt } = await deliver(payload, {
      headers: { 'User-Agent': 'Spacelift', 'X-Datadog-Trace-Id': '77', Cookie: 'private' },
    });
    await settled(`acme/${stack}`);
    const { ask } = createOperator();
    const show = async (form: string) =>
      (await ask(`/inbox/${receipt.deliveryId}?account=acme&stack=${stack}${form}`)).body;
    expect(await show('')).toMatchObject({
      inbox: `acme/${stack}`,
      headers: { 'User-Agent': 'Spacelift', 'X-Datadog-Trace-Id': '77' },
      attempts: [{ at: expect.any(Number), count: 1, verdict: 'started', error: null }],
      delivery: { executionId: 'execution-of-run/acme/R/FINISHED/exact.5', secretLabel: 'current' },
      body: {
        form: 'redacted',
        content: {
          account: 'acme',
          state: 'FINISHED',
          run: { id: 'R', triggeredBy: '[redacted]', commit: { message: '[redacted]' } },
        },
      },
    });
    expect(await show('&body=redacted')).toEqual(await show(''));
    expect(await show('&body=none')).toMatchObject({ body: null });
    expect(await show('&body=raw')).toMatchObject({
      body: { form: 'raw', content: JSON.stringify(payload) },
    });
    expect(JSON.stringify(await show(''))).not.toMatch(/private|someone|sha256=/);
  });

  test('operatorRoutes() shows a body that is no JSON only when asked for it raw', async () => {
    const { body: receipt } = await deliver('not { json');
    const { ask } = createOperator();
    const show = (form: string) =>
      ask(`/inbox/${receipt.deliveryId}?inbox=webhook:default&body=${form}`);
    expect((await show('redacted')).body).toMatchObject({
      envelope: null,
      delivery: { status: 'unparsed', reason: 'body-not-json' },
      body: { form: 'redacted', content: null },
    });
    expect((await show('raw')).body).toMatchObject({
      body: { form: 'raw', content: 'not { json' },
    });
    expect(await rowsOf('webhook:default')).not.toHaveLength(0);
  });
});
