/** Composition root of the edge on Node, Bun and Deno: from configuration to a built app on a folder of SQLite files. */
import { setTimeout } from 'node:timers/promises';
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
  const inbox = createFileInbox({
    folder,
    forward: createTransport({
      route: starter && routeByUrl(starter, fetchOrExplain),
      clock,
      newId,
    }),
    pacing,
    forwardTimeoutMs: starter?.timeoutMs ?? 0,
    clock,
    sleep: (ms) => setTimeout(ms),
    random: () => Math.random(),
    log,
  });
  const app = createApp({ config, inbox, fetch: fetchOrExplain, clock, newId, log });
  void inbox.wake(); // Never rejects; deliveries need not wait for it.
  return { fetch: app.fetch, close: inbox.close };
}

/** Node says "fetch failed" and nothing else, unless its cause is asked. */
async function fetchOrExplain(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    if (!(error instanceof Error && error.cause instanceof Error)) throw error;
    const { message, code } = error.cause as NodeJS.ErrnoException;
    throw new Error(`${error.message}: ${message || code}`, { cause: error });
  }
}
