/**
 * The way of one delivery: verify the bytes, parse them, ask for the grant, keep it. Answers only after the inbox has it
 * on disk. Only forgeries are refused; whatever else is wrong with a signed body is kept with the reason.
 */
import { createEnvelope } from '../shared/contract/envelope.ts';
import type { SpaceliftEvent } from '../shared/contract/events.ts';
import { sha256Hex } from '../shared/contract/hmac.ts';
import { type DeliveryKey, deliveryKeyOf, unparsedKeyOf } from '../shared/contract/keys.ts';
import { parseBody } from '../shared/contract/parse.ts';
import type { RefusalReason } from '../shared/contract/refusals.ts';
import { fail, type Result, succeed } from '../shared/contract/result.ts';
import { verifySpaceliftSignature } from '../shared/contract/spacelift-signature.ts';
import { continueTrace, traceIdOf } from '../shared/contract/trace.ts';
import type { Webhook } from './config.ts';
import { decideGrant } from './grants.ts';
import {
  type DeliveryStatus,
  type Inbox,
  type NewDelivery,
  stackInboxName,
  webhookInboxName,
} from './inbox.ts';
import type { Log } from './log.ts';

export type ReceiveDeps = {
  readonly inbox: Pick<Inbox, 'accept'>;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly newId: () => string;
  readonly log: Log;
};

export type Delivery = {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly signature: string | null;
  readonly traceparent: string | null;
};

/** What Spacelift is told; its administrators see it in their delivery log. */
export type Receipt = {
  readonly deliveryId: string;
  readonly status: 'accepted' | 'duplicate' | 'unparsed' | 'parked';
  readonly reason?: string;
  readonly hint?: string;
};

/** Facts of the delivery that do not come from its event. */
type Facts = {
  readonly webhook: Webhook;
  readonly deliveryId: string;
  readonly receivedAt: number;
  readonly bodyHash: string;
  readonly traceparent: string;
};

const RECEIPT_STATUS = {
  pending: 'accepted',
  parked: 'parked',
  unparsed: 'unparsed',
} as const satisfies Record<Exclude<DeliveryStatus, 'delivered'>, Receipt['status']>;

const REPEATED_INTENT_HINT =
  'Pass another idempotency_key to ask for another run within 10 minutes';

/** Receives one delivery for a webhook; the refusal is a reason of the closed table. */
export async function receiveDelivery(
  delivery: Delivery,
  webhook: Webhook,
  deps: ReceiveDeps,
): Promise<Result<Receipt, RefusalReason>> {
  if (webhook.secrets.length === 0) return fail('secret-missing');
  const verified = await verifySpaceliftSignature(
    delivery.body,
    delivery.signature,
    webhook.secrets,
  );
  if (!verified.ok) return verified;
  const kept = toNewDelivery(delivery.body, {
    webhook,
    deliveryId: deps.newId(),
    receivedAt: deps.clock(),
    bodyHash: await sha256Hex(delivery.body),
    traceparent: continueTrace(delivery.traceparent),
  });
  const fields = {
    key: kept.key,
    traceId: traceIdOf(kept.traceparent),
    inbox: kept.inbox,
    webhook: webhook.name,
    eventType: kept.eventType,
    secretLabel: verified.value,
    reason: kept.reason,
  };
  try {
    const { isDuplicate, deliveryId } = await deps.inbox.accept(kept, delivery.body);
    deps.log.info(
      isDuplicate ? 'Delivery is a duplicate' : `Delivery ${RECEIPT_STATUS[kept.status]}`,
      {
        ...fields,
        deliveryId,
      },
    );
    return succeed(isDuplicate ? duplicateReceipt(kept, deliveryId) : newReceipt(kept));
  } catch (error) {
    deps.log.error('Cannot keep delivery', { ...fields, error: String(error) });
    return fail('inbox-unavailable');
  }
}

const newReceipt = ({ deliveryId, status, reason }: NewDelivery): Receipt => ({
  deliveryId,
  status: RECEIPT_STATUS[status],
  ...(reason !== null && { reason }),
});

const duplicateReceipt = (kept: NewDelivery, deliveryId: string): Receipt => ({
  deliveryId,
  status: 'duplicate',
  ...(kept.eventType === 'triggered' && kept.earlierKey !== null && { hint: REPEATED_INTENT_HINT }),
});

function toNewDelivery(body: Uint8Array<ArrayBuffer>, facts: Facts): NewDelivery {
  const { webhook, bodyHash, receivedAt } = facts;
  const parsed = parseBody(body, { account: webhook.account, bodyHash, receivedAt });
  if (parsed.ok) return toParsedDelivery(parsed.value, facts);
  const { reason, field } = parsed.error;
  const { key, earlierKey } = unparsedKeyOf({ bodyHash, receivedAt });
  return {
    ...deliveryFacts(facts),
    inbox: webhookInboxName(webhook.name),
    key,
    earlierKey,
    orderKey: key,
    eventType: 'unparsed',
    status: 'unparsed',
    reason: field === undefined || field === '' ? reason : `${reason}: ${field}`,
    envelope: null,
  };
}

function toParsedDelivery(event: SpaceliftEvent, facts: Facts): NewDelivery {
  const fault = decideGrant(event, facts.webhook);
  const trueKey = deliveryKeyOf(event, facts);
  const { key, earlierKey } = fault === null ? trueKey : apart(trueKey, facts.webhook.name);
  const envelope = createEnvelope(event, { ...facts, key: trueKey.key });
  return {
    ...deliveryFacts(facts),
    inbox:
      fault === 'account-mismatch'
        ? webhookInboxName(facts.webhook.name)
        : stackInboxName(event.account, 'stackId' in event ? event.stackId : null),
    key,
    earlierKey,
    orderKey: event.about === 'run' ? `run/${event.runId}` : key,
    eventType: event.type,
    status: fault === null ? 'pending' : 'parked',
    reason: fault,
    envelope: JSON.stringify(envelope),
  };
}

/**
 * Keys of deliveries without a grant lie apart: else whoever may sign for a lesser webhook could use up the key of an
 * intent that has one, and it would be taken for a duplicate.
 */
const apart = ({ key, earlierKey }: DeliveryKey, webhook: string): DeliveryKey => ({
  key: `parked/${webhook}/${key}`,
  earlierKey: earlierKey === null ? null : `parked/${webhook}/${earlierKey}`,
});

const deliveryFacts = ({ webhook, deliveryId, receivedAt, traceparent }: Facts) => ({
  webhook: webhook.name,
  deliveryId,
  receivedAt,
  traceparent,
});
