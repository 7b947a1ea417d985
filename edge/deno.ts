/** Entry of the edge on Deno. */
import { runEdge } from './sqlite/run-edge.ts';

/** As little of Deno as is used here. */
declare const Deno: {
  readonly serve: (
    options: { readonly hostname: string; readonly port: number; readonly onListen: () => void },
    fetch: (request: Request) => Response | Promise<Response>,
  ) => { readonly addr: { readonly port: number }; readonly shutdown: () => Promise<void> };
};

await runEdge((fetch, hostname, port) => {
  // Its own line about listening would stand between those of the log.
  const server = Deno.serve({ hostname, port, onListen: () => {} }, (request) => fetch(request));
  return { port: server.addr.port, close: () => server.shutdown() };
});
