/** Comparison of secret texts in constant time: MACs under a key nobody knows are compared, not the texts. */
import { signHmac, utf8, verifyHmac } from '../shared/contract/hmac.ts';

const KEY_BYTES = 32;

export async function isSameSecret(presented: string, secret: string): Promise<boolean> {
  const key = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return verifyHmac(key, await signHmac(key, utf8(presented)), utf8(secret));
}
