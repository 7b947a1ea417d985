/** Composition root of the edge on Node, Bun and Deno: from configuration to a built app on a folder of SQLite files. */
import { createApp } from '../app.ts';
import type { EdgeConfig } from '../config.ts';
import type { Log } from '../log.ts';
import { createTransport, routeByUrl } from '../transport.ts';
import { createFileInbox } from './file-inbox.ts';

export type Edge = {
  readonly fetch: (request: Request) => Response | Promise<Response>;
  readonly close: () => Promise<void>;
};

/** Throws when the folder cannot be had. */
export function buildEdge(config: EdgeConfig, folder: string, log: Log): Edge {
  const { starter, pacing } = config;
  const clock = () => Date.now();
  const newId = () => crypto.randomUUID();
  const fetchByUrl = (url: string, init: RequestInit) => fetch(url, init);
  const inbox = createFileInbox({
    folder,
    forward: createTransport({ route: starter && routeByUrl(starter, fetchByUrl), clock, newId }),
    pacing,
    forwardTimeoutMs: starter?.timeoutMs ?? 0,
    clock,
    random: () => Math.random(),
    log,
  });
  const app = createApp({ config, inbox, fetch: fetchByUrl, clock, newId, log });
  void inbox.wake(); // Never rejects; deliveries need not wait for it.
  return { fetch: app.fetch, close: inbox.close };
}
