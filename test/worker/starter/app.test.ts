import { createHmac } from 'node:crypto';
import pino from 'pino';
import { beforeEach, describe, expect, test } from 'vitest';
import { BATCH_TOLERANCE_MS, signBatch } from '../../../shared/contract/batch-signature.ts';
import type { Envelope, Verdict } from '../../../shared/contract/envelope.ts';
import { createStarterApp } from '../../../worker/starter/app.ts';
import { createStarterMetrics } from '../../../worker/starter/metrics.ts';
import { INTERNAL_ERROR } from '../../events.ts';
import { envelopeOf, intentOf, runEventOf, STACK_EVENT, TRACE_ID } from '../envelopes.ts';

const SECRETS = ['current-secret', 'previous-secret'];
const NOW = 1_760_000_000_000;

const UNAUTHORISED = {
  error: 'unauthorized',
  message: 'Cannot take batch: signature is not valid',
};

const MALFORMED = { error: 'malformed', message: 'Cannot take batch: not an array of envelopes' };

type Lines = readonly Readonly<Record<string, unknown>>[];

describe('createStarterApp()', () => {
  let forwarded: (readonly Envelope[])[];
  let verdictOf: (envelope: Envelope) => Verdict | null;
  let isReady: boolean;
  let lines: Record<string, unknown>[];
  let app: ReturnType<typeof createStarterApp>;

  beforeEach(() => {
    forwarded = [];
    verdictOf = ({ id }) => ({ id, verdict: 'started', executionId: `execution of ${id}` });
    isReady = true;
    lines = [];
    const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>);
    app = createStarterApp({
      secrets: SECRETS,
      async forward(envelopes) {
        forwarded.push(envelopes);
        return envelopes.flatMap((envelope) => verdictOf(envelope) ?? []);
      },
      isReady: async () => isReady,
      metrics: createStarterMetrics(),
      now: () => NOW,
      log: pino({ base: null, timestamp: false }, { write }),
    });
  });

  const post = (body: string, headers: Record<string, string>) =>
    app.request('/events', { method: 'POST', headers, body });

  async function postSigned(batch: unknown, secrets: readonly string[] = SECRETS.slice(0, 1)) {
    const body = typeof batch === 'string' ? batch : JSON.stringify(batch);
    return post(body, { ...(await signBatch(body, 'batch-1', NOW, secrets)) });
  }

  const verdictsOf = async (answer: Response) =>
    ((await answer.json()) as { verdicts: Verdict[] }).verdicts;

  const envelope = envelopeOf(runEventOf('01RUN', 'QUEUED', 0));

  describe('POST /events, signature', () => {
    const body = JSON.stringify([envelope]);
    const sign = (changes: { secrets?: string[]; now?: number; id?: string; body?: string } = {}) =>
      signBatch(
        changes.body ?? body,
        changes.id ?? 'batch-1',
        changes.now ?? NOW,
        changes.secrets ?? ['current-secret'],
      );
    const without = (headers: object, name: string) =>
      Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));

    test.each<[string, () => Promise<Record<string, string>>, reason: string]>([
      ['no headers at all', async () => ({}), 'signature-missing'],
      ...['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
        (name): [string, () => Promise<Record<string, string>>, string] => [
          `no ${name}`,
          async () => without(await sign(), name),
          'signature-missing',
        ],
      ),
      [
        'another secret',
        async () => ({ ...(await sign({ secrets: ['other'] })) }),
        'signature-wrong',
      ],
      ['another body', async () => ({ ...(await sign({ body: '[]' })) }), 'signature-wrong'],
      [
        'another id',
        async () => ({ ...(await sign()), 'webhook-id': 'batch-2' }),
        'signature-wrong',
      ],
      [
        'another timestamp',
        async () => ({ ...(await sign()), 'webhook-timestamp': String(NOW / 1000 + 1) }),
        'signature-wrong',
      ],
      [
        'an old timestamp',
        async () => ({ ...(await sign({ now: NOW - BATCH_TOLERANCE_MS - 1000 })) }),
        'timestamp-outside-tolerance',
      ],
      [
        'a timestamp of the future',
        async () => ({ ...(await sign({ now: NOW + BATCH_TOLERANCE_MS + 1000 })) }),
        'timestamp-outside-tolerance',
      ],
      [
        'a timestamp that is no number',
        async () => ({ ...(await sign()), 'webhook-timestamp': '1e9' }),
        'signature-malformed',
      ],
      [
        'a signature of an unknown version',
        async () => ({
          ...(await sign()),
          'webhook-signature': (await sign())['webhook-signature'].replace('v1,', 'v2,'),
        }),
        'signature-malformed',
      ],
    ])('refuses %s with one answer for all', async (_, headers, reason) => {
      const answer = await post(body, await headers());
      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual(UNAUTHORISED);
      expect(forwarded).toEqual([]);
      expect(lines).toEqual([{ level: 40, reason, msg: 'batch refused' }]);
    });

    test('refuses a body changed by one byte', async () => {
      const answer = await post(`${body} `, { ...(await sign()) });
      expect(answer.status).toBe(401);
    });

    test.each([
      ['the current secret', ['current-secret']],
      ['the previous secret', ['previous-secret']],
      ['one of several secrets', ['next-secret', 'current-secret']],
    ])('takes what is signed with %s', async (_, secrets) => {
      const answer = await post(body, { ...(await sign({ secrets })) });
      expect(answer.status).toBe(200);
      expect(forwarded).toEqual([[envelope]]);
    });

    test.each([-BATCH_TOLERANCE_MS, BATCH_TOLERANCE_MS])(
      'takes a timestamp at the edge of the tolerance: %i ms',
      async (offset) => {
        expect((await post(body, { ...(await sign({ now: NOW + offset })) })).status).toBe(200);
      },
    );

    test('takes a signature made by hand as Standard Webhooks says, with a whsec_ secret', async () => {
      const key = Buffer.from('0123456789abcdef0123456789abcdef');
      const timestamp = String(NOW / 1000);
      const signature = createHmac('sha256', key)
        .update(`id.${timestamp}.${body}`)
        .digest('base64');
      const whsec = createStarterApp({
        secrets: [`whsec_${key.toString('base64')}`],
        forward: async () => [],
        isReady: async () => true,
        metrics: createStarterMetrics(),
        now: () => NOW,
        log: pino({ level: 'silent' }),
      });
      const answer = await whsec.request('/events', {
        method: 'POST',
        headers: {
          'webhook-id': 'id',
          'webhook-timestamp': timestamp,
          'webhook-signature': `v1,bm90aGluZw== v1,${signature}`,
        },
        body,
      });
      expect(answer.status).toBe(200);
    });
  });

  describe('POST /events, batch', () => {
    test.each(['{', '', 'null', '{}', '"text"', '7'])(
      'refuses %j, which is no array',
      async (body) => {
        const answer = await postSigned(body);
        expect(answer.status).toBe(400);
        expect(await answer.json()).toEqual(MALFORMED);
        expect(forwarded).toEqual([]);
      },
    );

    test('takes 100 events and refuses 101', async () => {
      const batch = Array.from({ length: 101 }, (_, index) =>
        envelopeOf(runEventOf(`01RUN${index}`, 'QUEUED', 0)),
      );
      const refused = await postSigned(batch);
      expect(refused.status).toBe(400);
      expect(await refused.json()).toEqual(MALFORMED);
      const taken = await postSigned(batch.slice(0, 100));
      expect(taken.status).toBe(200);
      expect(await verdictsOf(taken)).toHaveLength(100);
    });

    test('refuses a body over 2 MiB', async () => {
      const limit = 2 * 1024 * 1024;
      const body = JSON.stringify([envelope]);
      const answer = await postSigned(body.padEnd(limit + 1));
      expect(answer.status).toBe(413);
      expect(await answer.json()).toMatchObject({ error: 'too-large' });
      expect(forwarded).toEqual([]);
      expect((await postSigned(body.padEnd(limit))).status).toBe(200);
    });

    test('answers an empty batch with nothing', async () => {
      expect(await verdictsOf(await postSigned([]))).toEqual([]);
    });

    test('answers one verdict an event, in their order', async () => {
      const batch = [
        envelopeOf(runEventOf('01RUN', 'QUEUED', 0)),
        envelopeOf(intentOf('key.1')),
        envelopeOf(STACK_EVENT),
        envelopeOf(INTERNAL_ERROR),
      ];
      const answers = new Map<string, Verdict['verdict']>(
        batch.map(({ id }, index) => [
          id,
          (['signalled', 'started', 'already-handled', 'refused'] as const)[index] ?? 'retry',
        ]),
      );
      verdictOf = ({ id }) => ({ id, verdict: answers.get(id) ?? 'retry' });
      expect(await verdictsOf(await postSigned(batch))).toEqual(
        batch.map(({ id }) => ({ id, verdict: answers.get(id) })),
      );
    });

    test('refuses a malformed entry by its id, and takes the others', async () => {
      const other = envelopeOf(runEventOf('01OTHER', 'QUEUED', 0));
      const batch = [
        { ...envelope, id: 'bad-data', data: { ...envelope.data, state: 'no state' } },
        envelope,
        { ...envelope, id: 'bad-head', traceparent: 'none' },
        { ...envelope, id: 'no-data', data: undefined },
        other,
      ];
      expect(await verdictsOf(await postSigned(batch))).toEqual([
        { id: 'bad-data', verdict: 'refused', reason: 'data.state is malformed' },
        { id: envelope.id, verdict: 'started', executionId: `execution of ${envelope.id}` },
        { id: 'bad-head', verdict: 'refused', reason: 'traceparent is malformed' },
        { id: 'no-data', verdict: 'refused', reason: 'data is malformed' },
        { id: other.id, verdict: 'started', executionId: `execution of ${other.id}` },
      ]);
      expect(forwarded).toEqual([[envelope, other]]);
    });

    test.each([null, 7, 'text', [], {}])('refuses an entry that is %j', async (entry) => {
      const [stray, sound] = await verdictsOf(await postSigned([entry, envelope]));
      expect(stray).toMatchObject({ id: '', verdict: 'refused' });
      expect(sound).toMatchObject({ verdict: 'started' });
    });

    test('answers retry to a dataschema that a later version may know', async () => {
      const later = {
        ...envelope,
        id: 'later',
        dataschema: 'urn:spacelift-temporal:event:2',
        data: { nobody: 'knows' },
      };
      expect(await verdictsOf(await postSigned([later, envelope]))).toEqual([
        { id: 'later', verdict: 'retry', reason: 'dataschema is not known here' },
        expect.objectContaining({ id: envelope.id, verdict: 'started' }),
      ]);
      expect(forwarded).toEqual([[envelope]]);
    });

    test.each([
      ['another event', { about: 'weather', type: 'rain', account: 'demo' }, 'data.about'],
      ['another type of an event', { type: 'paused' }, 'data.type'],
    ])('answers retry to %s that a later version may know', async (_, change, field) => {
      const later = { ...envelope, id: 'later', data: { ...envelope.data, ...change } };
      expect(await verdictsOf(await postSigned([later, envelope]))).toEqual([
        { id: 'later', verdict: 'retry', reason: `${field} is not known here` },
        expect.objectContaining({ id: envelope.id, verdict: 'started' }),
      ]);
      expect(forwarded).toEqual([[envelope]]);
    });

    test('answers retry to what nobody gave a verdict on', async () => {
      verdictOf = () => null;
      expect(await verdictsOf(await postSigned([envelope]))).toEqual([
        { id: envelope.id, verdict: 'retry' },
      ]);
    });

    test('answers 500 without telling why when forwarding breaks', async () => {
      verdictOf = () => {
        throw new Error('secret detail');
      };
      const answer = await postSigned([envelope]);
      expect(answer.status).toBe(500);
      expect(await answer.text()).not.toContain('secret detail');
      expect(lines).toMatchObject([{ level: 50, error: 'secret detail', msg: 'request failed' }]);
    });

    test('logs every event with what joins it to edge and worker', async () => {
      verdictOf = ({ id }) => ({ id, verdict: 'retry', reason: 'temporal answered UNAVAILABLE' });
      await postSigned([envelope, { id: 'odd' }]);
      expect(lines).toEqual<Lines>([
        {
          level: 40,
          key: envelope.id,
          deliveryId: envelope.deliveryid,
          traceId: TRACE_ID,
          eventType: 'progressed',
          verdict: 'retry',
          reason: 'temporal answered UNAVAILABLE',
          msg: 'event forwarded',
        },
        expect.objectContaining({ level: 40, key: 'odd', verdict: 'refused' }),
      ]);
      lines.length = 0;
      verdictOf = ({ id }) => ({ id, verdict: 'signalled', executionId: 'e' });
      await postSigned([envelope]);
      expect(lines).toMatchObject([{ level: 30, executionId: 'e', verdict: 'signalled' }]);
    });

    test('counts events by type and verdict', async () => {
      await postSigned([envelope, envelopeOf(intentOf('key.1')), { id: 'odd' }]);
      await postSigned([envelope]);
      const text = await (await app.request('/metrics')).text();
      expect(text).toContain('starter_events_total{event_type="progressed",verdict="started"} 2\n');
      expect(text).toContain('starter_events_total{event_type="triggered",verdict="started"} 1\n');
      expect(text).toContain('starter_events_total{event_type="unknown",verdict="refused"} 1\n');
    });
  });

  test('GET /healthz is 200, whatever Temporal does', async () => {
    isReady = false;
    expect((await app.request('/healthz')).status).toBe(200);
  });

  test('GET /readyz is 503 while Temporal is not reachable', async () => {
    expect((await app.request('/readyz')).status).toBe(200);
    isReady = false;
    const answer = await app.request('/readyz');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toEqual({
      error: 'not-ready',
      message: 'Cannot serve: Temporal is not reachable',
    });
  });

  test('GET /metrics is Prometheus text', async () => {
    const answer = await app.request('/metrics');
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toContain('process_cpu_user_seconds_total');
  });

  test.each([
    ['GET', '/events'],
    ['PUT', '/events'],
    ['POST', '/'],
    ['GET', '/events/1'],
  ])('answers %s %s with 404', async (method, path) => {
    const answer = await app.request(path, { method });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toEqual({
      error: 'not-found',
      message: 'Cannot answer: no such route',
    });
  });
});
