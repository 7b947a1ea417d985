import { beforeAll, describe, expect, test } from 'vitest';
import { ACCESS_HEADER } from '../../../edge/operator/access.ts';
import {
  AUDIENCE,
  goodClaims,
  makeKey,
  makeToken,
  NOW,
  publishKeys,
  type SigningKey,
  TEAM_DOMAIN,
} from './access-tokens.ts';
import { createOperator, TOKEN } from './operator-kit.ts';

const ACCESS = { ACCESS_TEAM_DOMAIN: TEAM_DOMAIN, ACCESS_AUDIENCE: AUDIENCE };
const BEARER = { OPERATOR_TOKEN: TOKEN };
const NEITHER = { OPERATOR_TOKEN: '' };

let key: SigningKey;
let good: string;
let expired: string;

beforeAll(async () => {
  key = await makeKey('key-1');
  good = await makeToken(key);
  expired = await makeToken(key, { ...goodClaims, exp: NOW / 1000 - 3600 });
});

async function ask(variables: object, headers: Record<string, string>) {
  const published = publishKeys(key);
  const { app, lines } = createOperator(variables, { fetch: published.fetch, clock: () => NOW });
  const response = await app.request('/inbox/counts?account=nobody', { headers });
  return { response, lines, published };
}

describe('createWhoAsks()', () => {
  test.each<[string, object, () => Record<string, string>, number, string]>([
    ['the bearer token', BEARER, () => ({ Authorization: `Bearer ${TOKEN}` }), 200, 'token'],
    ['it in another case', BEARER, () => ({ Authorization: `bEARER  ${TOKEN}` }), 200, 'token'],
    ['Access', { ...NEITHER, ...ACCESS }, () => ({ [ACCESS_HEADER]: good }), 200, 'operator-1'],
    [
      'Access beside a bearer token that is not used',
      { ...BEARER, ...ACCESS },
      () => ({ [ACCESS_HEADER]: good }),
      200,
      'operator-1',
    ],
    [
      'the bearer token beside Access that is not used',
      { ...BEARER, ...ACCESS },
      () => ({ Authorization: `Bearer ${TOKEN}` }),
      200,
      'token',
    ],
    [
      'the bearer token where Access is not configured, whatever comes in its header',
      BEARER,
      () => ({ Authorization: `Bearer ${TOKEN}`, [ACCESS_HEADER]: 'not for us' }),
      200,
      'token',
    ],
  ])('createWhoAsks() takes %s', async (_, variables, headers, status, operator) => {
    const { response, lines } = await ask(variables, headers());
    expect(response.status).toBe(status);
    expect(lines).toContainEqual(expect.objectContaining({ msg: 'Operator', operator }));
  });

  test.each<[string, object, () => Record<string, string>]>([
    ['nothing', BEARER, () => ({})],
    ['another token', BEARER, () => ({ Authorization: 'Bearer other' })],
    ['a token that begins alike', BEARER, () => ({ Authorization: `Bearer ${TOKEN}x` })],
    [
      'the beginning of the token',
      BEARER,
      () => ({ Authorization: `Bearer ${TOKEN.slice(0, -1)}` }),
    ],
    ['the token without its scheme', BEARER, () => ({ Authorization: TOKEN })],
    ['the token by another scheme', BEARER, () => ({ Authorization: `Basic ${btoa(TOKEN)}` })],
    ['an empty token', BEARER, () => ({ Authorization: 'Bearer ' })],
    ['an Access token where Access is not configured', BEARER, () => ({ [ACCESS_HEADER]: good })],
    [
      'a bearer token where none is configured',
      { ...NEITHER, ...ACCESS },
      () => ({ Authorization: `Bearer ${TOKEN}` }),
    ],
    ['an expired Access token', { ...NEITHER, ...ACCESS }, () => ({ [ACCESS_HEADER]: expired })],
    [
      'an expired Access token beside a good bearer token',
      { ...BEARER, ...ACCESS },
      () => ({ Authorization: `Bearer ${TOKEN}`, [ACCESS_HEADER]: expired }),
    ],
  ])('createWhoAsks() refuses %s', async (_, variables, headers) => {
    const { response, lines } = await ask(variables, headers());
    expect(response.status).toBe(401);
    expect(response.headers.get('WWW-Authenticate')).toBe('Bearer');
    expect(await response.json()).toMatchObject({ error: 'token-wrong' });
    expect(lines).toEqual([
      expect.objectContaining({ msg: 'Operator refused', reason: 'token-wrong' }),
    ]);
  });

  test('createWhoAsks() says that nothing is configured, to whoever asks', async () => {
    const { response } = await ask(NEITHER, { Authorization: 'Bearer ', [ACCESS_HEADER]: good });
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      error: 'token-not-configured',
      message: 'Cannot show inbox: neither operator token nor Access is configured',
    });
  });

  test('createWhoAsks() says that the keys of Access are not there, and is no way around it', async () => {
    const { app } = createOperator(
      { ...NEITHER, ...ACCESS },
      { fetch: async () => new Response(null, { status: 500 }), clock: () => NOW },
    );
    const response = await app.request('/inbox', { headers: { [ACCESS_HEADER]: good } });
    expect(response.status).toBe(503);
    expect(response.headers.get('WWW-Authenticate')).toBeNull();
    expect(await response.json()).toMatchObject({ error: 'access-unavailable' });
  });

  test('createWhoAsks() leaves neither token nor address in the log', async () => {
    const { lines } = await ask({ ...BEARER, ...ACCESS }, { [ACCESS_HEADER]: good });
    const { lines: more } = await ask(BEARER, { Authorization: `Bearer ${TOKEN}` });
    const text = JSON.stringify([lines, more]);
    for (const secret of [TOKEN, good, 'someone@example.com', AUDIENCE])
      expect(text).not.toContain(secret);
  });
});
