/**
 * Spacelift's signature of a delivery: HMAC-SHA-256 over the raw body in `X-Signature-256`, as GitHub does it. The SHA-1
 * header is never read: FedRAMP accounts do not send it, and anybody else's is weaker than the one beside it.
 */
import { type HmacKey, importHmacKey, utf8 } from './hmac.ts';
import { fail, type Result, succeed } from './result.ts';

export const SIGNATURE_HEADER = 'X-Signature-256';

const SIGNATURE_GRAMMAR = /^sha256=([0-9a-f]{64})$/;

/** `label` tells in the log which secret matched, so that the old one can be dropped after a rotation. */
export type LabelledSecret = { readonly label: 'current' | 'previous'; readonly secret: string };

export type SignatureFault = 'signature-missing' | 'signature-malformed' | 'signature-wrong';

/** Verifies the bytes as received against every active secret, all of them computed; `secrets` must not be empty. */
export async function verifySpaceliftSignature(
  body: Uint8Array<ArrayBuffer>,
  header: string | null,
  secrets: readonly LabelledSecret[],
): Promise<Result<LabelledSecret['label'], SignatureFault>> {
  if (header === null) return fail('signature-missing');
  const hex = SIGNATURE_GRAMMAR.exec(header)?.[1];
  if (hex === undefined) return fail('signature-malformed');
  const signature = fromHex(hex);
  const verdicts = await Promise.all(
    secrets.map(async (labelled) =>
      crypto.subtle.verify('HMAC', await keyOf(labelled), signature, body),
    ),
  );
  const matching = secrets.find((_, index) => verdicts[index] === true);
  return matching === undefined ? fail('signature-wrong') : succeed(matching.label);
}

/** Imported once: the secrets of a configuration stay, and importing costs as much as verifying a small body. */
const KEYS = new WeakMap<LabelledSecret, HmacKey>();

async function keyOf(labelled: LabelledSecret): Promise<HmacKey> {
  const key = KEYS.get(labelled) ?? (await importHmacKey(utf8(labelled.secret)));
  KEYS.set(labelled, key);
  return key;
}

/** Takes text the grammar has checked: an even number of hex digits. */
const fromHex = (hex: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
