/**
 * The inboxes as the app sees them: a port, implemented on Durable Objects and on SQLite files. `accept` returns only
 * after the delivery is on disk; forwarding to the starter is the adapter's own business and never part of a request.
 */
import type { Verdict } from '../../shared/contract/envelope.ts';
import type { Attempt } from './history.ts';

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
  /** Why it is parked or unparsed, or pending and not due. */
  readonly reason: string | null;
  readonly traceparent: string;
  /** JSON text of the envelope; null for an unparsed delivery. */
  readonly envelope: string | null;
  /** JSON text of the headers that an operator may want to see: never the signature. */
  readonly headers: string;
  /** Which secret of the webhook matched. */
  readonly secretLabel: string;
  /** Most intents of its stack within a time; null for anything but an intent. */
  readonly cap: IntentCap | null;
  /** Not forwarded before this time, unless redelivered; at once when left out. */
  readonly nextAttemptAt?: number;
};

export type IntentCap = { readonly intents: number; readonly windowMs: number };

export type Acceptance = {
  readonly isDuplicate: boolean;
  /** Of the delivery that is kept: the earlier one's when this is a duplicate. */
  readonly deliveryId: string;
  /** What became of it; an intent over the cap is parked. */
  readonly status: DeliveryStatus;
  readonly reason: string | null;
};

/** A starter that does not answer: how often it was asked since when, and when it will be asked again. */
export type Outage = {
  readonly failures: number;
  readonly since: number;
  /** Of the last failure. */
  readonly at: number;
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
  /** 0 for as soon as its inbox may forward; later only for one that lingers or that the starter asked to retry. */
  readonly nextAttemptAt: number;
  readonly lastError: string | null;
  readonly verdict: Verdict['verdict'] | null;
  readonly executionId: string | null;
  readonly receivedAt: number;
  readonly settledAt: number | null;
  readonly bodyBytes: number;
  readonly traceId: string;
  readonly secretLabel: string | null;
  /** False for an unparsed delivery and for one whose retention has passed. */
  readonly hasEnvelope: boolean;
};

/** What is left out or null sorts nothing out. */
export type Filter = {
  readonly status?: DeliveryStatus | null | undefined;
  readonly eventType?: string | null | undefined;
  /** Received at this time or later; epoch ms. */
  readonly since?: number | null | undefined;
  /** Received before this time. */
  readonly until?: number | null | undefined;
  readonly ids?: readonly string[] | undefined;
};

export type ListQuery = Filter & {
  readonly limit: number;
  /** Place of the last delivery of the page before. */
  readonly before?: number | null | undefined;
};

export type DeliveryDetails = {
  readonly outage: Outage | null;
  readonly delivery: DeliverySummary;
  readonly traceparent: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How its attempts went, oldest first; long stories are cut in the middle. */
  readonly attempts: readonly Attempt[];
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
  /** Newest first. */
  readonly list: (inbox: string, query: ListQuery) => Promise<readonly DeliverySummary[]>;
  readonly show: (inbox: string, deliveryId: string) => Promise<DeliveryDetails | null>;
  /** The raw body; null when there is no such delivery or its retention has passed. */
  readonly body: (inbox: string, deliveryId: string) => Promise<Uint8Array<ArrayBuffer> | null>;
  readonly count: (inbox: string) => Promise<InboxCounts>;
  readonly names: (limit: number, cursor: string | null) => Promise<InboxNames>;
  /**
   * Sends deliveries again under their keys and waits for the starter's answer, though not for ever. Answers how they
   * stand then, a pending one with what went wrong; those without an envelope are left out.
   */
  readonly redeliver: (
    inbox: string,
    deliveryIds: readonly string[],
  ) => Promise<readonly DeliverySummary[]>;
  /** Forgets a delivery that lives on elsewhere: in another inbox, or under another key in this one. */
  readonly remove: (inbox: string, key: string) => Promise<void>;
};
