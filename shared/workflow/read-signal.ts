/**
 * Reads what a signal about a run carries, which may be anything: starter and run execution send what they should, a
 * person with the Temporal CLI sends what he typed. Pure, never throws; what is not sound does not get past it, since one
 * bad field would hold an execution up for good.
 */
import type { RunEvent } from '../contract/events.ts';
import type { DeliveredEvent, RunVerdict, Step } from './messages.ts';

export type SignalReading =
  | {
      readonly kind: 'events';
      readonly events: readonly DeliveredEvent[];
      /** Entries that could not be read. */
      readonly unread: number;
    }
  | { readonly kind: 'verdict'; readonly verdict: RunVerdict }
  | { readonly kind: 'unreadable' };

const ORDERS: readonly unknown[] = ['exact', 'derived', 'absent'];
const OUTCOMES: readonly unknown[] = ['completed', 'failed', 'ended'];
const STATE = /^[A-Z][A-Z0-9_]{0,63}$/;

export function readSignal(payload: unknown): SignalReading {
  if (!isRecord(payload)) return { kind: 'unreadable' };
  const { events, verdict } = payload;
  if (Array.isArray(events) && events.length > 0) {
    const read = events.flatMap((entry: unknown) => readDelivered(entry) ?? []);
    return { kind: 'events', events: read, unread: events.length - read.length };
  }
  return isVerdict(verdict) ? { kind: 'verdict', verdict } : { kind: 'unreadable' };
}

/** Null without a delivery key, or with an event that could not have come from the starter. */
function readDelivered(entry: unknown): DeliveredEvent | null {
  if (!isRecord(entry)) return null;
  const { event, delivery } = entry;
  if (!isRecord(delivery) || !isText(delivery['key']) || !isRunEvent(event)) return null;
  const { key, deliveryId, traceId } = delivery;
  return {
    event,
    delivery: { key, deliveryId: textOr(deliveryId), traceId: textOr(traceId) },
  };
}

/** Only the fields that anything is decided by. */
const isRunEvent = (event: unknown): event is RunEvent =>
  isRecord(event) &&
  isText(event['stackId']) &&
  isText(event['runId']) &&
  typeof event['state'] === 'string' &&
  STATE.test(event['state']) &&
  isNullOr(event['stateVersion'], isCount) &&
  ORDERS.includes(event['order']) &&
  isNullOr(event['occurredAt'], isCount) &&
  isNullOr(event['runType'], isText) &&
  isNullOr(event['url'], isText);

const isVerdict = (verdict: unknown): verdict is RunVerdict =>
  isRecord(verdict) &&
  isText(verdict['runId']) &&
  isText(verdict['state']) &&
  OUTCOMES.includes(verdict['outcome']) &&
  isNullOr(verdict['reason'], isText) &&
  Array.isArray(verdict['steps']) &&
  verdict['steps'].every(isStep);

const isStep = (step: unknown): step is Step =>
  isRecord(step) && isText(step['step']) && isNullOr(step['at'], isText);

type Loose = { readonly [key: string]: unknown };

export const isRecord = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null;

const isText = (value: unknown): value is string => typeof value === 'string';

const textOr = (value: unknown): string => (isText(value) ? value : '');

export const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const isNullOr = (value: unknown, is: (value: unknown) => boolean): boolean =>
  value === null || is(value);
