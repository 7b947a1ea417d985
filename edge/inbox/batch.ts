/** Which due deliveries travel together, and as what. Pure. */
import { BATCH_EVENTS_LIMIT, type Envelope } from '../../shared/contract/envelope.ts';
import type { Batch } from '../transport.ts';
import type { DueDelivery } from './store.ts';

/** A crash sends one batch again, so batches are small while the inbox keeps up. */
const BATCH_EVENTS = 20;

/** One envelope of the longest texts is near 200 KB; the starter reads no more than this at once, or one event. */
const BATCH_BYTES = 1024 * 1024;

/** A small batch, or a large one when there is more than enough for it; never over the starter's size but for one event. */
export function batchOf(due: readonly DueDelivery[]): readonly DueDelivery[] {
  const batch = due.slice(0, due.length < BATCH_EVENTS_LIMIT ? BATCH_EVENTS : BATCH_EVENTS_LIMIT);
  let bytes = 0;
  const end = batch.findIndex(({ envelope }) => {
    bytes += envelope.length;
    return bytes > BATCH_BYTES;
  });
  return end === -1 ? batch : batch.slice(0, Math.max(1, end));
}

export const toBatch = (deliveries: readonly DueDelivery[]): Batch => ({
  keys: deliveries.map(({ key }) => key),
  envelopes: deliveries.map(toEnvelope),
  traceparent: deliveries[0]?.traceparent ?? '',
});

/** The envelope as kept, marked when an operator has sent it again. */
const toEnvelope = ({ envelope, redeliveries }: DueDelivery): string =>
  redeliveries === 0
    ? envelope
    : JSON.stringify({ ...(JSON.parse(envelope) as Envelope), redelivery: redeliveries });
