/** Refusals that need a configuration, or a misfortune, of their own; those of single requests are in known-answers.ts. */
import { cp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { deliver, post, runKey, runPayload, unique } from './kit/deliveries.ts';
import { type Edge, startEdge } from './kit/edge.ts';
import { onEveryRuntime, settled } from './kit/path.ts';
import { RUNTIMES } from './kit/runtimes.ts';

const refusal = (error: string, message: string) => ({ error, message });

const TOKEN_WRONG = refusal('token-wrong', 'Cannot show inbox: credentials are missing or wrong');
const UNAVAILABLE = refusal('inbox-unavailable', 'Cannot accept delivery: inbox is unavailable');

const get = async (edge: Edge, path: string, headers: Readonly<Record<string, string>> = {}) => {
  const response = await fetch(`${edge.url}${path}`, { headers });
  return { status: response.status, headers: response.headers, body: await response.json() };
};

onEveryRuntime('refusals of operator routes', {}, (path) => {
  test.each([
    [undefined, 401],
    ['', 401],
    ['Bearer', 401],
    ['Bearer ', 401],
    ['operator-token', 401],
    ['Basic operator-token', 401],
    ['Bearer operator-toke', 401],
    ['Bearer operator-tokens', 401],
    ['Bearer Operator-Token', 401],
    ['Bearer operator-token, Bearer operator-token', 401],
    ['Bearer envelope-secret', 401],
    ['Bearer operator-token', 200],
    ['bearer   operator-token', 200],
  ])('Authorization "%s": %d', async (authorization, status) => {
    for (const route of ['/inbox', '/inbox/', '/inbox/counts']) {
      const answer = await get(
        path.edge,
        route,
        authorization === undefined ? {} : { Authorization: authorization },
      );
      expect(answer.status).toBe(status);
      if (status !== 401) continue;
      expect(answer.body).toEqual(TOKEN_WRONG);
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
    }
  });

  test('delivery-unknown: an id that nobody was given', async () => {
    const stack = unique('known');
    const { deliveryId } = await deliver(path.edge, runPayload(stack, 'R1', 1));
    await settled(path, `acme/${stack}`);
    const place = `?account=acme&stack=${stack}`;
    expect((await path.operator.ask(`/${deliveryId}${place}`)).status).toBe(200);
    const unknown = {
      status: 404,
      body: refusal('delivery-unknown', 'Cannot show delivery: no such delivery'),
    };
    expect(await path.operator.ask(`/${deliveryId.toUpperCase()}${place}`)).toEqual(unknown);
    expect(await path.operator.ask(`/${deliveryId}?account=acme&stack=elsewhere`)).toEqual(unknown);
    expect(await path.operator.ask('/no-such-id')).toEqual(unknown);
  });

  test.each([
    ['limit=1', null],
    ['limit=200', null],
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['status=parked', null],
    ['status=lost', 'status'],
    ['since=2026-01-01', null],
    ['since=90s', null],
    ['since=yesterday', 'since'],
    ['until=90', 'until'],
    ['cursor=acme/a@12', null],
    ['cursor=acme/a', 'cursor'],
    ['account=acme&stack=a', null],
    ['stack=a', 'account'],
    ['colour=blue', 'colour'],
    ['__proto__=a', '__proto__'],
  ])('query-invalid: ?%s', async (query, field) => {
    const { status, body } = await path.operator.ask(`?${query}`);
    if (field === null) return expect(status).toBe(200);
    expect({ status, body }).toEqual({
      status: 400,
      body: refusal('query-invalid', `Cannot read query: ${field}`),
    });
  });

  test.each([
    ['{"inbox":"acme/nothing"}', null],
    ['{"inbox":"acme/nothing","limit":200,"dryRun":true}', null],
    ['{"inbox":"acme/nothing","limit":201}', ': limit'],
    ['{"inbox":"acme/nothing","limit":"20"}', ': limit'],
    ['{"inbox":"acme/nothing","dryRun":"yes"}', ': dryRun'],
    ['{"ids":"one"}', ': ids'],
    ['{"idz":["one"]}', ': idz'],
    ['{"stack":"a"}', ': account'],
    ['{}', ': ids'],
    ['{"force":true}', ': ids'],
    ['[]', ': ids'],
    ['null', ''],
    ['{', ''],
    ['', ''],
  ])('body-invalid: %s', async (body, field) => {
    const answer = await path.operator.ask('/redeliver', { method: 'POST', body });
    if (field === null) return expect(answer.status).toBe(200);
    expect(answer).toEqual({
      status: 400,
      body: refusal('body-invalid', `Cannot read body${field}`),
    });
  });

  test('body-invalid: a form of another site', async () => {
    const response = await fetch(`${path.edge.url}/inbox/redeliver`, {
      method: 'POST',
      headers: { Authorization: 'Bearer operator-token', 'Content-Type': 'text/plain' },
      body: '{"inbox":"acme/nothing"}',
    });
    expect(response.status).toBe(400);
  });

  test('method-not-allowed: with the method that is', async () => {
    for (const [method, route, allow] of [
      ['DELETE', '/inbox', 'GET'],
      ['POST', '/inbox/counts', 'GET'],
      ['PUT', '/inbox/redeliver', 'POST'],
    ]) {
      const answer = await fetch(`${path.edge.url}${route}`, {
        ...(method !== undefined && { method }),
        headers: { Authorization: 'Bearer operator-token' },
      });
      expect([answer.status, answer.headers.get('Allow')]).toEqual([405, allow]);
    }
  });
});

/** The files of the one inbox there is. */
async function filesOfInbox({ stateDirectory }: Edge): Promise<string[]> {
  const files = await readdir(stateDirectory, { recursive: true });
  return files
    .filter((file) => /(?:InboxObject\/[0-9a-f]{64}\.sqlite|^\d+\.db)(?:-wal|-shm)?$/.test(file))
    .map((file) => join(stateDirectory, file));
}

onEveryRuntime('refusals by misfortune', {}, (path) => {
  const failures = async () =>
    ((await get(path.edge, '/healthz')).body as { failures: { consecutive: number } }).failures
      .consecutive;

  test('inbox-unavailable: an inbox that cannot be read costs nobody else anything, and comes back', async () => {
    const stack = unique('broken');
    const { deliveryId } = await deliver(path.edge, runPayload(stack, 'R1', 1));
    await settled(path, `acme/${stack}`);
    expect(await failures()).toBe(0);

    await path.edge.kill();
    const files = await filesOfInbox(path.edge);
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) await rename(file, `${file}.away`);
    for (const file of files.filter((each) => /\.(?:db|sqlite)$/.test(basename(each))))
      await writeFile(file, 'this is no database, '.repeat(1000));
    await path.edge.start();

    for (const version of [2, 3, 4]) {
      expect(await post(path.edge, runPayload(stack, 'R1', version))).toEqual({
        status: 503,
        body: UNAVAILABLE,
      });
      expect(await failures()).toBe(version - 1);
    }
    expect(path.edge.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        msg: 'Cannot keep delivery',
        count: 3,
        inbox: `acme/${stack}`,
      }),
    );
    // A forgery is nobody's failure.
    expect((await post(path.edge, runPayload(stack, 'R1', 5), { secret: 'wrong' })).status).toBe(
      401,
    );
    expect(await failures()).toBe(3);
    const other = unique('sound');
    expect((await deliver(path.edge, runPayload(other, 'R1', 1))).status).toBe('accepted');
    await settled(path, `acme/${other}`);
    expect(await failures()).toBe(0);

    await path.edge.kill();
    for (const file of files) {
      await rm(file, { force: true });
      await cp(`${file}.away`, file);
    }
    await path.edge.start();
    expect(await deliver(path.edge, runPayload(stack, 'R1', 1))).toEqual({
      deliveryId,
      status: 'duplicate',
    });
    await deliver(path.edge, runPayload(stack, 'R1', 2));
    expect(await settled(path, `acme/${stack}`)).toMatchObject([
      { key: runKey('R1', 1), status: 'delivered' },
      { key: runKey('R1', 2), status: 'delivered' },
    ]);
  });
});

