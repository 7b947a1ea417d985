/**
 * A keep-alive connection that sends bytes made beforehand and reads as little of the answer as tells where it ends. It
 * costs the client a fraction of what a complete one does, which on a machine shared with the server decides what is
 * measured. It knows no chunked answers: every contender announces its length.
 */
import { connect } from 'node:net';

export type Connection = {
  /** The status of the answer. */
  ask(request: Uint8Array): Promise<number>;
  close(): void;
};

const HEAD_END = '\r\n\r\n';

/** Status and whole length of the answer that `received` begins with; null while that does not show yet. */
export function readAnswerHead(received: string): { status: number; length: number } | null {
  const headLength = received.indexOf(HEAD_END);
  if (headLength === -1) return null;
  const head = received.slice(0, headLength);
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  const bodyLength = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (status === undefined || bodyLength === undefined)
    throw new TypeError(`Cannot read answer: it has no status or no length: ${head}`);
  return { status: Number(status), length: headLength + HEAD_END.length + Number(bodyLength) };
}

export function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = '';
  let waiting: { resolve: (status: number) => void; reject: (error: Error) => void } | null = null;

  const fail = (error: Error) => {
    waiting?.reject(error);
    waiting = null;
  };

  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    received += text;
    try {
      const answer = readAnswerHead(received);
      if (answer === null || received.length < answer.length) return;
      received = received.slice(answer.length);
      waiting?.resolve(answer.status);
      waiting = null;
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('Cannot read answer: the connection is closed')));

  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.once('connect', () =>
      resolve({
        ask(request) {
          const status = new Promise<number>((resolve, reject) => {
            waiting = { resolve, reject };
          });
          socket.write(request);
          return status;
        },
        close: () => void socket.destroy(),
      }),
    );
  });
}
