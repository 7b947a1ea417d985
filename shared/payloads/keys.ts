/**
 * The text of PAYLOAD_KEYS → keys: `id:base64`, several with commas or blanks between them. The first encrypts, all of
 * them decrypt. What cannot be read is null and never quoted: it may be a key with a slip in it.
 */
import { fromBase64 } from '../contract/hmac.ts';

export type PayloadKey = { readonly id: string; readonly bytes: Uint8Array<ArrayBuffer> };

/** AES-256. */
export const PAYLOAD_KEY_BYTES = 32;

/** The id is stored in the clear beside everything that the key encrypts. */
const ENTRY = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63}):(\S+)$/;

export function parsePayloadKeys(text: string): readonly PayloadKey[] | null {
  const keys: PayloadKey[] = [];
  for (const entry of text.split(/[\s,]+/).filter((entry) => entry !== '')) {
    const [, id, base64 = ''] = ENTRY.exec(entry) ?? [];
    const bytes = fromBase64(base64);
    if (id === undefined || bytes?.length !== PAYLOAD_KEY_BYTES) return null;
    if (keys.some((key) => key.id === id)) return null;
    keys.push({ id, bytes });
  }
  return keys;
}
