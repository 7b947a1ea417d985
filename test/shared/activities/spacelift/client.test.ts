import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import * as v from 'valibot';
import {
  type SpaceliftCall,
  type SpaceliftClient,
} from '../../../../shared/activities/spacelift/client.ts';
import {
  type FailureClass,
  failureOfNetwork,
  SpaceliftFailure,
} from '../../../../shared/activities/spacelift/failure.ts';
import {
  clientOf,
  KEY_SECRET,
  type Spacelift,
  startUnsoundSpacelift,
  startSpacelift,
} from '../support.ts';

/** A list query: Spacelift answers it with nothing, and no error, when the token has expired. */
const LIST: SpaceliftCall<{ stacks: readonly { id: string }[] }> = {
  operation: 'list stacks',
  document: 'query { viewer { id } stacks { id } }',
  variables: {},
  schema: v.object({ stacks: v.array(v.object({ id: v.string() })) }),
};

const TRIGGER: SpaceliftCall<{ runTrigger: { id: string } | null }> = {
  operation: 'trigger a run',
  document: 'mutation ($stack: ID!) { runTrigger(stack: $stack) { id } }',
  variables: { stack: 'app' },
  schema: v.object({ runTrigger: v.nullable(v.object({ id: v.string() })) }),
};

/** Renewed when this much validity, or less, is left. */
const MARGIN_MS = 60_000;

