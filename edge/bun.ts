/** Entry of the edge on Bun. */
import { runEdge } from './sqlite/run-edge.ts';

/** As little of Bun as is used here; its own types would replace Node's. */
declare const Bun: {
  readonly serve: (options: {
    readonly fetch: (request: Request) => Response | Promise<Response>;
    readonly hostname: string;
    readonly port: number;
    readonly idleTimeout: number;
    readonly development: boolean;
    readonly reusePort: boolean;
  }) => { readonly port: number; readonly stop: () => Promise<void> };
};

/** Bun's own 10 s would cut off an operator who waits for the starter's answer. */
const IDLE_TIMEOUT_S = 60;

await runEdge((fetch, hostname, port) => {
  const server = Bun.serve({
    // Bun names no more than the path when the Host is none; elsewhere the parser refuses that.
    fetch: (request) =>
      request.url.startsWith('/') ? new Response(null, { status: 400 }) : fetch(request),
    hostname,
    port,
    idleTimeout: IDLE_TIMEOUT_S,
    development: false,
    // Outside development Bun would let two processes listen on one port and share its connections out.
    reusePort: false,
  });
  return { port: server.port, close: () => server.stop() };
});
