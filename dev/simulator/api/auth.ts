/**
 * API keys, their exchange and tokens: a JWT whose single audience is the account's URL, as official clients expect. Who
 * holds no valid token is nobody, and learns that only from `viewer`.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SimulatorOptions } from '../options.ts';
import type { ApiKey } from './api-key.ts';

export type Viewer = {
  /** `api::<key id>`, as `triggeredBy` names it. */
  readonly id: string;
  readonly name: string;
  readonly admin: boolean;
  readonly keyId: string;
  readonly canWrite: boolean;
};

export type Token = { readonly jwt: string; readonly validUntil: number };

type AuthOptions = Pick<
  SimulatorOptions,
  'accountUrl' | 'apiKeys' | 'clock' | 'tokenLifetimeSeconds'
>;

type Claims = { readonly exp: number; readonly sub: string };

const HEADER = encode({ alg: 'HS256', typ: 'JWT' });

export class Authority {
  readonly #options: AuthOptions;
  readonly #keys: Map<string, ApiKey>;
  #signingKey = randomBytes(32);

  constructor(options: AuthOptions) {
    this.#options = options;
    this.#keys = new Map(options.apiKeys.map((key) => [key.id, key]));
  }

  keys(): readonly ApiKey[] {
    return [...this.#keys.values()];
  }

  /** Adds the key, or takes the place of the one with its id, whose tokens stay good. */
  putKey(key: ApiKey): void {
    this.#keys.set(key.id, key);
  }

  /** Its tokens are worthless from now on; false when there is none. */
  removeKey(id: string): boolean {
    return this.#keys.delete(id);
  }

  /** Null for a wrong key, which Spacelift does not call an error. */
  exchange(id: string, secret: string): (Token & { readonly viewer: Viewer }) | null {
    const { accountUrl, clock, tokenLifetimeSeconds } = this.#options;
    const key = this.#keys.get(id);
    if (key?.secret !== secret) return null;
    const issuedAt = clock.now() / 1000;
    const expiresAt = issuedAt + tokenLifetimeSeconds;
    const claims = encode({
      aud: [accountUrl],
      exp: expiresAt,
      iat: issuedAt,
      iss: accountUrl,
      jti: randomBytes(13).toString('hex'),
      sub: id,
    });
    const jwt = `${HEADER}.${claims}.${this.#sign(`${HEADER}.${claims}`).toString('base64url')}`;
    return { jwt, validUntil: Math.floor(expiresAt), viewer: viewerOf(key) };
  }

  /** Who sends this Authorization header; null for a missing, foreign or expired token. */
  identify(authorization: string | undefined): Viewer | null {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    const [header, claims, signature] = token?.split('.') ?? [];
    if (header === undefined || claims === undefined || signature === undefined) return null;
    const wanted = this.#sign(`${header}.${claims}`);
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
    const { exp, sub } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Claims;
    const key = exp * 1000 > this.#options.clock.now() ? this.#keys.get(sub) : undefined;
    return key === undefined ? null : viewerOf(key);
  }

  /** Makes every token given out so far worthless. */
  expireTokens(): void {
    this.#signingKey = randomBytes(32);
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#signingKey).update(text).digest();
  }
}

const viewerOf = ({ id, canWrite, name }: ApiKey): Viewer => ({
  id: `api::${id}`,
  name,
  admin: canWrite,
  keyId: id,
  canWrite,
});

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
