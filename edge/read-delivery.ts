/**
 * From the bytes of a genuine delivery to what its inbox keeps: which event, under which key, in which inbox, and whether
 * it may go on. Pure, so that a delivery kept as unparsed or parked can be read again by later code and configuration.
 */
import { createEnvelope } from '../shared/contract/envelope.ts';
import type { SpaceliftEvent } from '../shared/contract/events.ts';
import { deliveryKeyOf, unparsedKeyOf } from '../shared/contract/keys.ts';
import { parseBody } from '../shared/contract/parse.ts';
import type { Webhook } from './config.ts';
import { decideGrant, parkApart } from './grants.ts';
import { type NewDelivery, stackInboxName, webhookInboxName } from './inbox/inbox.ts';

/** Facts of a delivery that do not come from its event. */
export type Facts = Pick<
  NewDelivery,
  'deliveryId' | 'receivedAt' | 'traceparent' | 'headers' | 'secretLabel'
> & { readonly bodyHash: string };

export function readDelivery(
  body: Uint8Array<ArrayBuffer>,
  webhook: Webhook,
  { bodyHash, ...facts }: Facts,
): NewDelivery {
  const { receivedAt } = facts;
  const parsed = parseBody(body, { account: webhook.account, bodyHash, receivedAt });
  const kept = { ...facts, webhook: webhook.name };
  if (parsed.ok) return toParsedDelivery(parsed.value, webhook, kept, bodyHash);
  const { reason, field } = parsed.error;
  const { key, earlierKey } = unparsedKeyOf({ bodyHash, receivedAt });
  return {
    ...kept,
    inbox: webhookInboxName(webhook.name),
    key,
    earlierKey,
    orderKey: key,
    eventType: 'unparsed',
    status: 'unparsed',
    reason: field === undefined || field === '' ? reason : `${reason}: ${field}`,
    envelope: null,
    cap: null,
  };
}

function toParsedDelivery(
  event: SpaceliftEvent,
  webhook: Webhook,
  kept: Omit<Facts, 'bodyHash'> & { readonly webhook: string },
  bodyHash: string,
): NewDelivery {
  const fault = decideGrant(event, webhook);
  const { key, earlierKey } = deliveryKeyOf(event, { bodyHash, receivedAt: kept.receivedAt });
  const delivery: NewDelivery = {
    ...kept,
    inbox:
      fault === 'account-mismatch'
        ? webhookInboxName(webhook.name)
        : stackInboxName(event.account, 'stackId' in event ? event.stackId : null),
    key,
    earlierKey,
    orderKey: event.about === 'run' ? `run/${event.runId}` : key,
    eventType: event.type,
    status: 'pending',
    reason: null,
    envelope: JSON.stringify(createEnvelope(event, { ...kept, key })),
    cap: event.about === 'intent' ? (webhook.intents?.cap ?? null) : null,
  };
  return fault === null ? delivery : parkApart(delivery, fault);
}
