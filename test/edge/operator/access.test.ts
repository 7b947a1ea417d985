import { beforeAll, describe, expect, test } from 'vitest';
import { createAccessVerifier } from '../../../edge/operator/access.ts';
import { signHmac, utf8 } from '../../../shared/contract/hmac.ts';
import {
  AUDIENCE,
  base64Url,
  goodClaims,
  makeKey,
  makeToken,
  NOW,
  publishKeys,
  type SigningKey,
  TEAM_DOMAIN,
  toPart,
} from './access-tokens.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

let key: SigningKey;
let nextKey: SigningKey;

beforeAll(async () => {
  [key, nextKey] = await Promise.all([makeKey('key-1'), makeKey('key-2')]);
});

function build(published = publishKeys(key)) {
  const time = { now: NOW };
  const verify = createAccessVerifier(
    { teamDomain: TEAM_DOMAIN, audience: AUDIENCE },
    { fetch: published.fetch, clock: () => time.now },
  );
  return { verify, published, time };
}

const WRONG = { ok: false, error: 'token-wrong' };
const UNAVAILABLE = { ok: false, error: 'access-unavailable' };

describe('createAccessVerifier()', () => {
  test('verifyAccess() takes a token of Access, and calls its holder by an opaque id', async () => {
    const { verify, published } = build();
    expect(await verify(await makeToken(key))).toEqual({ ok: true, value: 'operator-1' });
    expect(published.calls).toEqual([`${TEAM_DOMAIN}/cdn-cgi/access/certs`]);
  });

  test('verifyAccess() calls a service token by its client id', async () => {
    const { verify } = build();
    const token = await makeToken(key, { ...goodClaims, sub: '', common_name: 'ci.access' });
    expect(await verify(token)).toEqual({ ok: true, value: 'ci.access' });
  });

  test.each<[string, object]>([
    ['of another issuer', { iss: 'https://evil.cloudflareaccess.com' }],
    ['whose issuer goes on', { iss: `${TEAM_DOMAIN}/` }],
    ['without an issuer', { iss: undefined }],
    ['for another application', { aud: ['b'.repeat(64)] }],
    ['for another application, as text', { aud: 'b'.repeat(64) }],
    ['for an audience that ours is part of', { aud: `${AUDIENCE}b` }],
    ['for nobody', { aud: [] }],
    ['without an audience', { aud: undefined }],
    ['without an expiry', { exp: undefined }],
    ['with an expiry that is no number', { exp: 'never' }],
    ['with an expiry of null', { exp: null }],
  ])('verifyAccess() refuses a token %s', async (_, claims) => {
    const { verify } = build();
    expect(await verify(await makeToken(key, { ...goodClaims, ...claims }))).toEqual(WRONG);
  });

  test.each<[string, object]>([
    ['the audience as text', { aud: AUDIENCE }],
    ['one of several audiences', { aud: ['b'.repeat(64), AUDIENCE] }],
    ['no time before which it is void', { nbf: undefined }],
  ])('verifyAccess() takes a token with %s', async (_, claims) => {
    const { verify } = build();
    expect(await verify(await makeToken(key, { ...goodClaims, ...claims }))).toMatchObject({
      ok: true,
    });
  });

  const at = (ms: number) => (NOW + ms) / SECOND_MS;

  test.each<[string, object, boolean]>([
    ['59 s after it expired', { exp: at(-59 * SECOND_MS) }, true],
    ['60 s after it expired', { exp: at(-60 * SECOND_MS) }, false],
    ['60 s before it begins', { nbf: at(60 * SECOND_MS) }, true],
    ['61 s before it begins', { nbf: at(61 * SECOND_MS) }, false],
  ])('verifyAccess() lets clocks be a minute apart: %s', async (_, claims, isTaken) => {
    const { verify } = build();
    const verified = await verify(await makeToken(key, { ...goodClaims, ...claims }));
    expect(verified.ok).toBe(isTaken);
  });

  describe('keys', () => {
    test('verifyAccess() keeps the keys for an hour', async () => {
      const { verify, published, time } = build();
      const token = await makeToken(key, { ...goodClaims, exp: at(3 * HOUR_MS) });
      await verify(token);
      time.now += HOUR_MS;
      expect(await verify(token)).toMatchObject({ ok: true });
      expect(published.calls).toHaveLength(1);
      time.now += 1;
      expect(await verify(token)).toMatchObject({ ok: true });
      expect(published.calls).toHaveLength(2);
    });

    test('verifyAccess() fetches them for an unknown key id, at most once a minute', async () => {
      const { verify, published, time } = build();
      await verify(await makeToken(key));
      const forged = await makeToken(nextKey);
      for (const wait of [0, MINUTE_MS]) {
        time.now += wait;
        expect(await verify(forged)).toEqual(WRONG);
      }
      expect(published.calls).toHaveLength(1);
      time.now += 1;
      for (let again = 0; again < 3; again += 1) expect(await verify(forged)).toEqual(WRONG);
      expect(published.calls).toHaveLength(2);
    });

    test('verifyAccess() follows a rotation, and drops what is no longer published', async () => {
      const { verify, published, time } = build();
      const [before, after] = await Promise.all([makeToken(key), makeToken(nextKey)]);
      await verify(before);
      published.keys = [nextKey, key];
      time.now += MINUTE_MS + 1;
      expect(await verify(after)).toMatchObject({ ok: true });
      expect(await verify(before)).toMatchObject({ ok: true });
      expect(published.calls).toHaveLength(2);
      published.keys = [nextKey];
      time.now += HOUR_MS - MINUTE_MS;
      await verify(await makeToken({ ...key, id: 'unknown' }));
      expect(await verify(before)).toEqual(WRONG);
      expect(await verify(after)).toMatchObject({ ok: true });
    });

    test.each<[string, () => Response | Promise<Response>]>([
      ['does not answer', () => Promise.reject(new Error('connection refused'))],
      ['answers 500', () => new Response('sorry', { status: 500 })],
      ['answers a login page', () => new Response('<html>', { status: 200 })],
      ['answers another JSON', () => Response.json({ success: false })],
    ])(
      'verifyAccess() says that keys are not there when Access %s, and recovers',
      async (_, trouble) => {
        const { verify, published } = build();
        const token = await makeToken(key);
        published.trouble = trouble;
        expect(await verify(token)).toEqual(UNAVAILABLE);
        published.trouble = null;
        expect(await verify(token)).toMatchObject({ ok: true });
      },
    );

    test('verifyAccess() takes no key on trust once the keys it has are too old', async () => {
      const { verify, published, time } = build();
      const token = await makeToken(key, { ...goodClaims, exp: at(3 * HOUR_MS) });
      await verify(token);
      published.trouble = () => new Response(null, { status: 502 });
      time.now += HOUR_MS + 1;
      expect(await verify(token)).toEqual(UNAVAILABLE);
    });
  });

  describe('forgeries', () => {
    test.each(['none', 'None', 'HS256', 'RS384', 'RS512', 'PS256', 'ES256', '', undefined])(
      'verifyAccess() refuses algorithm %s, though signature and key are right, and asks for no keys',
      async (alg) => {
        const { verify, published } = build();
        expect(await verify(await makeToken(key, goodClaims, { alg }))).toEqual(WRONG);
        expect(published.calls).toHaveLength(0);
      },
    );

    test('verifyAccess() refuses a token that is signed with the public key as a secret', async () => {
      const { verify } = build();
      for (const alg of ['HS256', 'RS256']) {
        const signed = `${toPart({ alg, kid: key.id })}.${toPart(goodClaims)}`;
        const secret = utf8(JSON.stringify(key.published));
        const signature = await signHmac(secret, utf8(signed));
        expect(await verify(`${signed}.${base64Url(signature)}`)).toEqual(WRONG);
      }
    });

    test('verifyAccess() refuses the signature of another key under a known key id', async () => {
      const { verify } = build();
      expect(await verify(await makeToken({ ...nextKey, id: key.id }))).toEqual(WRONG);
    });

    test('verifyAccess() refuses claims, header or signature that were changed', async () => {
      const { verify } = build();
      const token = await makeToken(key);
      const [header = '', claims = '', signature = ''] = token.split('.');
      const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      for (const forged of [
        `${header}.${toPart({ ...goodClaims, sub: 'somebody-else' })}.${signature}`,
        `${toPart({ alg: 'RS256', kid: key.id, more: 1 })}.${claims}.${signature}`,
        `${header}.${claims}.${flipped}`,
        `${header}.${claims}.${signature.slice(0, -4)}`,
        `${header}.${claims}.`,
        `${header}.${claims}`,
        `${token}.${signature}`,
      ])
        expect(await verify(forged)).toEqual(WRONG);
      expect(await verify(token)).toMatchObject({ ok: true });
    });

    const good = toPart(goodClaims);
    test.each([
      '',
      '.',
      '..',
      '...',
      'garbage',
      'a.b.c',
      'é.é.é',
      '\u0000.\u0000.\u0000',
      `${toPart(null)}.${good}.AAAA`,
      `${toPart([])}.${good}.AAAA`,
      `${toPart('text')}.${good}.AAAA`,
      `${toPart({ alg: ['RS256'], kid: 'key-1' })}.${good}.AAAA`,
      `${toPart({ alg: 'RS256', kid: { toString: 1 } })}.${good}.AAAA`,
      `${toPart({ alg: 'RS256', kid: '__proto__' })}.${good}.AAAA`,
      `${toPart({ alg: 'RS256', kid: 'key-1' })}.${toPart([])}.AAAA`,
      `${toPart({ alg: 'RS256', kid: 'key-1' })}.${btoa('{')}.AAAA`,
      `${toPart({ alg: 'RS256', kid: 'key-1' })}.${good}.${'A'.repeat(100_000)}`,
    ])('verifyAccess() refuses garbage (%#)', async (token) => {
      expect(await build().verify(token)).toEqual(WRONG);
    });
  });
});
