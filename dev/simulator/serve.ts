/** The simulator behind a port of its own; its account URL is the URL it is served at. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { LOST_HEADER } from './api/fault.ts';
import type { ServeInput } from './options.ts';
import { createSimulator, type Simulator } from './simulator.ts';

const LOOPBACK = '127.0.0.1';

export type ServedSimulator = Simulator & { readonly url: string };

/** Port 0, the default, takes any free one. */
export async function serveSimulator(input: ServeInput = {}): Promise<ServedSimulator> {
  const { port = 0, host = LOOPBACK, ...simulatorInput } = input;
  const server = createServer();
  const address = await listen(server, port, host);
  const name = host === '0.0.0.0' ? LOOPBACK : host;
  const url = `http://${name}:${address.port}`;
  const simulator = createSimulator({ accountUrl: url, ...simulatorInput });
  const answer = getRequestListener(async (request, bindings) => {
    const response = await simulator.fetch(request);
    if (!response.headers.has(LOST_HEADER)) return response;
    (bindings as HttpBindings).outgoing.destroy();
    return RESPONSE_ALREADY_SENT;
  });
  server.on('request', (incoming, outgoing) => {
    void answer(incoming, outgoing); // It turns its own failures into 500.
  });
  return {
    ...simulator,
    url,
    close: async () => {
      await simulator.close();
      await stop(server);
    },
  };
}

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'port is in use' : cause.message;
      reject(new Error(`Cannot listen on ${host}:${port}: ${reason}`, { cause }));
    });
    server.listen(port, host, () => resolve(server.address() as AddressInfo));
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
