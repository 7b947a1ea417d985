/** Entry of the edge on Node. */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { runEdge, type Server } from './sqlite/run-edge.ts';

await runEdge(
  (fetch, hostname, port) =>
    new Promise<Server>((resolve, reject) => {
      const server = serve({ fetch, hostname, port }, (address: AddressInfo) =>
        resolve({
          port: address.port,
          close: () =>
            new Promise((closed) => {
              server.close(() => closed());
              if ('closeIdleConnections' in server) server.closeIdleConnections();
            }),
        }),
      );
      server.once('error', reject);
    }),
);
