/** Envelopes as the edge makes them, from events as the contract makes them. */
import { createEnvelope, type Envelope } from '../../shared/contract/envelope.ts';
import type {
  IntentEvent,
  InternalErrorEvent,
  RunEvent,
  SpaceliftEvent,
  StackEvent,
} from '../../shared/contract/events.ts';
import { deliveryKeyOf } from '../../shared/contract/keys.ts';
import { eventTypeOfState } from '../../shared/contract/states.ts';

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

export const runEventOf = (
  runId: string,
  state: string,
  stateVersion: number | null,
  changes: Partial<RunEvent> = {},
): RunEvent => ({
  about: 'run',
  type: eventTypeOfState(state),
  account: 'demo',
  stackId: 'app',
  runId,
  state,
  stateVersion,
  order: stateVersion === null ? 'absent' : 'exact',
  family: 'default',
  occurredAt: null,
  runType: 'TRACKED',
  branch: 'main',
  commit: null,
  driftDetection: false,
  triggeredBy: null,
  url: null,
  labels: [],
  delta: null,
  userMetadata: [],
  ...changes,
});

export const intentOf = (key: string): IntentEvent => ({
  about: 'intent',
  type: 'triggered',
  account: 'demo',
  stackId: 'app',
  key,
  runType: 'TRACKED',
  commit: null,
  retry: {},
});

export const STACK_EVENT: StackEvent = {
  about: 'stack',
  type: 'failed',
  account: 'demo',
  stackId: 'app',
  occurredAt: null,
  error: null,
};

export const INTERNAL_ERROR: InternalErrorEvent = {
  about: 'account',
  type: 'internal_error',
  account: 'demo',
  severity: 'ERROR',
  error: 'oops',
  message: null,
};
