/**
 * The normalised events, as they travel from edge to workflow: what remains of a payload once its family, time units and
 * everything personal are gone. Commit authors and messages, creator names, e-mail and environment values never get here.
 * A change to any schema is a change of the wire format (docs/wire.md).
 */
import * as v from 'valibot';

/** Text that becomes part of execution ids and metric labels: Spacelift's slugs, subdomains and ULIDs. */
const IdSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/));

/** Epoch milliseconds, UTC. */
const InstantSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

const CountSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

/** Upper bounds of free text; they keep one hostile payload from filling a workflow history. */
const TEXT_LENGTH = 500;
const LABELS_COUNT = 100;
const METADATA_COUNT = 20;

/** Longer text is cut, never refused: a refusal would lose the event for the sake of a label. */
const TextSchema = v.pipe(
  v.string(),
  v.transform((text) => text.slice(0, TEXT_LENGTH)),
);
const textList = (count: number) =>
  v.pipe(
    v.array(TextSchema),
    v.transform((texts) => texts.slice(0, count)),
  );

/**
 * Who started the run, without naming anybody: only API keys keep their id, so that a run of our own key can be told.
 */
const TriggeredBySchema = v.variant('kind', [
  v.object({ kind: v.literal('api-key'), keyId: TextSchema }),
  v.object({ kind: v.picklist(['vcs', 'other']) }),
]);

const RunEventSchema = v.object({
  about: v.literal('run'),
  type: v.picklist(['progressed', 'waiting', 'completed', 'failed', 'ended']),
  account: IdSchema,
  stackId: IdSchema,
  runId: IdSchema,
  state: v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]{0,63}$/)),
  /** Ordinal of the state within its run, from 0; null when the payload gave nothing to tell it by. */
  stateVersion: v.nullable(CountSchema),
  /** Where stateVersion comes from: sent by Spacelift, counted from `states_history`, or not known. */
  order: v.picklist(['exact', 'derived', 'absent']),
  family: v.picklist(['default', 'run_updated', 'short']),
  occurredAt: v.nullable(InstantSchema),
  runType: v.nullable(TextSchema),
  branch: v.nullable(TextSchema),
  commit: v.nullable(TextSchema),
  driftDetection: v.boolean(),
  triggeredBy: v.nullable(TriggeredBySchema),
  url: v.nullable(TextSchema),
  labels: textList(LABELS_COUNT),
  delta: v.nullable(v.object({ added: CountSchema, changed: CountSchema, deleted: CountSchema })),
  /** What the caller of the run attached to it; carries the key of an intent of ours. */
  userMetadata: textList(METADATA_COUNT),
});

/** Run types an intent may ask for. Tasks need a command and go through `taskCreate`: not offered yet. */
export const INTENT_RUN_TYPES = ['TRACKED', 'PROPOSED', 'DESTROY'] as const;

/** How often an intent may try to get its run made, the first time included. */
const ATTEMPTS_LIMIT = 100;

/** Only what the sender wants different from the configured policy. */
const RetryWishSchema = v.object({
  maximumAttempts: v.exactOptional(
    v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(ATTEMPTS_LIMIT)),
  ),
  initialIntervalMs: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
  backoffCoefficient: v.exactOptional(v.pipe(v.number(), v.minValue(1))),
  maximumIntervalMs: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

const IntentEventSchema = v.object({
  about: v.literal('intent'),
  type: v.literal('triggered'),
  account: IdSchema,
  stackId: IdSchema,
  /** Names the intent within its stack: the sender's idempotency key, or made from the payload. */
  key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._:%-]{0,199}$/)),
  runType: v.picklist(INTENT_RUN_TYPES),
  commit: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{7,64}$/))),
  retry: RetryWishSchema,
});

/** A completed or failed reported for a stack without naming a run. */
const StackEventSchema = v.object({
  about: v.literal('stack'),
  type: v.picklist(['completed', 'failed']),
  account: IdSchema,
  stackId: IdSchema,
  occurredAt: v.nullable(InstantSchema),
  error: v.nullable(TextSchema),
});

const InternalErrorEventSchema = v.object({
  about: v.literal('account'),
  type: v.literal('internal_error'),
  account: IdSchema,
  severity: v.picklist(['INFO', 'WARNING', 'ERROR']),
  error: TextSchema,
  message: v.nullable(TextSchema),
});

export const SpaceliftEventSchema = v.variant('about', [
  RunEventSchema,
  IntentEventSchema,
  StackEventSchema,
  InternalErrorEventSchema,
]);

export type RunEvent = v.InferOutput<typeof RunEventSchema>;
export type IntentEvent = v.InferOutput<typeof IntentEventSchema>;
export type StackEvent = v.InferOutput<typeof StackEventSchema>;
export type InternalErrorEvent = v.InferOutput<typeof InternalErrorEventSchema>;
export type SpaceliftEvent = v.InferOutput<typeof SpaceliftEventSchema>;
export type EventType = SpaceliftEvent['type'];
export type TriggeredBy = v.InferOutput<typeof TriggeredBySchema>;
export type IntentRunType = (typeof INTENT_RUN_TYPES)[number];
export type RetryPolicy = Required<v.InferOutput<typeof RetryWishSchema>>;
