/** Which deliveries an operator means: of one inbox, of an account's or of all, page by page, or one by its id. */
import {
  type DeliveryDetails,
  type DeliverySummary,
  type Filter,
  type Inbox,
  type InboxNames,
  stackInboxName,
} from '../inbox/inbox.ts';

/** Each inbox asked is a subrequest, of which the free plan allows 50 a request. */
const INBOXES_PER_PAGE = 40;

/** Inboxes looked through for an id that came without its inbox. */
const LOOKUP_INBOXES_LIMIT = 1000;

/** One inbox by its name, or all whose names begin alike. */
export type Where = { readonly inbox: string } | { readonly prefix: string };

export type Found = DeliverySummary & { readonly inbox: string };

export type Page = { readonly deliveries: readonly Found[]; readonly nextCursor: string | null };

export type Place = {
  readonly inbox?: string | undefined;
  readonly account?: string | undefined;
  readonly stack?: string | undefined;
};

export type Selection = Pick<Filter, 'status' | 'since' | 'until'> & {
  readonly type?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
};

export function whereOf({ inbox, account, stack }: Place): Where {
  if (inbox !== undefined) return { inbox };
  if (account === undefined) return { prefix: '' };
  return stack === undefined
    ? { prefix: `${account}/` }
    : { inbox: stackInboxName(account, stack) };
}

/** Names of inboxes after one of them, in order. */
export async function namesAt(
  inbox: Inbox,
  where: Where,
  after: string | null,
): Promise<InboxNames> {
  if ('inbox' in where) return { inboxes: after === null ? [where.inbox] : [], nextCursor: null };
  const { prefix } = where;
  const page = await inbox.names(INBOXES_PER_PAGE, after ?? prefix);
  const inboxes = page.inboxes.filter((name) => name.startsWith(prefix));
  return { inboxes, nextCursor: inboxes.length < page.inboxes.length ? null : page.nextCursor };
}

/** Inbox by inbox, newest first in each. The cursor is the inbox, and the place in it if it is not done. */
export async function selectDeliveries(
  inbox: Inbox,
  where: Where,
  { limit, cursor, status, type, since, until }: Selection,
): Promise<Page> {
  const position = /^(.*)@(\d*)$/s.exec(cursor ?? '');
  const begun = position?.[1] ?? null;
  const place = position?.[2] ?? '';
  const filter = { status, eventType: type, since, until };
  const { inboxes, nextCursor } = await namesAt(inbox, where, begun);
  const deliveries: Found[] = [];
  for (const name of place === '' || begun === null ? inboxes : [begun, ...inboxes]) {
    const before = name === begun ? Number(place) : null;
    const found = await inbox.list(name, { ...filter, before, limit: limit - deliveries.length });
    deliveries.push(...found.map((delivery) => ({ inbox: name, ...delivery })));
    if (deliveries.length === limit)
      return { deliveries, nextCursor: `${name}@${deliveries.at(-1)?.seq}` };
  }
  return { deliveries, nextCursor: nextCursor && `${nextCursor}@` };
}

/** Deliveries by their ids, wherever they are. */
export async function findDeliveries(
  inbox: Inbox,
  where: Where,
  ids: readonly string[],
): Promise<readonly Found[]> {
  const found: Found[] = [];
  let after: string | null = null;
  let asked = 0;
  do {
    const page: InboxNames = await namesAt(inbox, where, after);
    const lists = await Promise.all(
      page.inboxes.map(async (name) => {
        const deliveries = await inbox.list(name, { ids, limit: ids.length });
        return deliveries.map((delivery) => ({ inbox: name, ...delivery }));
      }),
    );
    found.push(...lists.flat());
    after = page.nextCursor;
    asked += INBOXES_PER_PAGE;
  } while (after !== null && found.length < ids.length && asked < LOOKUP_INBOXES_LIMIT);
  return found;
}

/** One delivery with all that is known of it. */
export async function findDelivery(
  inbox: Inbox,
  where: Where,
  deliveryId: string,
): Promise<(DeliveryDetails & { readonly inbox: string }) | null> {
  const [found] = await findDeliveries(inbox, where, [deliveryId]);
  if (found === undefined) return null;
  const details = await inbox.show(found.inbox, deliveryId);
  return details && { inbox: found.inbox, ...details };
}
