/**
 * Signature of a batch from edge to starter, by the Standard Webhooks specification: HMAC-SHA-256 over
 * `<id>.<timestamp>.<body>`, base64, `v1,` in front, one entry a secret so that both sides can rotate.
 */
import { fromBase64, signHmac, utf8, verifyHmac } from './hmac.ts';
import { fail, type Result, succeed } from './result.ts';

/** How far the timestamp may be from the receiver's clock; the specification's own libraries use the same. */
export const BATCH_TOLERANCE_MS = 5 * 60 * 1000;

const SECRET_PREFIX = 'whsec_';

export type BatchHeaders = {
  readonly 'webhook-id': string;
  readonly 'webhook-timestamp': string;
  readonly 'webhook-signature': string;
};

export type BatchFault =
  | 'signature-missing'
  | 'signature-malformed'
  | 'signature-wrong'
  | 'timestamp-outside-tolerance';

/** Signs with every secret given; `now` in epoch ms. */
export async function signBatch(
  body: string,
  id: string,
  now: number,
  secrets: readonly string[],
): Promise<BatchHeaders> {
  const timestamp = String(Math.floor(now / 1000));
  const message = utf8(`${id}.${timestamp}.${body}`);
  const signatures = await Promise.all(
    secrets.map(async (secret) => `v1,${toBase64(await signHmac(secretBytes(secret), message))}`),
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
}

/** Verifies the body as received; any secret may match any of the `v1` entries. */
export async function verifyBatch(
  body: string,
  headers: { readonly [Name in keyof BatchHeaders]: string | null },
  now: number,
  secrets: readonly string[],
): Promise<Result<true, BatchFault>> {
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const list = headers['webhook-signature'];
  if (id === null || timestamp === null || list === null) return fail('signature-missing');
  if (!/^\d{1,12}$/.test(timestamp)) return fail('signature-malformed');
  if (Math.abs(now - Number(timestamp) * 1000) > BATCH_TOLERANCE_MS)
    return fail('timestamp-outside-tolerance');
  const signatures = list.split(' ').flatMap((entry) => {
    const bytes = entry.startsWith('v1,') ? fromBase64(entry.slice('v1,'.length)) : null;
    return bytes === null ? [] : [bytes];
  });
  if (signatures.length === 0) return fail('signature-malformed');
  const message = utf8(`${id}.${timestamp}.${body}`);
  const verdicts = await Promise.all(
    secrets.flatMap((secret) =>
      signatures.map((signature) => verifyHmac(secretBytes(secret), signature, message)),
    ),
  );
  return verdicts.includes(true) ? succeed(true) : fail('signature-wrong');
}

/** `whsec_` secrets are base64, as the specification writes them; any other text stands for its own bytes. */
const secretBytes = (secret: string): Uint8Array<ArrayBuffer> =>
  (secret.startsWith(SECRET_PREFIX) ? fromBase64(secret.slice(SECRET_PREFIX.length)) : null) ??
  utf8(secret);

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCodePoint(...bytes));
