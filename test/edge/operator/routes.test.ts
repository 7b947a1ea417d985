import { describe, expect, test } from 'vitest';
import {
  answer,
  deliver,
  eventually,
  fakeStarter,
  request,
  runPayload,
  settled,
  unique,
  verdictOn,
} from '../kit.ts';

const ask = async (path: string, token = 'operator-token') => {
  const response = await request(path, { headers: { Authorization: `Bearer ${token}` } });
  return { status: response.status, body: await response.json<Record<string, unknown>>() };
};

describe('operatorRoutes()', () => {
  test.each(['/inbox', '/inbox/counts', '/inbox/some-id'])(
    'operatorRoutes() refuses %s without the token',
    async (path) => {
      const refusal = {
        error: 'token-wrong',
        message: 'Cannot show inbox: credentials are missing or wrong',
      };
      const response = await request(path);
      expect(response.status).toBe(401);
      expect(response.headers.get('WWW-Authenticate')).toBe('Bearer');
      expect(await response.json()).toEqual(refusal);
      expect(await ask(path, 'default-secret')).toEqual({ status: 401, body: refusal });
    },
  );

  const namesIn = (body: Record<string, unknown>) =>
    (body['inboxes'] as { inbox: string }[]).map(({ inbox }) => inbox);

  test('operatorRoutes() names the inboxes, each registered by its first delivery', async () => {
    const stack = unique('app');
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    await deliver({ nothing: 'known' });
    await eventually(async () => {
      const { status, body } = await ask('/inbox/counts');
      expect(status).toBe(200);
      expect(namesIn(body)).toEqual(expect.arrayContaining([`acme/${stack}`, 'webhook:default']));
    });
    const { body } = await ask('/inbox/counts?account=acme');
    expect(namesIn(body)).toContain(`acme/${stack}`);
    expect(namesIn(body)).not.toContain('webhook:default');
  });

  test('operatorRoutes() pages through inboxes and their deliveries, each once', async () => {
    const stacks = Array.from({ length: 45 }, () => unique('page'));
    for (const run of ['R1', 'R2'])
      await Promise.all(stacks.map((stack) => deliver(runPayload(stack, run, 'QUEUED', 0))));
    await eventually(async () => {
      const first = await ask('/inbox/counts?account=acme');
      expect(first.body['inboxes']).toHaveLength(40);
      const cursor = encodeURIComponent(String(first.body['nextCursor']));
      const next = await ask(`/inbox/counts?account=acme&cursor=${cursor}`);
      expect(next.body['nextCursor']).toBeNull();
      expect([...namesIn(first.body), ...namesIn(next.body)]).toEqual(
        expect.arrayContaining(stacks.map((stack) => `acme/${stack}`)),
      );
    });
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { body } = await ask(
        `/inbox?limit=7${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
      );
      const page = body['deliveries'] as { inbox: string; seq: number }[];
      expect(page.length).toBeLessThanOrEqual(7);
      seen.push(...page.map(({ inbox, seq }) => `${inbox} ${seq}`));
      cursor = body['nextCursor'] as string | null;
    }
    expect(new Set(seen).size).toBe(seen.length);
    for (const stack of stacks)
      expect(seen).toEqual(expect.arrayContaining([`acme/${stack} 1`, `acme/${stack} 2`]));
  });

  test('operatorRoutes() lists, filters and pages the deliveries of a stack, newest first', async () => {
    const stack = unique('app');
    fakeStarter(`acme/${stack}`, ({ events }) =>
      answer(
        events.map((event) => verdictOn(event, event.subject === 'R3' ? 'refused' : 'started')),
      ),
    );
    for (const run of ['R1', 'R2', 'R3']) await deliver(runPayload(stack, run, 'QUEUED', 0));
    await eventually(async () =>
      expect((await ask(`/inbox?account=acme&stack=${stack}&status=pending`)).body).toMatchObject({
        deliveries: [],
      }),
    );
    const page = await ask(`/inbox?account=acme&stack=${stack}&limit=2`);
    expect(page.body).toMatchObject({
      deliveries: [
        {
          inbox: `acme/${stack}`,
          key: 'run/acme/R3/QUEUED/exact.0',
          status: 'parked',
          reason: 'refused',
          verdict: 'refused',
        },
        { key: 'run/acme/R2/QUEUED/exact.0', status: 'delivered', hasEnvelope: true },
      ],
      nextCursor: `acme/${stack}@2`,
    });
    const rest = await ask(`/inbox?inbox=acme/${stack}&limit=2&cursor=acme/${stack}@2`);
    expect(rest.body).toMatchObject({ deliveries: [{ seq: 1 }], nextCursor: null });
    const parked = await ask(`/inbox?account=acme&stack=${stack}&status=parked`);
    expect(parked.body['deliveries']).toHaveLength(1);
  });

  test('operatorRoutes() shows one delivery by its id, with or without its inbox', async () => {
    const stack = unique('app');
    const { body: receipt } = await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await settled(`acme/${stack}`);
    const shown = await ask(`/inbox/${receipt.deliveryId}?account=acme&stack=${stack}`);
    expect(shown).toMatchObject({
      status: 200,
      body: {
        inbox: `acme/${stack}`,
        outage: null,
        delivery: {
          deliveryId: receipt.deliveryId,
          status: 'delivered',
          executionId: 'execution-of-run/acme/R/FINISHED/exact.5',
          bodyBytes: expect.any(Number),
          traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
        },
        envelope: { deliveryid: receipt.deliveryId, data: { about: 'run', runId: 'R' } },
      },
    });
    expect(JSON.stringify(shown.body)).not.toMatch(/someone|private words/);
    await eventually(async () =>
      expect((await ask(`/inbox/${receipt.deliveryId}`)).body).toEqual(shown.body),
    );
  });

  test('operatorRoutes() says of an unknown delivery that it is unknown', async () => {
    for (const path of ['/inbox/nobody', '/inbox/nobody?account=acme&stack=app'])
      expect(await ask(path)).toMatchObject({ status: 404, body: { error: 'delivery-unknown' } });
  });

  test('operatorRoutes() counts by status, for one inbox and for all', async () => {
    const stack = unique('app');
    fakeStarter(`acme/${stack}`, () => new Response(null, { status: 503 }));
    await deliver(runPayload(stack, 'R', 'QUEUED', 0));
    const one = { pending: 1, delivered: 0, parked: 0, unparsed: 0 };
    await eventually(async () =>
      expect((await ask(`/inbox/counts?account=acme&stack=${stack}`)).body).toEqual({
        total: one,
        inboxes: [
          {
            inbox: `acme/${stack}`,
            ...one,
            oldestPendingAt: expect.any(Number),
            outage: {
              failures: 1,
              since: expect.any(Number),
              at: expect.any(Number),
              until: expect.any(Number),
              lastError: 'Cannot forward batch: status is 503',
            },
          },
        ],
        nextCursor: null,
      }),
    );
  });

  test.each([
    ['/inbox?stack=app', 'account'],
    ['/inbox?account=acme&status=lost', 'status'],
    ['/inbox?account=acme&limit=0', 'limit'],
    ['/inbox?account=acme&limit=201', 'limit'],
    ['/inbox?account=acme&limit=ten', 'limit'],
    ['/inbox?account=acme&cursor=x', 'cursor'],
    ['/inbox?account=acme&since=yesterday', 'since'],
    ['/inbox?account=acme&until=5', 'until'],
    ['/inbox?acount=acme', 'acount'],
    ['/inbox/counts?limit=3', 'limit'],
    ['/inbox/some-id?body=all', 'body'],
  ])('operatorRoutes() refuses the query of %s', async (path, field) => {
    expect(await ask(path)).toEqual({
      status: 400,
      body: { error: 'query-invalid', message: `Cannot read query: ${field}` },
    });
  });

  test.each(['/inbox?account=acme&limit=200', '/inbox?account=acme&limit=1'])(
    'operatorRoutes() takes the query of %s',
    async (path) => {
      expect((await ask(path)).status).toBe(200);
    },
  );
});
