/** Spacelift's two signature headers: HMAC over the raw bytes, as GitHub does it; an empty secret is an empty key. */
import { createHmac } from 'node:crypto';

const sign = (algorithm: 'sha1' | 'sha256', secret: string, body: string) =>
  `${algorithm}=${createHmac(algorithm, secret).update(body, 'utf8').digest('hex')}`;

export const createSignatureHeaders = (
  secret: string,
  body: string,
  { fedramp }: { readonly fedramp: boolean },
): Readonly<Record<string, string>> => ({
  ...(!fedramp && { 'X-Signature': sign('sha1', secret, body) }),
  'X-Signature-256': sign('sha256', secret, body),
});
