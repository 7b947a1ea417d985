/** What the launcher asks of the edge: it sends deliveries as Spacelift would, and looks into the inbox as an operator. */
import { createHmac } from 'node:crypto';
import { SIGNATURE_HEADER } from '../../shared/contract/spacelift-signature.ts';

/** What the edge answers to an accepted delivery. */
type Receipt = { readonly deliveryId: string; readonly status: string };

/** The part of an inbox row that is shown. */
export type InboxRow = {
  readonly deliveryId: string;
  readonly status: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly executionId: string | null;
  readonly receivedAt: number;
  readonly settledAt: number | null;
  readonly lastError: string | null;
};

export type EdgeClient = {
  /** Signs the payload and posts it; `webhook` null is the default one. */
  readonly deliver: (webhook: string | null, secret: string, payload: object) => Promise<Receipt>;
  readonly showDelivery: (inbox: string, deliveryId: string) => Promise<InboxRow | null>;
};

const ANSWER_WITHIN_MS = 10_000;

export const webhookUrl = (edgeUrl: string, webhook: string | null): string =>
  `${edgeUrl}/webhooks/spacelift${webhook === null ? '' : `/${webhook}`}`;

export const deliveryUrl = (edgeUrl: string, inbox: string, deliveryId: string): string =>
  `${edgeUrl}/inbox/${deliveryId}?inbox=${encodeURIComponent(inbox)}`;

export const createEdgeClient = (edgeUrl: string, operatorToken: string): EdgeClient => ({
  async deliver(webhook, secret, payload) {
    const body = JSON.stringify(payload);
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    const answer = await fetch(webhookUrl(edgeUrl, webhook), {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', [SIGNATURE_HEADER]: `sha256=${signature}` },
      body,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (answer.status !== 202)
      throw new Error(
        `Cannot deliver to the edge: status is ${answer.status} (${await answer.text()})`,
      );
    return (await answer.json()) as Receipt;
  },

  async showDelivery(inbox, deliveryId) {
    const answer = await fetch(deliveryUrl(edgeUrl, inbox, deliveryId), {
      headers: { Authorization: `Bearer ${operatorToken}` },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (answer.status === 404) return null;
    if (!answer.ok) throw new Error(`Cannot read the inbox: status is ${answer.status}`);
    return ((await answer.json()) as { delivery: InboxRow }).delivery;
  },
});
