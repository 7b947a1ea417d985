/**
 * One request over a raw socket, byte for byte as given, and what comes back: client libraries would not let the
 * requests out that matter here.
 */
import { connect, type Socket } from 'node:net';

export type Header = readonly [name: string, value: string];

export type Answer = {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: string;
};

/** `closed`: hung up on without an answer. `silent`: neither an answer nor the end. */
export type Outcome = Answer | 'closed' | 'silent';

type Limits = {
  readonly withinMs?: number;
  /** Hangs up the sending side after the last byte. */
  readonly isHalfClosed?: boolean;
  /** An answer to HEAD announces a body and has none. */
  readonly isBodiless?: boolean;
};

const ANSWER_WITHIN_MS = 20_000;

/** Sends all parts, unless an answer comes first. */
export function exchange(
  port: number,
  parts: readonly Uint8Array[],
  { withinMs = ANSWER_WITHIN_MS, isHalfClosed = false, isBodiless = false }: Limits = {},
): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    let received = Buffer.alloc(0);
    const settle = (outcome: Outcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => settle('silent'), withinMs);
    const isOver = () => settle(parseAnswer(received, isBodiless, true) ?? 'closed');
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const answer = parseAnswer(received, isBodiless);
      if (answer !== null) settle(answer);
    });
    socket.once('end', isOver);
    socket.once('close', isOver);
    // A reset may follow an answer that is still to be read.
    socket.on('error', () => {});
    void sendAll(socket, parts, isHalfClosed);
  });
}

async function sendAll(socket: Socket, parts: readonly Uint8Array[], isHalfClosed: boolean) {
  for (const part of parts) {
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => {
      socket.write(part, () => resolve());
    });
  }
  if (isHalfClosed) socket.end();
}

/** The first final answer in what was received; null while it is not complete. */
function parseAnswer(received: Buffer, isBodiless: boolean, isOver = false): Answer | null {
  const end = received.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [statusLine = '', ...lines] = received.toString('latin1', 0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(statusLine)?.[1]);
  const rest = received.subarray(end + 4);
  if (status >= 100 && status < 200) return parseAnswer(rest, isBodiless, isOver);
  const headers = lines.map((line): Header => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trim()];
  });
  const body = isBodiless
    ? Buffer.alloc(0)
    : bodyOf(rest, (name) => headers.find(([each]) => each.toLowerCase() === name)?.[1]);
  if (body === null && !isOver) return null;
  return { status, headers, body: (body ?? rest).toString() };
}

/** Null while it is not complete. */
function bodyOf(rest: Buffer, header: (name: string) => string | undefined): Buffer | null {
  const length = header('content-length');
  if (length !== undefined)
    return rest.length < Number(length) ? null : rest.subarray(0, Number(length));
  return header('transfer-encoding') === 'chunked' ? unchunked(rest) : null;
}

function unchunked(rest: Buffer): Buffer | null {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n', at);
    if (lineEnd === -1) return null;
    const size = Number.parseInt(rest.toString('latin1', at, lineEnd), 16);
    const start = lineEnd + 2;
    if (size === 0) return Buffer.concat(chunks);
    if (rest.length < start + size + 2) return null;
    chunks.push(rest.subarray(start, start + size));
    at = start + size + 2;
  }
}
