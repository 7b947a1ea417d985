/** Bodies as they are stored: compressed and cut, by web standards alone, and put together again. */
import { CHUNK_BYTES } from './tables.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const through = async (parts: readonly Bytes[], transform: TransformStream): Promise<Bytes> => {
  const stream = new Blob([...parts]).stream().pipeThrough(transform);
  return new Uint8Array(await new Response(stream).arrayBuffer());
};

/** The gzip of a body in pieces that fit into a row each. */
export const packBody = async (body: Bytes): Promise<Bytes[]> =>
  cut(await through([body], new CompressionStream('gzip')), CHUNK_BYTES);

export const unpackBody = (pieces: readonly Bytes[]): Promise<Bytes> =>
  through(pieces, new DecompressionStream('gzip'));

/** Cuts into pieces of at most `size` bytes; no bytes, no pieces. */
export const cut = (bytes: Bytes, size: number): Bytes[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.slice(index * size, (index + 1) * size),
  );
