/**
 * What an operator may ask of the inboxes: which deliveries there are, how many, one by its id, and to send some again.
 * Every answer leaves an audit line that says who asked for what.
 */
import type { Context, Hono } from 'hono';
import type { EdgeConfig } from '../config.ts';
import { DELIVERY_STATUSES, type DeliveryStatus, type InboxCounts } from '../inbox/inbox.ts';
import type { Log, LogFields } from '../log.ts';
import { refuse } from '../refuse.ts';
import type { AccessDeps } from './access.ts';
import {
  checkJson,
  checkQuery,
  CountsQuerySchema,
  ListQuerySchema,
  RedeliverSchema,
  ShowQuerySchema,
} from './queries.ts';
import { redactBody } from './redact.ts';
import { isSelective, redeliver, type RedeliverDeps } from './redeliver.ts';
import { findDelivery, namesAt, selectDeliveries, whereOf } from './select.ts';
import { createWhoAsks } from './who.ts';

export type OperatorDeps = RedeliverDeps & AccessDeps & { readonly log: Log };

export type OperatorEnv = { Variables: { operator: string } };

export type OperatorApp = ReturnType<typeof operatorRoutes>;

/** Adds the routes to an app that stands where they belong. */
export function operatorRoutes(app: Hono<OperatorEnv>, config: EdgeConfig, deps: OperatorDeps) {
  const { inbox, log } = deps;
  const whoAsks = createWhoAsks(config.operator, deps);

  const audit = (c: Context<OperatorEnv>, action: string, fields: LogFields = {}) =>
    log.info('Operator', { operator: c.get('operator'), action, ...fields });

  app.use(async (c, next) => {
    const operator = await whoAsks(c.req.raw.headers);
    if (operator.ok) {
      c.set('operator', operator.value);
      return next();
    }
    log.warn('Operator refused', { reason: operator.error });
    if (operator.error === 'token-wrong') c.header('WWW-Authenticate', 'Bearer');
    return refuse(c, operator.error);
  });

  return app
    .get('/', checkQuery(ListQuerySchema), async (c) => {
      const query = c.req.valid('query');
      const page = await selectDeliveries(inbox, whereOf(query), query);
      audit(c, 'list', { inbox: query.inbox, count: page.deliveries.length });
      return c.json(page, 200);
    })
    .get('/counts', checkQuery(CountsQuerySchema), async (c) => {
      const query = c.req.valid('query');
      const page = await namesAt(inbox, whereOf(query), query.cursor ?? null);
      const inboxes = await Promise.all(
        page.inboxes.map(async (name) => ({ inbox: name, ...(await inbox.count(name)) })),
      );
      audit(c, 'counts', { count: inboxes.length });
      return c.json({ total: totalOf(inboxes), inboxes, nextCursor: page.nextCursor }, 200);
    })
    .post('/redeliver', checkJson(RedeliverSchema), async (c) => {
      const wish = c.req.valid('json');
      if (!isSelective(wish)) return refuse(c, 'body-invalid', 'ids');
      const mode = `${wish.force ? ' forced' : ''}${wish.dryRun ? ' dry run' : ''}`;
      // Before anything is done: what fails half-way leaves a trace too.
      audit(c, `redeliver${mode}`, { count: wish.ids?.length ?? wish.limit });
      const outcome = await redeliver(wish, deps);
      for (const { remedy, key, deliveryId, inbox: name, verdict } of outcome.results)
        audit(c, `${remedy}${mode}`, { key, deliveryId, inbox: name, verdict });
      return c.json(outcome, 200);
    })
    .get('/:id', checkQuery(ShowQuerySchema), async (c) => {
      const { body: form, ...place } = c.req.valid('query');
      const deliveryId = c.req.param('id');
      const found = await findDelivery(inbox, whereOf(place), deliveryId);
      audit(c, form === 'raw' ? 'show raw body' : 'show', { deliveryId, inbox: found?.inbox });
      if (found === null) return refuse(c, 'delivery-unknown');
      const { traceparent: _, ...shown } = found;
      const envelope: unknown = found.envelope === null ? null : JSON.parse(found.envelope);
      const bytes = form === 'none' ? null : await inbox.body(found.inbox, deliveryId);
      const body = bytes && { form, content: contentOf(bytes, form === 'raw') };
      return c.json({ ...shown, envelope, body }, 200);
    });
}

/** Raw, a body is given as text even where it is no sound UTF-8: the true bytes stay in the inbox. */
function contentOf(bytes: Uint8Array, isRaw: boolean): unknown {
  const text = new TextDecoder().decode(bytes);
  return isRaw ? text : redactBody(text);
}

const totalOf = (counts: readonly InboxCounts[]) =>
  Object.fromEntries(
    DELIVERY_STATUSES.map((status) => [
      status,
      counts.reduce((sum, inbox) => sum + inbox[status], 0),
    ]),
  ) as Record<DeliveryStatus, number>;
