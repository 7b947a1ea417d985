import * as fc from 'fast-check';
import * as v from 'valibot';
import { beforeAll, describe, expect, test } from 'vitest';
import document from '../../../docs/openapi.json';
import {
  CountsSchema,
  DetailsSchema,
  HealthSchema,
  OutcomeSchema,
  PageSchema,
  ReceiptSchema,
  RefusalSchema,
} from '../../../edge/openapi/answers.ts';
import {
  answer,
  deliver,
  eventually,
  fakeStarter,
  intentPayload,
  request,
  rowsOf,
  runPayload,
  signatureOf,
  unique,
  verdictOn,
} from '../kit.ts';
import { allowedBy, anyValue, type Known, type Schema } from './arbitraries.ts';

type Parameter = { readonly name: string; readonly in: string; readonly schema: Schema };

type Operation = {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { 'application/json': { schema: Schema } } };
  readonly responses: Readonly<Record<string, unknown>>;
};

const PATHS = document.paths as unknown as Record<string, Record<string, Operation>>;

const operation = (path: string, method: string): Operation => {
  const found = PATHS[path]?.[method];
  if (found === undefined) throw new Error(`Cannot find ${method} ${path} in the document`);
  return found;
};

const ANSWERS = {
  '/inbox': PageSchema,
  '/inbox/counts': CountsSchema,
  '/inbox/redeliver': OutcomeSchema,
  '/inbox/{id}': DetailsSchema,
  '/healthz': HealthSchema,
};

const RUNS = { numRuns: 60, seed: 20_261_123 };

const TOKEN = { Authorization: 'Bearer operator-token' };

/** Throws unless the document knows this answer; never a 5xx, for nothing is broken here. Answers its JSON. */
async function expectDocumented(
  path: keyof typeof ANSWERS,
  method: string,
  response: Response,
): Promise<unknown> {
  const { status } = response;
  expect(status).toBeLessThan(500);
  expect(Object.keys(operation(path, method).responses)).toContain(String(status));
  expect(response.headers.get('Content-Type')).toBe('application/json');
  const json: unknown = await response.json();
  const parsed = v.safeParse(status < 400 ? ANSWERS[path] : RefusalSchema, json);
  expect(parsed.issues?.map((issue) => [v.getDotPath(issue), issue.message]) ?? []).toEqual([]);
  return json;
}

let known: Known;

/** Something of each kind: delivered, parked by both, unparsed, waiting for the starter. */
beforeAll(async () => {
  const [good, refused, away] = [unique('app'), unique('app'), unique('app')];
  fakeStarter(`acme/${refused}`, ({ events }) =>
    answer(events.map((event) => verdictOn(event, 'refused', { reason: 'no' }))),
  );
  fakeStarter(`acme/${away}`, () => new Response(null, { status: 503 }));
  const receipts = [
    await deliver(runPayload(good, 'R', 'FINISHED', 5)),
    await deliver(runPayload(refused, 'R', 'FINISHED', 5)),
    await deliver(runPayload(away, 'R', 'FINISHED', 5)),
    await deliver(intentPayload(good, { account: 'acme' })),
    await deliver({ nothing: 'known' }),
    await deliver('no { json'),
  ];
  const ids = receipts.map(({ body }) => body.deliveryId);
  known = {
    inbox: [`acme/${good}`, `acme/${refused}`, `acme/${away}`, 'webhook:default', 'acme/-'],
    account: ['acme'],
    stack: [good, refused, away],
    type: ['completed', 'triggered', 'unparsed'],
    ids,
    id: ids,
    cursor: [`acme/${good}@1`, `acme/${good}@`],
  };
  await eventually(async () => {
    expect(await rowsOf(`acme/${refused}`)).toMatchObject([{ status: 'parked' }]);
    expect(await rowsOf(`acme/${good}`)).toMatchObject([{ status: 'delivered' }, {}]);
  });
});

/** The query of an operation, as the document allows it. */
const queryOf = (path: string): fc.Arbitrary<Record<string, string>> =>
  allowedBy(
    {
      type: 'object',
      properties: Object.fromEntries(
        (operation(path, 'get').parameters ?? [])
          .filter((parameter) => parameter.in === 'query')
          .map(({ name, schema }) => [name, schema]),
      ),
      dependentRequired: { stack: ['account'] },
    },
    '',
    known,
  ).map((query) =>
    Object.fromEntries(Object.entries(query as object).map(([name, text]) => [name, String(text)])),
  );

const GET_PATHS = ['/inbox', '/inbox/counts', '/inbox/{id}'] as const;

