/**
 * Reads a body up to a limit. A length that is announced binds the sender by HTTP itself, and reading at once costs a
 * fraction of reading piece by piece; a body of unknown length is counted as it comes.
 */

/** The bytes as received; null when there are more than `limit`, without reading on. */
export async function readBody(
  request: Request,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { headers } = request;
  const announced = Number(headers.get('Content-Length') ?? NaN);
  if (announced > limit) return null;
  // Where both stand, the chunks decide over the length.
  if (announced <= limit && !headers.has('Transfer-Encoding')) {
    const bytes = new Uint8Array(await request.arrayBuffer());
    return bytes.length > limit ? null : bytes;
  }
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    size += chunk.length;
    if (size > limit) return null;
    chunks.push(chunk);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
