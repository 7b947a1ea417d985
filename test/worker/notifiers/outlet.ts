/** An outlet on this machine, which keeps what it is sent and answers as the test says. */
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export type Received = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
};

/** `never` leaves the sender waiting. */
export async function startOutlet(
  answer: (received: Received, index: number) => Answer | 'never' = () => ({ status: 200 }),
) {
  const received: Received[] = [];
  const respond = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request;
    const one = { method, path: url, headers, body: await text(request) };
    const given = answer(one, received.push(one) - 1);
    if (given === 'never') return;
    const isJson = typeof given.body === 'object';
    response.writeHead(given.status, {
      ...(isJson && { 'content-type': 'application/json' }),
      ...given.headers,
    });
    response.end(isJson ? JSON.stringify(given.body) : (given.body ?? ''));
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  return {
    received,
    url: `http://127.0.0.1:${port}`,
    port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
