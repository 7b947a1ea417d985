/** Entry of the edge on Node. */
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { runEdge } from './sqlite/run-edge.ts';

/** Connections that are kept alive for a next request would hold the end up for seconds. */
const SWEEP_MS = 50;

await runEdge(
  (fetch, hostname, port) =>
    new Promise((resolve, reject) => {
      const server = serve({ fetch, hostname, port }, (address) =>
        resolve({ port: address.port, close: () => closeServer(server) }),
      ) as Server;
      server.once('error', reject);
    }),
);

function closeServer(server: Server): Promise<void> {
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  return new Promise((closed) => {
    server.close(() => {
      clearInterval(sweep);
      closed();
    });
  });
}
