/** Reads a body up to a limit, whatever length it announces. */

/** Senders listen after their last byte only, and an answer before it is lost with the connection: so much more is heard out. */
const PATIENCE = 2;

/** The bytes as received; null when there are more than `limit`, of which none is kept beyond it. */
export async function readBody(
  request: Request,
  limit: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  for await (const chunk of (request.body ?? []) as AsyncIterable<Uint8Array<ArrayBuffer>>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
    else if (size > PATIENCE * limit) break;
  }
  return size > limit ? null : new Uint8Array(await new Blob(chunks).arrayBuffer());
}
