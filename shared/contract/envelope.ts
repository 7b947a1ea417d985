/**
 * The message from edge to starter: CloudEvents 1.0, structured JSON, in batches. `dataschema` carries the version; a
 * starter that does not know it answers `retry`, because the starter is upgraded first (docs/wire.md).
 */
import * as v from 'valibot';
import type { EnvelopeSchema } from './envelope-schema.ts';
import type { SpaceliftEvent } from './events.ts';

export const BATCH_MEDIA_TYPE = 'application/cloudevents-batch+json';

export const EVENT_DATA_SCHEMA = 'urn:spacelift-temporal:event:1';

/** Most events in one batch; the starter refuses larger ones. */
export const BATCH_EVENTS_LIMIT = 100;

export type Envelope = v.InferOutput<typeof EnvelopeSchema>;

export type EnvelopeFacts = {
  readonly key: string;
  readonly deliveryId: string;
  readonly traceparent: string;
  readonly receivedAt: number;
};

const typeOf = (event: SpaceliftEvent) =>
  'stackId' in event ? `io.spacelift.${event.about}.${event.type}` : `io.spacelift.${event.type}`;

export function createEnvelope(event: SpaceliftEvent, facts: EnvelopeFacts): Envelope {
  const occurredAt = 'occurredAt' in event ? event.occurredAt : null;
  return {
    specversion: '1.0',
    id: facts.key,
    source: `/${event.account}${'stackId' in event ? `/${event.stackId}` : ''}`,
    type: typeOf(event),
    ...(event.about === 'run' && { subject: event.runId }),
    time: new Date(occurredAt ?? facts.receivedAt).toISOString(),
    datacontenttype: 'application/json',
    dataschema: EVENT_DATA_SCHEMA,
    traceparent: facts.traceparent,
    deliveryid: facts.deliveryId,
    redelivery: 0,
    data: event,
  };
}

/** The starter's word on one event; `retry` holds the event's own run and nothing else. */
export const VerdictSchema = v.object({
  id: v.string(),
  verdict: v.picklist(['started', 'signalled', 'already-handled', 'refused', 'retry']),
  executionId: v.optional(v.string()),
  reason: v.optional(v.string()),
});

/** In the order of the batch; may be shorter, and then the rest was not attempted. */
export const BatchAnswerSchema = v.object({ verdicts: v.array(VerdictSchema) });

export type Verdict = v.InferOutput<typeof VerdictSchema>;
export type BatchAnswer = v.InferOutput<typeof BatchAnswerSchema>;
