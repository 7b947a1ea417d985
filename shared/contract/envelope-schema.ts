/** How the starter reads envelopes; the edge, which only writes them, does without this file in its bundle. */
import * as v from 'valibot';
import { EVENT_DATA_SCHEMA } from './envelope.ts';
import { EVENT_SCHEMAS } from './events.ts';

const TRACEPARENT_GRAMMAR = /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

export const SpaceliftEventSchema = v.variant('about', [
  EVENT_SCHEMAS.run,
  EVENT_SCHEMAS.intent,
  EVENT_SCHEMAS.stack,
  EVENT_SCHEMAS.account,
  EVENT_SCHEMAS.module,
  EVENT_SCHEMAS.audit,
]);

const EnvelopeHeadSchema = v.object({
  specversion: v.literal('1.0'),
  id: v.pipe(v.string(), v.minLength(1)),
  source: v.string(),
  type: v.string(),
  subject: v.exactOptional(v.string()),
  time: v.string(),
  datacontenttype: v.literal('application/json'),
  dataschema: v.string(),
  traceparent: v.pipe(v.string(), v.regex(TRACEPARENT_GRAMMAR)),
  /** The inbox's name for the delivery, as told to Spacelift in the 202. */
  deliveryid: v.string(),
  /** 0 for the first forwarding of a delivery, n for the n-th time an operator sent it again. */
  redelivery: v.pipe(v.number(), v.integer(), v.minValue(0)),
});

export const EnvelopeSchema = v.object({
  ...EnvelopeHeadSchema.entries,
  dataschema: v.literal(EVENT_DATA_SCHEMA),
  data: SpaceliftEventSchema,
});

/** An envelope whose event may be of a version not known here. */
export const ForeignEnvelopeSchema = v.object({ ...EnvelopeHeadSchema.entries, data: v.unknown() });
