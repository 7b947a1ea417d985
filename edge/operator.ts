/**
 * What an operator may ask of the inboxes: which there are, how full, which deliveries, and one delivery by its id. Shows
 * the envelope, which names nobody; raw bodies stay where they are.
 */
import type { Context } from 'hono';
import { Hono } from 'hono/tiny';
import * as v from 'valibot';
import { isBearer } from './bearer.ts';
import {
  DELIVERY_STATUSES,
  type DeliveryDetails,
  type Inbox,
  type InboxCounts,
  stackInboxName,
} from './inbox.ts';
import { refuse } from './refuse.ts';

export type OperatorDeps = { readonly inbox: Inbox; readonly token: string | null };

/** Each inbox asked is a subrequest, of which the free plan allows 50 a request. */
const INBOXES_PER_PAGE = 40;

/** Inboxes looked through for an id that came without its inbox. */
const LOOKUP_INBOXES_LIMIT = 1000;

const DELIVERIES_PER_PAGE = { default: 50, limit: 200 };

const wholeNumber = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number));

const ListQuerySchema = v.object({
  status: v.optional(v.picklist(DELIVERY_STATUSES)),
  limit: v.optional(
    v.pipe(wholeNumber, v.minValue(1), v.maxValue(DELIVERIES_PER_PAGE.limit)),
    String(DELIVERIES_PER_PAGE.default),
  ),
  cursor: v.optional(wholeNumber),
});

export function operatorRoutes({ inbox, token }: OperatorDeps): Hono {
  const app = new Hono({ strict: false });

  app.use(async (c, next) => {
    if (token === null) return refuse(c, 'token-not-configured');
    if (!(await isBearer(c.req.header('Authorization') ?? null, token))) {
      c.header('WWW-Authenticate', 'Bearer');
      return refuse(c, 'token-wrong');
    }
    const { account, stack } = c.req.query();
    return stack && !account ? refuse(c, 'query-invalid', 'account') : next();
  });

  app.get('/', async (c) => {
    const name = inboxNameOf(c);
    if (name === null)
      return c.json(await inbox.names(INBOXES_PER_PAGE, c.req.query('cursor') ?? null));
    const query = v.safeParse(ListQuerySchema, c.req.query());
    if (!query.success)
      return refuse(c, 'query-invalid', v.getDotPath(query.issues[0]) ?? undefined);
    const { status = null, limit, cursor = null } = query.output;
    const list = await inbox.list(name, { status, limit, cursor });
    return c.json({ inbox: name, ...list });
  });

  app.get('/counts', async (c) => {
    const name = inboxNameOf(c);
    const { inboxes, nextCursor } =
      name === null
        ? await inbox.names(INBOXES_PER_PAGE, c.req.query('cursor') ?? null)
        : { inboxes: [name], nextCursor: null };
    const counts = await Promise.all(
      inboxes.map(async (entry) => ({ inbox: entry, ...(await inbox.count(entry)) })),
    );
    return c.json({ total: totalOf(counts), inboxes: counts, nextCursor });
  });

  app.get('/:id', async (c) => {
    const name = inboxNameOf(c);
    const id = c.req.param('id');
    const found = name === null ? await find(inbox, id) : await showIn(inbox, name, id);
    if (found === null) return refuse(c, 'delivery-unknown');
    const envelope: unknown = found.envelope === null ? null : JSON.parse(found.envelope);
    return c.json({ ...found, envelope });
  });

  return app;
}

/** The inbox asked for, by its name or by account and stack; null when the query names none. */
function inboxNameOf(c: Context): string | null {
  const { inbox, account, stack } = c.req.query();
  return inbox || (account ? stackInboxName(account, stack || null) : null);
}

type Found = DeliveryDetails & { readonly inbox: string };

async function showIn(inbox: Inbox, name: string, id: string): Promise<Found | null> {
  const details = await inbox.show(name, id);
  return details === null ? null : { inbox: name, ...details };
}

async function find(inbox: Inbox, id: string): Promise<Found | null> {
  let cursor: string | null = null;
  for (let asked = 0; asked < LOOKUP_INBOXES_LIMIT; asked += INBOXES_PER_PAGE) {
    const page = await inbox.names(INBOXES_PER_PAGE, cursor);
    const answers = await Promise.all(page.inboxes.map((entry) => showIn(inbox, entry, id)));
    const found = answers.find((answer) => answer !== null);
    if (found !== undefined) return found;
    if (page.nextCursor === null) return null;
    cursor = page.nextCursor;
  }
  return null;
}

const totalOf = (counts: readonly InboxCounts[]) =>
  Object.fromEntries(
    DELIVERY_STATUSES.map((status) => [
      status,
      counts.reduce((sum, inbox) => sum + inbox[status], 0),
    ]),
  );
