/** Requests as bytes, signed by an implementation of HMAC that is not the edge's own. */
import { createHmac } from 'node:crypto';
import { type Answer, exchange, type Header } from './exchange.ts';

export type Wish = {
  readonly method?: string;
  readonly path?: string;
  /** Texts of Latin-1; one character is one byte. */
  readonly headers?: readonly Header[];
  /** Sent with its length. */
  readonly body?: string | Uint8Array;
  /** Sent chunked; nothing else may be in `body`. */
  readonly chunks?: readonly Uint8Array[];
};

export const bytesOf = (body: string | Uint8Array): Uint8Array =>
  typeof body === 'string' ? Buffer.from(body) : body;

export const macOf = (body: string | Uint8Array, secret: string): string =>
  createHmac('sha256', secret).update(body).digest('hex');

export const signatureHeader = (body: string | Uint8Array, secret: string): Header => [
  'X-Signature-256',
  `sha256=${macOf(body, secret)}`,
];

export function requestOf({
  method = 'POST',
  path = '/webhooks/spacelift',
  headers = [],
  body,
  chunks,
}: Wish): Uint8Array[] {
  const framing: readonly Header[] =
    chunks !== undefined
      ? [['Transfer-Encoding', 'chunked']]
      : body === undefined
        ? []
        : [['Content-Length', String(bytesOf(body).length)]];
  const lines = [['Host', 'edge.test'] as const, ...framing, ...headers].map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  const head = Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1');
  if (chunks !== undefined) return [head, ...chunks.map(chunkOf), Buffer.from('0\r\n\r\n')];
  return body === undefined ? [head] : [head, bytesOf(body)];
}

const chunkOf = (bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

/** Sends a sound request and wants an answer. */
export async function send(port: number, wish: Wish): Promise<Answer> {
  const outcome = await exchange(port, requestOf(wish), { isBodiless: wish.method === 'HEAD' });
  if (typeof outcome === 'string')
    throw new Error(
      `Cannot read an answer to ${wish.method} ${wish.path}: connection is ${outcome}`,
    );
  return outcome;
}
