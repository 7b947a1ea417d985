/**
 * The edge's HTTP surface. Handlers translate between HTTP and `receiveDelivery` or the inbox, and decide nothing; which
 * runtime this is, only the composition root knows.
 */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import type { RefusalReason } from '../shared/contract/refusals.ts';
import { readBody } from './body.ts';
import type { EdgeConfig } from './config.ts';
import { createFailureBudget } from './failure-budget.ts';
import { healthOf } from './health.ts';
import type { Inbox } from './inbox/inbox.ts';
import { type OperatorEnv, operatorRoutes } from './operator/routes.ts';
import { receiveDelivery, type ReceiveDeps } from './receive.ts';
import { refuse } from './refuse.ts';
import { DEFAULT_WEBHOOK } from './webhooks.ts';

export type AppDeps = Omit<ReceiveDeps, 'inbox' | 'budget'> & {
  readonly config: EdgeConfig;
  readonly inbox: Inbox;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
};

const WEBHOOK_PATHS = ['/webhooks/spacelift', '/webhooks/spacelift/:name'];

/** What each path answers; any other method is told so. */
const ALLOWED: readonly (readonly [path: string, methods: string])[] = [
  ...WEBHOOK_PATHS.map((path) => [path, 'POST, PUT'] as const),
  ['/healthz', 'GET'],
  ['/inbox', 'GET'],
  ['/inbox/redeliver', 'POST'],
  ['/inbox/*', 'GET'],
];

/** Reasons that somebody must act on; every other refusal is the sender's affair. */
const FAULTS: readonly RefusalReason[] = ['secret-missing', 'inbox-unavailable'];

export function createApp(deps: AppDeps): Hono<OperatorEnv> {
  const { config, log } = deps;
  const { webhooks } = config;
  const budget = createFailureBudget();
  const receiveDeps: ReceiveDeps = { ...deps, budget };
  const app = new Hono<OperatorEnv>({ getPath: pathOf });

  /** Names the variables to set; every other reason says all there is to say. */
  const faultOf = (reason: RefusalReason, webhook: string) =>
    reason === 'secret-missing'
      ? `${webhooks.get(webhook)?.missingVariables.join(', ')} is not set`
      : undefined;

  const refuseDelivery = (c: Context, reason: RefusalReason) => {
    const write = FAULTS.includes(reason) ? log.error : log.warn;
    const webhook = webhookName(c);
    write('Delivery refused', { reason, webhook, error: faultOf(reason, webhook) });
    return refuse(c, reason);
  };

  app.on(['POST', 'PUT'], WEBHOOK_PATHS, async (c) => {
    const webhook = webhooks.get(webhookName(c));
    if (webhook === undefined) return refuseDelivery(c, 'webhook-unknown');
    const body = await readBody(c.req.raw, config.bodyLimitBytes);
    if (body === null) return refuseDelivery(c, 'body-too-large');
    const delivery = { body, headers: c.req.raw.headers };
    const received = await receiveDelivery(delivery, webhook, receiveDeps);
    return received.ok ? c.json(received.value, 202) : refuseDelivery(c, received.error);
  });

  app.get('/healthz', (c) => {
    const health = healthOf(config, budget.worst());
    return c.json(health, health.status === 'ok' ? 200 : 503);
  });

  operatorRoutes(app.basePath('/inbox'), config, { ...deps, webhooks });

  for (const [path, allowed] of ALLOWED)
    app.all(path, (c) => {
      c.header('Allow', allowed);
      return refuse(c, 'method-not-allowed');
    });
  app.notFound((c) => refuse(c, 'route-unknown'));
  app.onError((error, c) => {
    log.error('Cannot answer', { error: String(error) });
    return refuse(c, 'inbox-unavailable');
  });
  return app;
}

const webhookName = (c: Context): string => c.req.param('name') ?? DEFAULT_WEBHOOK;

/** Whatever the Host is; not every runtime resolves dot segments and backslashes by itself. */
const pathOf = ({ url }: Request): string =>
  new URL(url.replace(/^(\w+:\/\/[^/]*)?/, 'http://edge')).pathname;
