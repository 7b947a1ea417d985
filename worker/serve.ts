/**
 * Serves a Hono app on Node's HTTP server, which Bun has too, and closes it by letting open requests end. Connections are
 * told to end too: over one that is kept alive a steady client would go on asking for as long as it likes.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ServerType, serve as serveNode } from '@hono/node-server';
import type { Hono } from 'hono';

export type Server = { readonly url: string; readonly close: () => Promise<void> };

/** Rejects when the port is taken. */
export function serve(app: Hono, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    let isClosing = false;
    const server: ServerType = serveNode({ fetch: app.fetch, hostname: host, port }, (address) => {
      resolve({
        url: `http://${host}:${address.port}`,
        close: () =>
          new Promise((closed) => {
            isClosing = true;
            server.close(() => closed());
            closeIdle();
          }),
      });
    });
    const closeIdle = () => {
      if ('closeIdleConnections' in server) server.closeIdleConnections();
    };
    // Before the app's own listener, which sends the headers.
    server.prependListener('request', (_: IncomingMessage, answer: ServerResponse) => {
      if (isClosing) answer.setHeader('Connection', 'close');
      // One that was under way when closing began has left its connection open.
      else answer.once('close', () => isClosing && closeIdle());
    });
    server.once('error', (error: Error) =>
      reject(new Error(`Cannot listen on ${host}:${port}: ${error.message}`, { cause: error })),
    );
  });
}
