/**
 * The way of one delivery: verify the bytes, parse them, ask for the grant, keep it. Answers only after the inbox has it
 * on disk. Only forgeries are refused; whatever else is wrong with a signed body is kept with the reason.
 */
import type { RefusalReason } from '../shared/contract/refusals.ts';
import { fail, type Result, succeed } from '../shared/contract/result.ts';
import {
  SIGNATURE_HEADER,
  verifySpaceliftSignature,
} from '../shared/contract/spacelift-signature.ts';
import { sha256Hex } from '../shared/contract/hmac.ts';
import { continueTrace, traceIdOf } from '../shared/contract/trace.ts';
import type { SecondFactor, Webhook } from './config.ts';
import type { FailureBudget } from './failure-budget.ts';
import type { Acceptance, DeliveryStatus, Inbox, NewDelivery } from './inbox/inbox.ts';
import type { Log } from './log.ts';
import { readDelivery } from './read-delivery.ts';
import { isSameSecret } from './secret.ts';

export type ReceiveDeps = {
  readonly inbox: Pick<Inbox, 'accept'>;
  readonly budget: FailureBudget;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly newId: () => string;
  readonly log: Log;
};

export type Delivery = {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly headers: Headers;
};

/** What Spacelift is told; its administrators see it in their delivery log. */
export type Receipt = {
  readonly deliveryId: string;
  readonly status: 'accepted' | 'duplicate' | 'unparsed' | 'parked';
  readonly reason?: string;
  readonly hint?: string;
};

const RECEIPT_STATUS = {
  pending: 'accepted',
  delivered: 'accepted',
  parked: 'parked',
  unparsed: 'unparsed',
} as const satisfies Record<DeliveryStatus, Receipt['status']>;

const REPEATED_INTENT_HINT =
  'Pass another idempotency_key to ask for another run within 10 minutes';

/** What an operator may want to see of where a delivery came from; none of them is secret. */
const SHOWN_HEADERS = ['Content-Type', 'User-Agent', 'X-Datadog-Trace-Id'];

/** Longest text kept of a header. */
const HEADER_LENGTH = 200;

/** Receives one delivery for a webhook; the refusal is a reason of the closed table. */
export async function receiveDelivery(
  { body, headers }: Delivery,
  webhook: Webhook,
  deps: ReceiveDeps,
): Promise<Result<Receipt, RefusalReason>> {
  const { secrets, factor, missingVariables } = webhook;
  if (missingVariables.length > 0) return fail('secret-missing');
  if (factor !== null && !(await hasFactor(factor, headers))) return fail('factor-wrong');
  const verified = await verifySpaceliftSignature(body, headers.get(SIGNATURE_HEADER), secrets);
  if (!verified.ok) return verified;
  const kept = readDelivery(body, webhook, {
    deliveryId: deps.newId(),
    receivedAt: deps.clock(),
    bodyHash: await sha256Hex(body),
    traceparent: continueTrace(headers.get('Traceparent')),
    headers: shownHeaders(headers),
    secretLabel: verified.value,
  });
  return keep(kept, body, deps);
}

async function keep(
  kept: NewDelivery,
  body: Uint8Array<ArrayBuffer>,
  { inbox, budget, log }: ReceiveDeps,
): Promise<Result<Receipt, RefusalReason>> {
  const { key, webhook, eventType, secretLabel } = kept;
  const traceId = traceIdOf(kept.traceparent);
  const fields = { key, traceId, inbox: kept.inbox, webhook, eventType, secretLabel };
  try {
    const acceptance = await inbox.accept(kept, body);
    budget.recordSuccess(webhook);
    const { isDuplicate, deliveryId, status, reason } = acceptance;
    log.info(isDuplicate ? 'Delivery is a duplicate' : `Delivery ${RECEIPT_STATUS[status]}`, {
      ...fields,
      deliveryId,
      reason,
    });
    return succeed(receiptOf(acceptance, kept));
  } catch (error) {
    const count = budget.recordFailure(webhook);
    log.error('Cannot keep delivery', { ...fields, error: String(error), count });
    return fail('inbox-unavailable');
  }
}

function receiptOf(
  { isDuplicate, deliveryId, status, reason }: Acceptance,
  { eventType, earlierKey }: NewDelivery,
): Receipt {
  const isRepeatedIntent = eventType === 'triggered' && earlierKey !== null;
  if (isDuplicate)
    return {
      deliveryId,
      status: 'duplicate',
      ...(isRepeatedIntent && { hint: REPEATED_INTENT_HINT }),
    };
  return { deliveryId, status: RECEIPT_STATUS[status], ...(reason !== null && { reason }) };
}

/** Every active secret is compared, whether one has matched or not. */
async function hasFactor({ header, secrets }: SecondFactor, headers: Headers): Promise<boolean> {
  const presented = headers.get(header) ?? '';
  const matches = await Promise.all(secrets.map(({ secret }) => isSameSecret(presented, secret)));
  return matches.includes(true);
}

const shownHeaders = (headers: Headers): string =>
  JSON.stringify(
    Object.fromEntries(
      SHOWN_HEADERS.flatMap((name) => {
        const text = headers.get(name);
        return text === null ? [] : [[name, text.slice(0, HEADER_LENGTH)]];
      }),
    ),
  );
