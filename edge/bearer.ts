/** Comparison of a bearer token in constant time: MACs under a key nobody knows are compared, not the texts. */
import { signHmac, utf8, verifyHmac } from '../shared/contract/hmac.ts';

const KEY_BYTES = 32;

export async function isBearer(header: string | null, token: string): Promise<boolean> {
  const presented = header === null ? null : (/^Bearer +(\S+)$/i.exec(header)?.[1] ?? null);
  if (presented === null) return false;
  const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return verifyHmac(key, await signHmac(key, utf8(presented)), utf8(token));
}
