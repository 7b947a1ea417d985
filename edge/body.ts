/**
 * Reads a body up to a limit. A length that is announced binds the sender by HTTP itself, and reading at once costs a
 * fraction of reading piece by piece; any other body is counted as it comes.
 */

/** Senders listen after their last byte only, and an answer before it is lost with the connection: so much more is heard out. */
const PATIENCE = 2;

/** The bytes as received; null when there are more than `limit`, of which none is kept beyond it. */
export async function readBody(
  request: Request,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { headers } = request;
  // Where both stand, the chunks decide over the length.
  if (Number(headers.get('Content-Length') ?? NaN) <= limit && !headers.has('Transfer-Encoding')) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.length > limit ? null : bytes;
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else if (size > PATIENCE * limit) break;
  }
  return size > limit ? null : new Uint8Array(await new Blob(chunks).arrayBuffer());
}
