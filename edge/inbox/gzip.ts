/**
 * Bodies as they are stored: a small one as it is, beside what else is known of its delivery; a larger one compressed and
 * cut, by web standards alone.
 */
import { CHUNK_BYTES } from './tables.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const through = async (parts: readonly Bytes[], transform: TransformStream): Promise<Bytes> => {
  const stream = new Blob([...parts]).stream().pipeThrough(transform);
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

export type PackedBody = {
  /** Null for one that is in `chunks`. */
  readonly body: Bytes | null;
  /** Its gzip, in pieces that fit into a row each. */
  readonly chunks: readonly Bytes[];
};

/** Most run payloads are smaller; compressing those takes longer than writing them. */
const PLAIN_LIMIT_BYTES = 8 * 1024;

export const packBody = async (body: Bytes): Promise<PackedBody> =>
  body.length > PLAIN_LIMIT_BYTES
    ? { body: null, chunks: cut(await through([body], new CompressionStream('gzip')), CHUNK_BYTES) }
    : { body, chunks: [] };

export const unpackBody = async ({ body, chunks }: PackedBody): Promise<Bytes> =>
  body ?? through(chunks, new DecompressionStream('gzip'));

/** Cuts into pieces of at most `size` bytes; no bytes, no pieces. */
export const cut = (bytes: Bytes, size: number): Bytes[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  );
