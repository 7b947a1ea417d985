/**
 * Sends kept deliveries again. One that reached the starter goes under the same key, marked as sent again, so that effects
 * already done are not repeated; one that the edge itself held back is read anew by today's code and configuration, and
 * moves to the inbox it belongs to; a forced one goes as a copy under a new key.
 */
import type { Envelope } from '../../shared/contract/envelope.ts';
import { sha256Hex } from '../../shared/contract/hmac.ts';
import type { Webhook } from '../config.ts';
import { PARK_REASONS } from '../grants.ts';
import type { DeliverySummary, Inbox, NewDelivery } from '../inbox/inbox.ts';
import { readDelivery } from '../read-delivery.ts';
import {
  findDelivery,
  type Found,
  type Place,
  selectDeliveries,
  type Selection,
  type Where,
  whereOf,
} from './select.ts';

export type RedeliverDeps = {
  readonly inbox: Inbox;
  readonly webhooks: ReadonlyMap<string, Webhook>;
  readonly clock: () => number;
  readonly newId: () => string;
};

type Remedy = 'send-again' | 'read-again' | 'send-copy' | 'none';

/** How a delivery stands, and what was done about it or, in a dry run, would be. */
type Redelivered = Pick<
  Found,
  'inbox' | 'deliveryId' | 'key' | 'status' | 'reason' | 'redeliveries' | 'verdict' | 'executionId'
> & { readonly remedy: Remedy; readonly lastError: string | null };

const COPY_MARK_LENGTH = 8;

export type RedeliverWish = Place &
  Selection & {
    readonly ids?: readonly string[] | undefined;
    readonly dryRun: boolean;
    readonly force: boolean;
  };

/** Said to whoever forces: there is no way back from it. */
const FORCED = 'Sent as copies under new keys: effects that were done already happen again';

/** False for a wish that names nothing: it would mean everything there is. */
export function isSelective(wish: RedeliverWish): boolean {
  const { limit: _, cursor: __, dryRun: ___, force: ____, ...criteria } = wish;
  return Object.keys(criteria).length > 0;
}

export async function redeliver(wish: RedeliverWish, deps: RedeliverDeps) {
  const { ids, dryRun, force } = wish;
  const { deliveries, nextCursor } = ids
    ? { deliveries: await findAll(deps.inbox, whereOf(wish), ids), nextCursor: null }
    : await selectDeliveries(deps.inbox, whereOf(wish), wish);
  return {
    dryRun,
    meaning: force ? FORCED : null,
    results: dryRun
      ? deliveries.map((found) => toRedelivered(found, remedyFor(found, force)))
      : await redeliverAll(deliveries, force, deps),
    unknown: ids?.filter((id) => deliveries.every(({ deliveryId }) => deliveryId !== id)) ?? [],
    nextCursor,
  };
}

async function findAll(inbox: Inbox, where: Where, ids: readonly string[]): Promise<Found[]> {
  const found = await Promise.all(ids.map((id) => findDelivery(inbox, where, id)));
  return found.flatMap((entry) => (entry ? [{ inbox: entry.inbox, ...entry.delivery }] : []));
}

function remedyFor({ status, reason, hasEnvelope }: DeliverySummary, isForced: boolean): Remedy {
  const isHeldBack = status === 'unparsed' || PARK_REASONS.includes(reason ?? '');
  if (isHeldBack) return 'read-again';
  if (!hasEnvelope) return 'none';
  return isForced ? 'send-copy' : 'send-again';
}

const toRedelivered = (found: Found, remedy: Remedy): Redelivered => ({
  inbox: found.inbox,
  deliveryId: found.deliveryId,
  key: found.key,
  remedy,
  status: found.status,
  reason: remedy === 'none' ? 'retention-passed' : found.reason,
  redeliveries: found.redeliveries,
  verdict: found.verdict,
  executionId: found.executionId,
  lastError: found.lastError,
});

/** In the order given. */
async function redeliverAll(
  deliveries: readonly Found[],
  isForced: boolean,
  deps: RedeliverDeps,
): Promise<readonly Redelivered[]> {
  const plans = deliveries.map((found) => ({ found, remedy: remedyFor(found, isForced) }));
  // Those sent again first, and together: a batch for an inbox.
  const again = plans.filter(({ remedy }) => remedy === 'send-again').map(({ found }) => found);
  const answers = await Promise.all(
    [...new Set(again.map(({ inbox }) => inbox))].map(async (inbox) => {
      const ids = again.filter((found) => found.inbox === inbox).map((found) => found.deliveryId);
      return (await deps.inbox.redeliver(inbox, ids)).map((after) => ({ inbox, ...after }));
    }),
  );
  const afterwards = new Map(answers.flat().map((after) => [after.deliveryId, after]));
  const results: Redelivered[] = [];
  for (const { found, remedy } of plans) {
    const after = afterwards.get(found.deliveryId) ?? found;
    const isNew = remedy === 'read-again' || remedy === 'send-copy';
    results.push(toRedelivered(isNew ? await receiveAnew(found, remedy, deps) : after, remedy));
  }
  return results;
}

/** Puts a held back delivery, or a copy of one, where it belongs now; answers how it stands there. */
async function receiveAnew(
  found: Found,
  remedy: Remedy,
  { inbox, webhooks, clock, newId }: RedeliverDeps,
): Promise<Found> {
  const [details, body] = await Promise.all([
    inbox.show(found.inbox, found.deliveryId),
    inbox.body(found.inbox, found.deliveryId),
  ]);
  const webhook = webhooks.get(found.webhook);
  if (details === null || body === null) return { ...found, reason: 'retention-passed' };
  if (webhook === undefined) return { ...found, reason: 'webhook-unknown' };
  const isCopy = remedy === 'send-copy';
  const read = readDelivery(body, webhook, {
    deliveryId: isCopy ? newId() : found.deliveryId,
    receivedAt: isCopy ? clock() : found.receivedAt,
    bodyHash: await sha256Hex(body),
    traceparent: details.traceparent,
    headers: JSON.stringify(details.headers),
    secretLabel: found.secretLabel ?? '',
  });
  // A person asks for it: no circle does.
  const uncapped = { ...read, cap: null };
  const next = isCopy ? underNewKey(uncapped, newId().slice(0, COPY_MARK_LENGTH)) : uncapped;
  if (next.inbox === found.inbox && next.key === found.key)
    return { ...found, reason: next.reason };
  const { deliveryId } = await inbox.accept(next, body);
  if (!isCopy) await inbox.remove(found.inbox, found.deliveryId);
  if (next.status === 'pending') await inbox.redeliver(next.inbox, [deliveryId]);
  const after = await inbox.show(next.inbox, deliveryId);
  return after === null ? found : { inbox: next.inbox, ...after.delivery };
}

/** Whatever remembers keys takes the copy for another event: its effects happen, though they have happened before. */
function underNewKey(delivery: NewDelivery, mark: string): NewDelivery {
  const key = `${delivery.key}.copy-${mark}`;
  if (delivery.envelope === null) return { ...delivery, key, earlierKey: null };
  const envelope = JSON.parse(delivery.envelope) as Envelope;
  const { data } = envelope;
  const copied: Envelope = {
    ...envelope,
    id: `${envelope.id}.copy-${mark}`,
    data: data.about === 'intent' ? { ...data, key: `${data.key}.copy-${mark}` } : data,
  };
  return { ...delivery, key, earlierKey: null, envelope: JSON.stringify(copied) };
}
