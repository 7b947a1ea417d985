/** Envelopes as the edge makes them, from events as the contract makes them. */
import { createEnvelope, type Envelope } from '../../shared/contract/envelope.ts';
import type { RunEvent, SpaceliftEvent } from '../../shared/contract/events.ts';
import { deliveryKeyOf } from '../../shared/contract/keys.ts';
import { intentEvent, runEvent, stackEvent } from '../events.ts';

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

export function envelopeOf(event: SpaceliftEvent, changes: Partial<Envelope> = {}): Envelope {
  const { key } = deliveryKeyOf(event, { bodyHash: 'ab'.repeat(32), receivedAt: 0 });
  const facts = {
    key,
    deliveryId: `delivery of ${key}`,
    traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`,
    receivedAt: 0,
  };
  return { ...createEnvelope(event, facts), ...changes };
}

/** All of them about one stack. */
const STACK_ID = 'app';

export const runEventOf = (
  runId: string,
  state: string,
  stateVersion: number | null,
  changes: Partial<RunEvent> = {},
) => runEvent(STACK_ID, runId, state, stateVersion, changes);

export const intentOf = (key: string) => intentEvent(STACK_ID, key);

export const STACK_EVENT = stackEvent(STACK_ID);
