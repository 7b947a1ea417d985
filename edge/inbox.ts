/**
 * The inbox as the app sees it: a port, implemented once per runtime. `accept` returns only after the delivery is on
 * disk; forwarding to the starter is the adapter's own business and never part of a request.
 */

/** Stands in the stack's place for events of an account; no Spacelift slug looks like it. */
const NO_STACK = '-';

export const stackInboxName = (account: string, stackId: string | null): string =>
  `${account}/${stackId ?? NO_STACK}`;

/** Where deliveries go whose account and stack are not known, or not to be believed. */
export const webhookInboxName = (webhook: string): string => `webhook:${webhook}`;

export const DELIVERY_STATUSES = ['pending', 'delivered', 'parked', 'unparsed'] as const;

export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export type NewDelivery = {
  readonly inbox: string;
  readonly key: string;
  /** A delivery under this key, received less than the repeat window ago, is the same one. */
  readonly earlierKey: string | null;
  readonly deliveryId: string;
  /** Deliveries that share it are forwarded in the order they came. */
  readonly orderKey: string;
  readonly webhook: string;
  readonly eventType: string;
  readonly receivedAt: number;
  readonly status: Exclude<DeliveryStatus, 'delivered'>;
  /** Why it is parked or unparsed. */
  readonly reason: string | null;
  readonly traceparent: string;
  /** JSON text of the envelope; null for an unparsed delivery. */
  readonly envelope: string | null;
};

export type Acceptance = {
  readonly isDuplicate: boolean;
  /** Of the delivery that is kept: the earlier one's when this is a duplicate. */
  readonly deliveryId: string;
};

/** A starter that does not answer: how often it was asked since when, and when it will be asked again. */
export type Outage = {
  readonly failures: number;
  readonly since: number;
  readonly until: number;
  readonly lastError: string;
};

export type DeliverySummary = {
  /** Place in its inbox, in the order of arrival. */
  readonly seq: number;
  readonly deliveryId: string;
  readonly key: string;
  readonly webhook: string;
  readonly eventType: string;
  readonly status: DeliveryStatus;
  readonly reason: string | null;
  readonly attempts: number;
  readonly redeliveries: number;
  /** 0 for as soon as its inbox may forward; later only for one that the starter asked to retry. */
  readonly nextAttemptAt: number;
  readonly lastError: string | null;
  readonly verdict: string | null;
  readonly executionId: string | null;
  readonly receivedAt: number;
  readonly settledAt: number | null;
  readonly bodyBytes: number;
  readonly traceId: string;
  /** False for an unparsed delivery and for one whose retention has passed. */
  readonly hasEnvelope: boolean;
};

export type ListQuery = {
  readonly status: DeliveryStatus | null;
  readonly limit: number;
  readonly cursor: number | null;
};

export type DeliveryList = {
  readonly outage: Outage | null;
  readonly deliveries: readonly DeliverySummary[];
  readonly nextCursor: number | null;
};

export type DeliveryDetails = {
  readonly outage: Outage | null;
  readonly delivery: DeliverySummary;
  /** JSON text; null when the delivery is unparsed or its retention has passed. */
  readonly envelope: string | null;
};

export type InboxCounts = { readonly [Status in DeliveryStatus]: number } & {
  readonly oldestPendingAt: number | null;
  readonly outage: Outage | null;
};

export type InboxNames = {
  readonly inboxes: readonly string[];
  readonly nextCursor: string | null;
};

export type Inbox = {
  readonly accept: (delivery: NewDelivery, body: Uint8Array<ArrayBuffer>) => Promise<Acceptance>;
  readonly list: (inbox: string, query: ListQuery) => Promise<DeliveryList>;
  readonly show: (inbox: string, deliveryId: string) => Promise<DeliveryDetails | null>;
  readonly count: (inbox: string) => Promise<InboxCounts>;
  readonly names: (limit: number, cursor: string | null) => Promise<InboxNames>;
};
