/** Serves a Hono app on Node's HTTP server, which Bun has too, and closes it by letting open requests end. */
import { type ServerType, serve as serveNode } from '@hono/node-server';
import type { Hono } from 'hono';

export type Server = { readonly url: string; readonly close: () => Promise<void> };

/** Rejects when the port is taken. */
export function serve(app: Hono, host: string, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server: ServerType = serveNode({ fetch: app.fetch, hostname: host, port }, (address) => {
      resolve({
        url: `http://${host}:${address.port}`,
        close: () =>
          new Promise((closed) => {
            server.close(() => closed());
            if ('closeIdleConnections' in server) server.closeIdleConnections();
          }),
      });
    });
    server.once('error', (error: Error) =>
      reject(new Error(`Cannot listen on ${host}:${port}: ${error.message}`, { cause: error })),
    );
  });
}
