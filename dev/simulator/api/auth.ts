/**
 * API key exchange and tokens: a JWT whose single audience is the account's URL, as official clients expect. Who holds
 * no valid token is nobody, and learns that only from `viewer`.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SimulatorOptions } from '../options.ts';

export type Viewer = { readonly id: string; readonly name: string; readonly admin: boolean };

export type Token = { readonly jwt: string; readonly validUntil: number };

type AuthOptions = Pick<
  SimulatorOptions,
  'accountUrl' | 'apiKeyId' | 'apiKeySecret' | 'clock' | 'tokenLifetimeSeconds'
>;

const HEADER = encode({ alg: 'HS256', typ: 'JWT' });

export class Authority {
  readonly #options: AuthOptions;
  #signingKey = randomBytes(32);

  constructor(options: AuthOptions) {
    this.#options = options;
  }

  /** Null for a wrong key, which Spacelift does not call an error. */
  exchange(id: string, secret: string): (Token & { readonly viewer: Viewer }) | null {
    const { accountUrl, apiKeyId, apiKeySecret, clock, tokenLifetimeSeconds } = this.#options;
    if (id !== apiKeyId || secret !== apiKeySecret) return null;
    const issuedAt = clock.now() / 1000;
    const expiresAt = issuedAt + tokenLifetimeSeconds;
    const claims = encode({
      aud: [accountUrl],
      exp: expiresAt,
      iat: issuedAt,
      iss: accountUrl,
      jti: randomBytes(13).toString('hex'),
      sub: this.#viewer().id,
    });
    const jwt = `${HEADER}.${claims}.${this.#sign(`${HEADER}.${claims}`).toString('base64url')}`;
    return { jwt, validUntil: Math.floor(expiresAt), viewer: this.#viewer() };
  }

  /** Who sends this Authorization header; null for a missing, foreign or expired token. */
  identify(authorization: string | undefined): Viewer | null {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    const [header, claims, signature] = token?.split('.') ?? [];
    if (header === undefined || claims === undefined || signature === undefined) return null;
    const wanted = this.#sign(`${header}.${claims}`);
    const given = Buffer.from(signature, 'base64url');
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null;
    const { exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number };
    return exp * 1000 > this.#options.clock.now() ? this.#viewer() : null;
  }

  /** Makes every token given out so far worthless. */
  expireTokens(): void {
    this.#signingKey = randomBytes(32);
  }

  #viewer(): Viewer {
    const { apiKeyId } = this.#options;
    return { id: `api::${apiKeyId}`, name: `API key ${apiKeyId}`, admin: true };
  }

  #sign(text: string): Buffer {
    return createHmac('sha256', this.#signingKey).update(text).digest();
  }
}

function encode(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
