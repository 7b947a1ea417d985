/** Row b: the product's app, unchanged, over an inbox that keeps nothing. */
import { createApp } from '../../../../edge/app.ts';
import { parseConfig } from '../../../../edge/config.ts';
import type { Inbox } from '../../../../edge/inbox/inbox.ts';
import { createLog } from '../../../../edge/log.ts';

const keepsNothing = (): never => {
  throw new Error('Cannot read inbox: it keeps nothing');
};

const INBOX: Inbox = {
  accept: async ({ deliveryId, status, reason }) => ({
    isDuplicate: false,
    deliveryId,
    status,
    reason,
  }),
  list: keepsNothing,
  show: keepsNothing,
  body: keepsNothing,
  count: keepsNothing,
  names: keepsNothing,
  redeliver: keepsNothing,
  remove: keepsNothing,
};

let app: ReturnType<typeof createApp> | undefined;

function build(env: object): ReturnType<typeof createApp> {
  const config = parseConfig(env);
  if (!config.ok) throw new Error(config.error);
  return createApp({
    config: config.value,
    inbox: INBOX,
    fetch: (url, init) => fetch(url, init),
    clock: () => Date.now(),
    newId: () => crypto.randomUUID(),
    log: createLog(config.value.logLevel),
  });
}

export default {
  fetch(request: Request, env: object): Response | Promise<Response> {
    app ??= build(env);
    return app.fetch(request);
  },
};
