/** Composition root of the edge on Cloudflare Workers: from bindings to a built app, once per isolate. */
import { createApp } from './app.ts';
import { createObjectInbox, type InboxBindings } from './cloudflare/object-inbox.ts';
import { parseConfig } from './config.ts';
import { createLog } from './log.ts';
import { createMisconfiguredApp } from './misconfigured.ts';

export { InboxDirectory } from './cloudflare/inbox-directory.ts';
export { InboxObject } from './cloudflare/inbox-object.ts';

export type Bindings = InboxBindings;

type App = { readonly fetch: (request: Request) => Response | Promise<Response> };

/** Bindings are the same for the life of an isolate, so the app is built once. */
let app: App | undefined;

function build(env: Bindings): App {
  const config = parseConfig(env);
  if (!config.ok) return createMisconfiguredApp(config.error, createLog('info'));
  return createApp({
    config: config.value,
    inbox: createObjectInbox(env),
    fetch: (url, init) => fetch(url, init),
    clock: () => Date.now(),
    newId: () => crypto.randomUUID(),
    log: createLog(config.value.logLevel),
  });
}

export default {
  fetch(request: Request, env: Bindings): Response | Promise<Response> {
    app ??= build(env);
    return app.fetch(request);
  },
};