describe.concurrent.each(RUNTIMES)('%s', (runtime) => {
  test('without any configuration everything is refused as somebody’s to put right', async () => {
    await using edge = await startEdge(runtime, { env: { SPACELIFT_WEBHOOK_SECRET: ' \t' } });
    expect(await post(edge, runPayload('a', 'R1', 1))).toEqual({
      status: 503,
      body: refusal('secret-missing', 'Cannot accept delivery: webhook has no secret'),
    });
    const health = await get(edge, '/healthz');
    expect({ status: health.status, body: health.body }).toEqual({
      status: 503,
      body: {
        status: 'unconfigured',
        webhooks: { configured: 0, withoutSecret: 1 },
        starter: 'unconfigured',
        operator: 'unconfigured',
        failures: { consecutive: 0, limit: 10 },
      },
    });
    for (const headers of [
      {},
      { Authorization: 'Bearer ' },
      { Authorization: 'Bearer undefined' },
    ]) {
      const answer = await get(edge, '/inbox', headers);
      expect({ status: answer.status, body: answer.body }).toEqual({
        status: 503,
        body: refusal(
          'token-not-configured',
          'Cannot show inbox: neither operator token nor Access is configured',
        ),
      });
    }
    expect(edge.lines).toContainEqual(
      expect.objectContaining({
        level: 'error',
        reason: 'secret-missing',
        error: 'SPACELIFT_WEBHOOK_SECRET is not set',
      }),
    );
  });
});