async function failureOf(calling: Promise<unknown>): Promise<SpaceliftFailure> {
  const failure: unknown = await calling.then(
    () => null,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(SpaceliftFailure);
  return failure as SpaceliftFailure;
}

const times = <T>(count: number, make: () => Promise<T>) =>
  Promise.all(Array.from({ length: count }, make));

describe('createSpaceliftClient()', () => {
  let spacelift: Spacelift;
  let client: SpaceliftClient;

  beforeEach(async () => {
    spacelift = await startSpacelift();
    await spacelift.control('POST', '/stacks', { id: 'app' });
    client = spacelift.client();
  });

  afterEach(() => spacelift[Symbol.asyncDispose]());

  const exchanges = async () => (await spacelift.operations('apiKeyUser')).length;

  describe('token', () => {
    test('is exchanged once for many concurrent calls', async () => {
      const answers = await times(20, () => client.call(LIST));
      expect(answers).toEqual(Array.from({ length: 20 }, () => ({ stacks: [{ id: 'app' }] })));
      expect(await exchanges()).toBe(1);
      await client.call(LIST);
      expect(await exchanges()).toBe(1);
    });

    test('is renewed before it expires, by the clock handed in', async () => {
      let now = Date.now();
      client = spacelift.client({ now: () => now });
      await client.call(LIST);
      const validUntilMs = validUntilOf([...spacelift.tokens].at(-1));

      now = validUntilMs - MARGIN_MS - 1;
      await client.call(LIST);
      expect(await exchanges()).toBe(1);

      now = validUntilMs - MARGIN_MS;
      await client.call(LIST);
      expect(await exchanges()).toBe(2);
    });

    test('is renewed once when a query of many concurrent ones finds it refused', async () => {
      await client.call(LIST);
      await spacelift.control('DELETE', '/tokens');
      const answers = await times(20, () => client.call(LIST));
      expect(answers.every(({ stacks }) => stacks.length === 1)).toBe(true);
      expect(await exchanges()).toBe(2);
      await client.call(LIST);
      expect(await exchanges()).toBe(2);
    });

    test('is renewed when a mutation finds it refused, which is then carried out once', async () => {
      await client.call(LIST);
      await spacelift.control('DELETE', '/tokens');
      const { runTrigger } = await client.call(TRIGGER);
      expect(runTrigger?.id).toMatch(/^01/);
      expect(await exchanges()).toBe(2);
      expect(await spacelift.control('GET', '/runs')).toHaveLength(1);
    });

    test('is renewed as often as it is refused', async () => {
      for (let count = 1; count <= 3; count += 1) {
        await client.call(LIST);
        expect(await exchanges()).toBe(count);
        await spacelift.control('DELETE', '/tokens');
      }
    });

    test('is exchanged anew after an exchange that failed', async () => {
      await spacelift.control('POST', '/faults', { operation: 'apiKeyUser', status: 503 });
      await failureOf(client.call(LIST));
      await expect(client.call(LIST)).resolves.toEqual({ stacks: [{ id: 'app' }] });
    });
  });

  describe('refused key', () => {
    test('is final, and nothing is called without a token', async () => {
      client = spacelift.client({ keySecret: 'wrong' });
      const failure = await failureOf(client.call(LIST));
      expect(failure).toMatchObject({
        message: 'Cannot list stacks: no token for account demo: API key is not accepted',
        failureClass: 'final',
      });
      expect(await spacelift.operations('stacks')).toEqual([]);
    });

    test.each([500, 503])(
      'exchange answered %i did nothing and may be tried again',
      async (status) => {
        await spacelift.control('POST', '/faults', { operation: 'apiKeyUser', status });
        const failure = await failureOf(client.call(TRIGGER));
        expect(failure.failureClass).toBe('retryable');
        expect(await spacelift.operations('runTrigger')).toEqual([]);
      },
    );
  });

  test.each(['empty', 'status-401'] as const)(
    'call() never believes what an expired token is answered (%s)',
    async (staleToken) => {
      await using expired = await startSpacelift({
        tokenLifetimeSeconds: 0,
        switches: { staleToken },
      });
      await expired.control('POST', '/stacks', { id: 'app' });
      const failure = await failureOf(expired.client({ now: () => 0 }).call(LIST));
      expect(failure).toMatchObject({ failureClass: 'final', isTokenRefused: true });
      expect(await expired.operations('apiKeyUser')).toHaveLength(2);
      expect(await expired.operations('stacks')).toHaveLength(2);
    },
  );

  test.each<[fault: object, expected: { failureClass: FailureClass; retryAfterMs?: number }]>([
    [
      { status: 429, retryAfterSeconds: 7 },
      { failureClass: 'retryable', retryAfterMs: 7000 },
    ],
    [{ status: 429 }, { failureClass: 'retryable' }],
    [{ status: 429, message: 'slow down' }, { failureClass: 'retryable' }],
    [{ status: 500 }, { failureClass: 'ambiguous' }],
    [{ status: 502, message: 'stack not found' }, { failureClass: 'ambiguous' }],
    [
      { status: 503, retryAfterSeconds: 0 },
      { failureClass: 'ambiguous', retryAfterMs: 0 },
    ],
    [{ status: 400 }, { failureClass: 'final' }],
    [{ status: 403 }, { failureClass: 'final' }],
    [{ status: 422, message: 'internal server error' }, { failureClass: 'ambiguous' }],
    [{ message: 'internal error' }, { failureClass: 'ambiguous' }],
    [{ message: 'context deadline exceeded' }, { failureClass: 'ambiguous' }],
    [{ message: 'Internal Server Error' }, { failureClass: 'ambiguous' }],
    [{ message: 'stack is locked' }, { failureClass: 'retryable' }],
    [{ message: 'stack is disabled' }, { failureClass: 'retryable' }],
    [{ message: 'rate limit exceeded, try again later' }, { failureClass: 'retryable' }],
    [{ status: 408, message: 'too slow' }, { failureClass: 'ambiguous' }],
    [{ message: 'only what is unlocked can be blocked' }, { failureClass: 'final' }],
    [{ message: 'stack not found' }, { failureClass: 'final' }],
  ])('call() classes %j as %j', async (fault, { failureClass, retryAfterMs }) => {
    await spacelift.control('POST', '/faults', { operation: 'runTrigger', ...fault });
    const failure = await failureOf(client.call(TRIGGER));
    expect(failure.failureClass).toBe(failureClass);
    expect(failure.retryAfterMs).toBe(retryAfterMs);
    expect(failure.message).toMatch(/^Cannot trigger a run: /);
    expect(await spacelift.control('GET', '/runs')).toEqual([]);
  });

  test('call() names nobody whom the text of an error names', async () => {
    const message = 'stack is locked by ann@example.com from 192.0.2.7';
    await spacelift.control('POST', '/faults', { operation: 'runTrigger', message });
    const failure = await failureOf(client.call(TRIGGER));
    expect(failure.message).toContain('stack is locked by [redacted] from [redacted]');
  });

  test('call() tells the text of a GraphQL error', async () => {
    const failure = await failureOf(client.call({ ...TRIGGER, variables: { stack: 'none' } }));
    expect(failure).toMatchObject({
      message: 'Cannot trigger a run: stack not found',
      failureClass: 'final',
    });
  });

  test('call() takes "unauthorized" for a refusal while the key is logged in', async () => {
    await using reader = await startSpacelift({ apiKeyCanWrite: false });
    await reader.control('POST', '/stacks', { id: 'app' });
    const failure = await failureOf(reader.client().call(TRIGGER));
    expect(failure).toMatchObject({
      message:
        'Cannot trigger a run: unauthorized (the API key is logged in; its role does not allow this)',
      failureClass: 'final',
    });
    expect(await reader.operations('runTrigger')).toHaveLength(1);
    expect(await reader.operations('apiKeyUser')).toHaveLength(1);
  });

  test('call() finds an answer after the deadline ambiguous', async () => {
    client = spacelift.client({ deadlineMs: 200 });
    await client.call(LIST);
    await spacelift.control('POST', '/faults', { operation: 'runTrigger', hangMs: 60_000 });
    const failure = await failureOf(client.call(TRIGGER));
    expect(failure).toMatchObject({
      message: 'Cannot trigger a run: no answer within the deadline',
      failureClass: 'ambiguous',
    });
  });

  test('call() finds a refused connection retryable', async () => {
    await spacelift[Symbol.asyncDispose]();
    const failure = await failureOf(client.call(TRIGGER));
    expect(failure).toMatchObject({
      message: expect.stringMatching(/: connection failed \(ECONNREFUSED\)$/),
      failureClass: 'retryable',
    });
  });

  test('call() finds a connection that breaks after the request ambiguous', async () => {
    await using account = await startUnsoundSpacelift(() => null);
    const failure = await failureOf(clientOf(account.url).call(TRIGGER));
    expect(failure).toMatchObject({
      message: 'Cannot trigger a run: no readable answer',
      failureClass: 'ambiguous',
    });
  });

  test.each([
    ['no JSON', '<html>busy</html>'],
    ['half of the JSON', '{"data": {"runTri'],
    ['a list', '[]'],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['data that is null', '{"data": null}'],
    ['data without the field', '{"data": {}}'],
    ['a field of another type', '{"data": {"runTrigger": "01RUN"}}'],
    ['data that is a list', '{"data": []}'],
  ])('call() finds an answer that is %s ambiguous', async (_, answer) => {
    await using account = await startUnsoundSpacelift(() => answer);
    const failure = await failureOf(clientOf(account.url).call(TRIGGER));
    expect(failure.failureClass).toBe('ambiguous');
  });

  test.each([
    ['an object', '{"errors": {"message": "odd"}}', 'odd'],
    ['null entries', '{"errors": [null]}', 'error without a message'],
    ['entries without a message', '{"errors": [{}]}', 'error without a message'],
    ['entries of another type', '{"errors": ["odd"]}', 'error without a message'],
    ['several entries', '{"errors": [{"message": "one"}, {"message": "two"}]}', 'one; two'],
  ])('call() reads errors that are %s', async (_, answer, reason) => {
    await using account = await startUnsoundSpacelift(() => answer);
    const failure = await failureOf(clientOf(account.url).call(TRIGGER));
    expect(failure.reason).toBe(reason);
  });

  describe('failure', () => {
    const FAULTS: readonly object[] = [
      { status: 400 },
      { status: 401 },
      { status: 429 },
      { status: 503 },
      { hangMs: 60_000 },
      { message: 'internal error' },
      { message: 'unauthorized' },
      { message: `Variable "$secret" got invalid value "${KEY_SECRET}"` },
      { status: 400, message: `cannot read "${KEY_SECRET}"` },
    ];

    test.each(
      FAULTS.flatMap((fault) => [['apiKeyUser', fault] as const, ['stacks', fault] as const]),
    )('of %s by %j tells no secret and no token', async (operation, fault) => {
      client = spacelift.client({ deadlineMs: 300 });
      await spacelift.control('POST', '/faults', { operation, times: 2, ...fault });
      expectNoSecret(await failureOf(client.call(LIST)));
    });

    test('whose text repeats the token tells it neither', async () => {
      await client.call(LIST);
      const [token] = spacelift.tokens;
      const message = `bad header "Bearer ${token}"`;
      await spacelift.control('POST', '/faults', { operation: 'stacks', message });
      const failure = await failureOf(client.call(LIST));
      expectNoSecret(failure);
      expect(failure.reason).toBe('bad header "Bearer [redacted]"');
    });

    test('of a refused key and of a refused connection tells no secret', async () => {
      const wrong = spacelift.client({ keyId: 'nobody' });
      expectNoSecret(await failureOf(wrong.call(LIST)));
      await spacelift[Symbol.asyncDispose]();
      expectNoSecret(await failureOf(client.call(LIST)));
    });

    function expectNoSecret(failure: SpaceliftFailure) {
      const told = `${failure.message} ${failure.stack} ${inspect(failure, { depth: 10 })}`;
      for (const secret of [KEY_SECRET, ...spacelift.tokens]) expect(told).not.toContain(secret);
    }
  });
});

describe('failureOfNetwork()', () => {
  const fault = (code: string) => Object.assign(new Error('fault'), { code });

  test.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])(
    'finds %s retryable, as the cause (Node) and as the error itself (Bun)',
    (code) => {
      const nodes = new TypeError('fetch failed', { cause: fault(code) });
      for (const error of [nodes, fault(code)])
        expect(failureOfNetwork('try', error)).toMatchObject({
          message: `Cannot try: connection failed (${code})`,
          failureClass: 'retryable',
        });
    },
  );

  test.each([
    ['ECONNRESET', fault('ECONNRESET')],
    ['UND_ERR_SOCKET', fault('UND_ERR_SOCKET')],
    ['no code', new TypeError('fetch failed')],
    ['no error', 'thrown text'],
  ])('finds %s ambiguous', (_, error) => {
    expect(failureOfNetwork('try', error).failureClass).toBe('ambiguous');
  });
});

/** Spacelift tells it in whole seconds; the token carries it too. */
function validUntilOf(token: string | undefined): number {
  const claims = Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString();
  const { exp } = JSON.parse(claims) as { exp: number };
  return Math.floor(exp) * 1000;
}
