/**
 * Sends kept deliveries again. One that reached the starter goes under the same key, marked as sent again, so that effects
 * already done are not repeated; one that the edge itself held back is read anew by today's code and configuration, and
 * moves to the inbox it belongs to; a forced one goes as a copy under a new key. A fault of one is told with it and stops
 * no other.
 */
import type { Envelope } from '../../shared/contract/envelope.ts';
import { sha256Hex } from '../../shared/contract/hmac.ts';
import type { Webhook } from '../config.ts';
import { PARK_REASONS } from '../grants.ts';
import type { DeliverySummary, Inbox, NewDelivery } from '../inbox/inbox.ts';
import { readDelivery } from '../read-delivery.ts';
import {
  findDeliveries,
  type Found,
  type Place,
  selectDeliveries,
  type Selection,
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
type Redelivered = Found & { readonly remedy: Remedy };

const COPY_MARK_LENGTH = 8;

/** Of an intent's key, so that the mark of a copy still fits into what a key may have. */
const COPIED_KEY_LENGTH = 180;

/** What is received anew waits this long for its inbox to be told to send it, all in one batch; then it goes by itself. */
const HOLD_MS = 60 * 1000;

export type RedeliverWish = Place &
  Selection & {
    readonly ids?: readonly string[] | undefined;
    readonly dryRun: boolean;
    readonly force: boolean;
  };

/** Said to whoever forces: there is no way back from it. */
const FORCED =
  'Sent as copies under new keys: an intent asks for another run, and whatever goes by the key is done again';

/** False for a wish that names nothing: it would mean everything there is. */
export function isSelective(wish: RedeliverWish): boolean {
  const { limit: _, cursor: __, dryRun: ___, force: ____, ...criteria } = wish;
  return Object.keys(criteria).length > 0;
}

export async function redeliver(wish: RedeliverWish, deps: RedeliverDeps) {
  const { ids, dryRun, force } = wish;
  const where = whereOf(wish);
  const { deliveries, nextCursor } = ids
    ? { deliveries: await findDeliveries(deps.inbox, where, ids), nextCursor: null }
    : await selectDeliveries(deps.inbox, where, wish);
  const placed: Placed[] = [];
  // Oldest first, so that what moves keeps its order.
  for (const found of deliveries.toReversed()) placed.push(await place(found, wish, deps));
  return {
    dryRun,
    meaning: force ? FORCED : null,
    results: dryRun ? placed.map(({ result }) => result) : await send(placed, deps.inbox),
    unknown: ids?.filter((id) => deliveries.every(({ deliveryId }) => deliveryId !== id)) ?? [],
    nextCursor,
  };
}

/** Where a delivery is now, and whether it is to be sent from there. */
type Placed = { readonly result: Redelivered; readonly isSent: boolean };

async function place(
  found: Found,
  { dryRun, force }: RedeliverWish,
  deps: RedeliverDeps,
): Promise<Placed> {
  const remedy = remedyFor(found, force);
  const result = { ...found, remedy };
  if (remedy === 'none')
    return { result: { ...result, reason: 'retention-passed' }, isSent: false };
  if (remedy === 'send-again' || (dryRun && remedy === 'send-copy'))
    return { result, isSent: true };
  try {
    return await receiveAnew(result, dryRun, deps);
  } catch (error) {
    return { result: { ...result, lastError: String(error) }, isSent: false };
  }
}

function remedyFor({ status, reason, hasEnvelope }: DeliverySummary, isForced: boolean): Remedy {
  const isHeldBack = status === 'unparsed' || PARK_REASONS.includes(reason ?? '');
  if (isHeldBack) return 'read-again';
  if (!hasEnvelope) return 'none';
  return isForced ? 'send-copy' : 'send-again';
}

/** All at once, a call for an inbox; answers how they stand then. */
async function send(placed: readonly Placed[], inbox: Inbox): Promise<readonly Redelivered[]> {
  const sent = placed.flatMap(({ result, isSent }) => (isSent ? [result] : []));
  const answers = await Promise.all(
    [...new Set(sent.map((result) => result.inbox))].map(async (name) => {
      const ids = sent.flatMap((result) => (result.inbox === name ? [result.deliveryId] : []));
      try {
        return await inbox.redeliver(name, ids);
      } catch (error) {
        return ids.map((deliveryId) => ({ deliveryId, lastError: String(error) }));
      }
    }),
  );
  const afterwards = new Map(answers.flat().map((after) => [after.deliveryId, after]));
  return placed.map(({ result }) => ({ ...result, ...afterwards.get(result.deliveryId) }));
}

/** Puts a held back delivery, or a copy of one, where it belongs now. */
async function receiveAnew(
  found: Redelivered,
  isDryRun: boolean,
  { inbox, webhooks, clock, newId }: RedeliverDeps,
): Promise<Placed> {
  const [details, body] = await Promise.all([
    inbox.show(found.inbox, found.deliveryId),
    inbox.body(found.inbox, found.deliveryId),
  ]);
  const stays = (reason: string | null) => ({ result: { ...found, reason }, isSent: false });
  const webhook = webhooks.get(found.webhook);
  if (details === null || body === null) return stays('retention-passed');
  if (webhook === undefined) return stays('webhook-unknown');
  const isCopy = found.remedy === 'send-copy';
  const read = readDelivery(body, webhook, {
    deliveryId: isCopy ? newId() : found.deliveryId,
    receivedAt: isCopy ? clock() : found.receivedAt,
    bodyHash: await sha256Hex(body),
    traceparent: details.traceparent,
    headers: JSON.stringify(details.headers),
    secretLabel: found.secretLabel ?? '',
  });
  const next = isCopy ? underNewKey(read, newId().slice(0, COPY_MARK_LENGTH)) : read;
  if (next.inbox === found.inbox && next.key === found.key) return stays(next.reason);
  const { key, eventType, status, reason } = next;
  const result = { ...found, inbox: next.inbox, key, eventType, status, reason };
  const isSent = status === 'pending';
  if (isDryRun) return { result, isSent };
  // A person asks for it: no circle does.
  const anew = { ...next, cap: null, nextAttemptAt: clock() + HOLD_MS };
  const { isDuplicate: _, ...kept } = await inbox.accept(anew, body);
  if (!isCopy) await inbox.remove(found.inbox, found.key);
  return { result: { ...result, ...kept }, isSent };
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
    data:
      data.about === 'intent'
        ? { ...data, key: `${data.key.slice(0, COPIED_KEY_LENGTH)}.copy-${mark}` }
        : data,
  };
  return { ...delivery, key, earlierKey: null, envelope: JSON.stringify(copied) };
}
