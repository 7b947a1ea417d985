/** Cloudflare Access in front of the operator routes: real RS256 tokens, and keys that a server of the test's own gives out. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Edge, startEdge } from './kit/edge.ts';
import { RUNTIMES } from './kit/runtimes.ts';

const AUDIENCE = 'f'.repeat(64);

type KeyPair = {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
};

const keyPair = (kid: string): KeyPair => ({
  kid,
  ...generateKeyPairSync('rsa', { modulusLength: 2048 }),
});

const jwkOf = ({ kid, publicKey }: KeyPair) => ({
  kid,
  alg: 'RS256',
  use: 'sig',
  ...publicKey.export({ format: 'jwk' }),
});

const encode = (part: object | string) =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');

/** The certificates of an Access team: what it publishes, and how often somebody has asked. */
async function startTeam() {
  const published = { keys: [] as object[], status: 200, text: null as string | null };
  let asked = 0;
  const server = createServer((request, response) => {
    asked += 1;
    const isThere = request.url === '/cdn-cgi/access/certs';
    response.writeHead(isThere ? published.status : 404, { 'Content-Type': 'application/json' });
    response.end(published.text ?? JSON.stringify({ keys: published.keys }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    published,
    domain: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get asked() {
      return asked;
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

describe.concurrent.each(RUNTIMES)('%s', (runtime) => {
  const current = keyPair('current');
  const next = keyPair('next');
  let team: Awaited<ReturnType<typeof startTeam>>;
  let edge: Edge;

  beforeAll(async () => {
    team = await startTeam();
    edge = await startEdge(runtime, {
      env: {
        SPACELIFT_WEBHOOK_SECRET: 'a secret',
        ACCESS_TEAM_DOMAIN: team.domain,
        ACCESS_AUDIENCE: AUDIENCE,
      },
    });
  });
  afterAll(async () => {
    await edge?.[Symbol.asyncDispose]();
    team?.close();
  });

  const seconds = (fromNow: number) => Math.floor(Date.now() / 1000) + fromNow;

  const claims = (changes: object = {}) => ({
    iss: team.domain,
    aud: [AUDIENCE],
    sub: 'an-opaque-subject',
    email: 'somebody@example.com',
    iat: seconds(0),
    nbf: seconds(0),
    exp: seconds(300),
    ...changes,
  });

  const token = (
    payload: object | string = claims(),
    { key = current, header = {} }: { key?: KeyPair; header?: object } = {},
  ) => {
    const signed = `${encode({ alg: 'RS256', kid: key.kid, typ: 'JWT', ...header })}.${encode(payload)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), key.privateKey).toString('base64url')}`;
  };

  const statusFor = async (
    assertion: string | null,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    const response = await fetch(`${edge.url}/inbox`, {
      headers: { ...headers, ...(assertion !== null && { 'Cf-Access-Jwt-Assertion': assertion }) },
    });
    const { error } = (await response.json()) as { error?: string };
    return error === undefined ? response.status : `${response.status} ${error}`;
  };

  const WRONG = '401 token-wrong';
  const UNAVAILABLE = '503 access-unavailable';

  describe('Access', { concurrent: false }, () => {
    test('access-unavailable: while its keys are not to be had, and no longer', async () => {
      for (const trouble of [
        { status: 500, text: 'no' },
        { status: 200, text: '<html>' },
        { status: 200, text: '{}' },
      ]) {
        Object.assign(team.published, trouble);
        expect(await statusFor(token())).toBe(UNAVAILABLE);
      }
      Object.assign(team.published, { status: 200, text: null, keys: [jwkOf(current)] });
      expect(await statusFor(token())).toBe(200);
    });

    test('lets in whom it knows, by an opaque name', async () => {
      expect(await statusFor(token())).toBe(200);
      expect(await statusFor(token(claims({ aud: AUDIENCE })))).toBe(200);
      expect(await statusFor(token(claims({ aud: ['other', AUDIENCE] })))).toBe(200);
      expect(await statusFor(token(claims({ sub: '', common_name: 'client.access' })))).toBe(200);
      expect(edge.lines).toContainEqual(
        expect.objectContaining({ msg: 'Operator', action: 'list', operator: 'an-opaque-subject' }),
      );
      expect(edge.lines).toContainEqual(
        expect.objectContaining({ msg: 'Operator', operator: 'client.access' }),
      );
      expect(JSON.stringify(edge.lines)).not.toContain('somebody@example.com');
    });

    test('token-wrong: of another team, for another application, or of another time', async () => {
      for (const changes of [
        { iss: `${team.domain}/` },
        { iss: 'https://other.cloudflareaccess.com' },
        { iss: undefined },
        { aud: ['other'] },
        { aud: [] },
        { aud: undefined },
        { aud: AUDIENCE.slice(1) },
        { exp: seconds(-90) },
        { exp: undefined },
        { exp: 'tomorrow' },
        { nbf: seconds(90) },
      ])
        expect({ changes, status: await statusFor(token(claims(changes))) }).toEqual({
          changes,
          status: WRONG,
        });
    });

    test('clocks may be a minute apart', async () => {
      expect(await statusFor(token(claims({ exp: seconds(-30) })))).toBe(200);
      expect(await statusFor(token(claims({ nbf: seconds(30) })))).toBe(200);
    });

    test('token-wrong: forged, in every manner', async () => {
      const [head = '', body = '', signature = ''] = token().split('.');
      const unsigned = `${encode({ alg: 'none', kid: 'current' })}.${body}`;
      const asHmac = `${encode({ alg: 'HS256', kid: 'current' })}.${body}`;
      const pem = current.publicKey.export({ format: 'pem', type: 'spki' });
      const forgeries = {
        'no algorithm': `${unsigned}.`,
        'no algorithm, a signature': `${unsigned}.${signature}`,
        'the public key as a secret': `${asHmac}.${createHmac('sha256', pem).update(asHmac).digest('base64url')}`,
        'another algorithm in the header': token(claims(), { header: { alg: 'RS512' } }),
        'another key under the same id': token(claims(), { key: { ...next, kid: 'current' } }),
        'other claims': `${head}.${encode(claims({ sub: 'root' }))}.${signature}`,
        'no signature': `${head}.${body}`,
        'an empty signature': `${head}.${body}.`,
        'a signature cut short': `${head}.${body}.${signature.slice(0, -4)}`,
        'a fourth part': `${head}.${body}.${signature}.`,
        'claims that are no JSON': token('claims'),
        'claims in a list': token([claims()]),
        'a key id that is none': token(claims(), { header: { kid: null } }),
        nothing: '',
        dots: '..',
        'two tokens': `${token()}, ${token()}`,
      };
      for (const [name, forged] of Object.entries(forgeries))
        expect({ name, status: await statusFor(forged) }).toEqual({ name, status: WRONG });
    });

    test('token-wrong: no token at all, or one in another place', async () => {
      expect(await statusFor(null)).toBe(WRONG);
      expect(await statusFor(null, { Authorization: `Bearer ${token()}` })).toBe(WRONG);
      expect(await statusFor(null, { Cookie: `CF_Authorization=${token()}` })).toBe(WRONG);
    });

    test('a key id that is not known makes nobody fetch again and again', async () => {
      team.published.keys = [jwkOf(current), jwkOf(next)];
      const before = team.asked;
      for (let forgery = 0; forgery < 5; forgery += 1)
        expect(await statusFor(token(claims(), { key: { ...next, kid: `k${forgery}` } }))).toBe(
          WRONG,
        );
      expect(team.asked).toBe(before);
      expect(await statusFor(token())).toBe(200);
    });

    test('a key that has taken another’s place is known to an edge that starts then', async () => {
      team.published.keys = [jwkOf(next)];
      await edge.kill();
      await edge.start({ OPERATOR_TOKEN: 'operator-token' });
      expect(await statusFor(token(claims(), { key: next }))).toBe(200);
      expect(await statusFor(token())).toBe(WRONG);
    });

    test('beside a bearer token either opens, and a wrong assertion is not mended by a right token', async () => {
      const bearer = { Authorization: 'Bearer operator-token' };
      expect(await statusFor(null, bearer)).toBe(200);
      expect(await statusFor(token(claims(), { key: next }))).toBe(200);
      expect(await statusFor(token(), bearer)).toBe(WRONG);
    });
  });
});
