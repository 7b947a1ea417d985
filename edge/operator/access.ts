/**
 * Tokens of Cloudflare Access, verified here as well: an application deleted by mistake must not open the inbox. RS256
 * only, by the team's published keys, which rotate; an unknown key id is a reason to fetch them again, though not often.
 */
import { fromBase64, utf8 } from '../../shared/contract/hmac.ts';
import { isJsonObject, type JsonObject } from '../../shared/contract/families/family.ts';
import { fail, type Result, succeed } from '../../shared/contract/result.ts';

export const ACCESS_HEADER = 'Cf-Access-Jwt-Assertion';

/** Access keeps a key for days beside its successor, so an hour's delay in noticing a new one harms nobody. */
const KEYS_MAX_AGE_MS = 60 * 60 * 1000;

/** Between two fetches on account of a key id that is not known: a forger must not make us fetch. */
const KEYS_MIN_AGE_MS = 60 * 1000;

const KEYS_TIMEOUT_MS = 5000;

/** How far the clocks may be apart. */
const LEEWAY_MS = 60 * 1000;

const ALGORITHM = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' };

export type AccessFault = 'token-wrong' | 'access-unavailable';

/** Answers who asks, as Access names him: an opaque id, or a service token's client id. */
export type AccessVerifier = (token: string) => Promise<Result<string, AccessFault>>;

export type AccessDeps = {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly clock: () => number;
};

/** Of RFC 7517; not every runtime's types have a name for it. */
type PublishedKey = { readonly kid: string; readonly kty: string };

type KeySet = { readonly keys: readonly PublishedKey[] };

type Keys = { readonly byId: ReadonlyMap<unknown, PublishedKey>; readonly fetchedAt: number };

export function createAccessVerifier(
  { teamDomain, audience }: { readonly teamDomain: string; readonly audience: string },
  { fetch, clock }: AccessDeps,
): AccessVerifier {
  let keys: Keys = { byId: new Map(), fetchedAt: Number.NEGATIVE_INFINITY };

  async function refresh(): Promise<void> {
    const response = await fetch(`${teamDomain}/cdn-cgi/access/certs`, {
      signal: AbortSignal.timeout(KEYS_TIMEOUT_MS),
    });
    const published: unknown = await response.json();
    const byId = new Map((published as KeySet).keys.map((key) => [key.kid, key]));
    keys = { byId, fetchedAt: clock() };
  }

  async function keyOf(id: unknown): Promise<PublishedKey | undefined> {
    const age = clock() - keys.fetchedAt;
    if (age > (keys.byId.has(id) ? KEYS_MAX_AGE_MS : KEYS_MIN_AGE_MS)) await refresh();
    return keys.byId.get(id);
  }

  const isForUs = ({ iss, aud, exp, nbf }: JsonObject): boolean =>
    iss === teamDomain &&
    [aud].flat().includes(audience) &&
    Number(exp) * 1000 > clock() - LEEWAY_MS &&
    !(Number(nbf) * 1000 > clock() + LEEWAY_MS);

  return async function verifyAccess(token) {
    const parts = token.split('.');
    const [header, claims] = parts.slice(0, 2).map(readPart);
    const signature = fromBase64(parts[2] ?? '');
    if (!header || !claims || !signature || parts.length !== 3 || header['alg'] !== 'RS256')
      return fail('token-wrong');
    try {
      const jwk = await keyOf(header['kid']);
      if (jwk === undefined) return fail('token-wrong');
      const key = await crypto.subtle.importKey('jwk', jwk, ALGORITHM, false, ['verify']);
      const signed = utf8(`${parts[0]}.${parts[1]}`);
      const isGenuine = await crypto.subtle.verify(ALGORITHM, key, signature, signed);
      return isGenuine && isForUs(claims)
        ? succeed(String(claims['sub'] || claims['common_name']))
        : fail('token-wrong');
    } catch {
      return fail('access-unavailable');
    }
  };
}

function readPart(part: string): JsonObject | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(fromBase64(part) ?? undefined));
    return isJsonObject(json) ? json : null;
  } catch {
    return null;
  }
}