describe.each(GET_PATHS)('GET %s', (path) => {
  const ask = (query: Record<string, string>, id: string) =>
    request(
      `${path.replace('{id}', encodeURIComponent(id))}?${new URLSearchParams(query).toString()}`,
      { headers: TOKEN },
    );

  /** Of the path's own form: a text that `encodeURIComponent` takes, and that is one part of a path. */
  const idOf = () =>
    fc.oneof(
      fc.constantFrom(...(known['id'] ?? [])),
      fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/^\.{1,2}$/.test(text)),
    );

  test('answers every query of the document as it says', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(queryOf(path), idOf(), async (query, id) => {
        const response = await ask(query, id);
        if (response.status !== 404) expect(response.status).toBe(200);
        const json = JSON.stringify(await expectDocumented(path, 'get', response));
        if (/acme|webhook:/.test(json)) found += 1;
      }),
      RUNS,
    );
    expect(found).toBeGreaterThan(5);
  });

  test('answers any other query as the document says', async () => {
    const stray = fc.dictionary(fc.string({ maxLength: 10 }), anyValue.map(String), { maxKeys: 2 });
    const spoilt = fc
      .tuple(queryOf(path), stray, anyValue.map(String))
      .map(([query, more, text]) => {
        const [first] = Object.keys(query);
        return { ...query, ...more, ...(first !== undefined && { [first]: text }) };
      });
    await fc.assert(
      fc.asyncProperty(spoilt, idOf(), async (query, id) => {
        await expectDocumented(path, 'get', await ask(query, id));
      }),
      RUNS,
    );
  });
});

describe('POST /inbox/redeliver', () => {
  const path = '/inbox/redeliver';
  const bodySchema = () => operation(path, 'post').requestBody?.content['application/json'].schema;
  const post = (body: BodyInit, type = 'application/json') =>
    request(path, { method: 'POST', body, headers: { ...TOKEN, 'Content-Type': type } });

  test('answers every body of the document with what became of each delivery', async () => {
    let found = 0;
    await fc.assert(
      fc.asyncProperty(allowedBy(bodySchema() ?? {}, '', known), async (wish) => {
        const response = await post(JSON.stringify(wish));
        expect(response.status).toBe(200);
        const json = await expectDocumented(path, 'post', response);
        found += (json as { results: unknown[] }).results.length;
      }),
      RUNS,
    );
    expect(found).toBeGreaterThan(5);
  });

  test('answers any other body as the document says', async () => {
    const spoilt = fc.oneof(
      fc.json(),
      fc.string({ unit: 'binary' }),
      fc
        .tuple(allowedBy(bodySchema() ?? {}, '', known), fc.string(), anyValue)
        .map(([wish, name, field]) => JSON.stringify({ ...(wish as object), [name]: field })),
    );
    const type = fc.constantFrom(
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
    );
    await fc.assert(
      fc.asyncProperty(spoilt, type, async (body, contentType) => {
        await expectDocumented(path, 'post', await post(body, contentType));
      }),
      RUNS,
    );
  });
});

describe('the other routes', () => {
  test('GET /healthz answers as the document says', async () => {
    await expectDocumented('/healthz', 'get', await request('/healthz'));
  });

  test.each(['/webhooks/spacelift', '/webhooks/spacelift/{name}'])(
    'deliveries to %s are answered as the document says',
    async (path) => {
      const url = path.replace('{name}', 'deploys');
      const secret = url === path ? 'default-secret' : 'deploys-secret';
      const stack = unique('app');
      const intent = JSON.stringify(intentPayload(stack, { account: 'acme' }));
      const examples = Object.values(
        operation(path, 'post').requestBody?.content['application/json'] ?? {},
      );
      expect(examples).not.toHaveLength(0);
      for (const body of [
        intent,
        intent,
        'no { json',
        JSON.stringify(runPayload(stack, 'R', 'X', 1)),
      ])
        for (const method of ['POST', 'PUT']) {
          const signature = await signatureOf(body, secret);
          const kept = await request(url, {
            method,
            body,
            headers: { 'X-Signature-256': signature },
          });
          expect(kept.status).toBe(202);
          expect(v.is(ReceiptSchema, await kept.json())).toBe(true);
          const forged = await request(url, { method, body, headers: {} });
          expect(Object.keys(operation(path, method.toLowerCase()).responses)).toContain(
            String(forged.status),
          );
          expect(v.is(RefusalSchema, await forged.json())).toBe(true);
        }
    },
  );

  test('every operation of an operator wants credentials, and says so', async () => {
    const operations = Object.entries(PATHS)
      .filter(([path]) => path.startsWith('/inbox'))
      .flatMap(([path, methods]) => Object.keys(methods).map((method) => [path, method] as const));
    expect(operations).toHaveLength(4);
    for (const [path, method] of operations) {
      const response = await request(path.replace('{id}', 'x'), { method: method.toUpperCase() });
      expect(response.status).toBe(401);
      await expectDocumented(path as keyof typeof ANSWERS, method, response);
    }
  });
});
