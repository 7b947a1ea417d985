/** How a delivery enters its inbox: known already, over the cap, lingering or due at once. Within one transaction. */
import { parkApart } from '../grants.ts';
import type { Acceptance } from './inbox.ts';
import { type InboxStore, LINGERING, type StoredDelivery } from './store.ts';

export function keep(store: InboxStore, delivery: StoredDelivery, lingerMs: number): Acceptance {
  const granted = store.known(delivery);
  if (granted !== null) return { isDuplicate: true, ...granted };
  const { cap, receivedAt } = delivery;
  const isOver = cap !== null && store.intentsSince(receivedAt - cap.windowMs) >= cap.intents;
  const kept = isOver ? parkApart(delivery, 'intent-capped') : delivery;
  const parked = isOver ? store.known(kept) : null;
  if (parked !== null) return { isDuplicate: true, ...parked };
  store.insert(paced(store, kept, lingerMs));
  const { deliveryId, status, reason } = kept;
  return { isDuplicate: false, deliveryId, status, reason };
}

/** A state that decides nothing lingers unless it is the first of its run; one that decides takes those along. */
function paced(store: InboxStore, delivery: StoredDelivery, lingerMs: number): StoredDelivery {
  const { status, eventType, orderKey, receivedAt } = delivery;
  if (status !== 'pending' || delivery.nextAttemptAt !== undefined) return delivery;
  if (eventType !== 'progressed') {
    store.hasten(orderKey);
    return delivery;
  }
  const nextAttemptAt = store.lingerUntil(orderKey, receivedAt + lingerMs);
  return nextAttemptAt === null ? delivery : { ...delivery, reason: LINGERING, nextAttemptAt };
}
