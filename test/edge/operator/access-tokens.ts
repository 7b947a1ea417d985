/** Cloudflare Access as its tokens show it: keys made here, the set that publishes them, and tokens signed by them. */
import { utf8 } from '../../../shared/contract/hmac.ts';

const ALGORITHM = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
};

export const TEAM_DOMAIN = 'https://acme.cloudflareaccess.com';
export const AUDIENCE = 'a'.repeat(64);

/** A time of the tests' own: 2025-10-09T08:53:20Z. */
export const NOW = 1_760_000_000_000;

const seconds = (ms: number) => ms / 1000;

/** The claims of a token that is good now. */
export const goodClaims = {
  iss: TEAM_DOMAIN,
  aud: [AUDIENCE],
  sub: 'operator-1',
  email: 'someone@example.com',
  type: 'app',
  iat: seconds(NOW) - 10,
  nbf: seconds(NOW) - 10,
  exp: seconds(NOW) + 3600,
};

export type SigningKey = {
  readonly id: string;
  readonly privateKey: CryptoKey;
  readonly published: object;
};

export async function makeKey(id: string): Promise<SigningKey> {
  const { privateKey, publicKey } = (await crypto.subtle.generateKey(ALGORITHM, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const jwk = (await crypto.subtle.exportKey('jwk', publicKey)) as JsonWebKey;
  return { id, privateKey, published: { ...jwk, kid: id, use: 'sig', alg: 'RS256' } };
}

export const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCodePoint(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

export const toPart = (json: unknown): string => base64Url(utf8(JSON.stringify(json)));

/** Signed for RS256, whatever the header claims. */
export async function makeToken(
  key: SigningKey,
  claims: object = goodClaims,
  header: object = {},
): Promise<string> {
  const signed = `${toPart({ alg: 'RS256', kid: key.id, typ: 'JWT', ...header })}.${toPart(claims)}`;
  const signature = await crypto.subtle.sign(ALGORITHM, key.privateKey, utf8(signed));
  return `${signed}.${base64Url(new Uint8Array(signature))}`;
}

/** What `GET <team domain>/cdn-cgi/access/certs` answers; keys and trouble may be changed later. */
export function publishKeys(...keys: SigningKey[]) {
  const published = {
    keys,
    calls: [] as string[],
    trouble: null as (() => Response | Promise<Response>) | null,
    fetch: async (url: string): Promise<Response> => {
      published.calls.push(url);
      return (
        published.trouble?.() ??
        Response.json({
          keys: published.keys.map((key) => key.published),
          public_cert: { kid: keys[0]?.id, cert: 'unused' },
        })
      );
    },
  };
  return published;
}
