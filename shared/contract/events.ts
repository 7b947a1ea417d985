/**
 * The normalised events, as they travel from edge to workflow: what remains of a payload once its family, time units and
 * everything personal are gone. Commit authors and messages, creator names, e-mail and environment values never get here.
 * A change to any schema is a change of the wire format (docs/wire.md). Of valibot only what is cheap: the edge bundle
 * holds these schemas.
 */
import * as v from 'valibot';

/** Text that becomes part of execution ids and metric labels: Spacelift's slugs, subdomains and ULIDs. */
const IdSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/));

/** An id that stands in an execution id beside two others, of which Temporal takes 1000 bytes. */
const ShortIdSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/));

const StateSchema = v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]{0,63}$/));

export const wholeNumber = (least: number, most: number) =>
  v.pipe(
    v.number(),
    v.check((number) => Number.isInteger(number) && number >= least && number <= most),
  );

const CountSchema = wholeNumber(0, Number.MAX_SAFE_INTEGER);

/** Epoch milliseconds, UTC. */
const InstantSchema = v.nullable(CountSchema);

/** Upper bounds of free text; they keep one hostile payload from filling a workflow history. */
const TEXT_LENGTH = 500;
const LABELS_COUNT = 100;
const METADATA_COUNT = 20;

/** Longer text is cut, never refused: a refusal would lose the event for the sake of a label. */
const TextSchema = v.pipe(
  v.string(),
  v.transform((text) => text.slice(0, TEXT_LENGTH)),
);
const OptionalTextSchema = v.nullable(TextSchema);
const textList = (count: number) =>
  v.pipe(
    v.array(TextSchema),
    v.transform((texts) => texts.slice(0, count)),
  );

/** `v.literal`, by what the edge bundle holds already. */
const exactly = <const Text extends string>(text: Text) => v.picklist([text]);

/** Who did it, without naming anybody: only API keys keep their id, so that a deed of our own key can be told. */
const ActorSchema = v.object({
  kind: v.picklist(['api-key', 'vcs', 'other']),
  keyId: v.optional(TextSchema),
});

const RunEventSchema = v.object({
  about: exactly('run'),
  type: v.picklist(['progressed', 'waiting', 'completed', 'failed', 'ended']),
  account: IdSchema,
  /** For a test run of a module, the module's id. */
  stackId: IdSchema,
  runId: IdSchema,
  state: StateSchema,
  /** Ordinal of the state within its run, from 0; null when the payload gave nothing to tell it by. */
  stateVersion: v.nullable(CountSchema),
  /** Where stateVersion comes from: sent by Spacelift, counted from `states_history`, or not known. */
  order: v.picklist(['exact', 'derived', 'absent']),
  family: v.picklist(['default', 'run_updated', 'short']),
  occurredAt: InstantSchema,
  runType: OptionalTextSchema,
  branch: OptionalTextSchema,
  commit: OptionalTextSchema,
  driftDetection: v.boolean(),
  triggeredBy: v.nullable(ActorSchema),
  url: OptionalTextSchema,
  labels: textList(LABELS_COUNT),
  delta: v.nullable(v.object({ added: CountSchema, changed: CountSchema, deleted: CountSchema })),
  /** What the caller of the run attached to it; carries the key of an intent of ours. */
  userMetadata: textList(METADATA_COUNT),
});

/** Run types an intent may ask for. */
export const INTENT_RUN_TYPES = ['TRACKED', 'PROPOSED', 'DESTROY', 'TASK'] as const;

/** Of a task's command, which is never cut: half a command is another command. */
const COMMAND_PATTERN = /^[^]{1,4000}$/;

/** Stacks in a cause chain; far more than any configured depth. */
const CAUSE_LENGTH = 50;

/** How often an intent may try to get its run made, the first time included. */
const ATTEMPTS_LIMIT = 100;
/** Longer waits than 30 days are typing errors, and much longer ones no timer takes. */
const WAIT_LIMIT_MS = 30 * 24 * 60 * 60 * 1000;
const COEFFICIENT_LIMIT = 100;

const WaitSchema = v.optional(wholeNumber(1, WAIT_LIMIT_MS));

/** Only what the sender wants different from the configured policy. */
const RetryWishSchema = v.object({
  maximumAttempts: v.optional(wholeNumber(1, ATTEMPTS_LIMIT)),
  initialIntervalMs: WaitSchema,
  backoffCoefficient: v.optional(
    v.pipe(
      v.number(),
      v.check((number) => number >= 1 && number <= COEFFICIENT_LIMIT),
    ),
  ),
  maximumIntervalMs: WaitSchema,
});

const IntentEventSchema = v.object({
  about: exactly('intent'),
  type: exactly('triggered'),
  account: IdSchema,
  stackId: IdSchema,
  /** Names the intent within its stack: the sender's idempotency key, or made from the payload. */
  key: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._:%-]{0,199}$/)),
  runType: v.picklist(INTENT_RUN_TYPES),
  commit: v.nullable(v.pipe(v.string(), v.regex(/^[0-9a-f]{7,64}$/))),
  retry: RetryWishSchema,
  /** What a task runs; null for every other run type. */
  command: v.optional(v.nullable(v.pipe(v.string(), v.regex(COMMAND_PATTERN)))),
  /** The run to be retried as a new one, whatever its type. */
  retryOf: v.optional(v.nullable(IdSchema)),
  /** How long after it was asked the intent stops waiting; null waits for ever. */
  deadlineMs: v.optional(v.nullable(wholeNumber(1, WAIT_LIMIT_MS))),
  /** Whether the run is stopped in Spacelift when the deadline passes. */
  stopAtDeadline: v.optional(v.boolean()),
  /** The sender's own words, given back with the result. */
  metadata: v.optional(textList(METADATA_COUNT)),
  /** Stacks whose runs led to this intent, the first cause first. */
  cause: v.optional(
    v.pipe(
      v.array(IdSchema),
      v.check((stacks) => stacks.length <= CAUSE_LENGTH),
    ),
  ),
});

/** A completed or failed reported for a stack without naming a run. */
const StackEventSchema = v.object({
  about: exactly('stack'),
  type: v.picklist(['completed', 'failed']),
  account: IdSchema,
  stackId: IdSchema,
  occurredAt: InstantSchema,
  error: OptionalTextSchema,
});

export const SEVERITIES = ['INFO', 'WARNING', 'ERROR'] as const;

const InternalErrorEventSchema = v.object({
  about: exactly('account'),
  type: exactly('internal_error'),
  account: IdSchema,
  severity: v.picklist(SEVERITIES),
  error: TextSchema,
  message: OptionalTextSchema,
});

/** A version of a module was tested and is now to be had (ACTIVE) or not (FAILED). */
const ModuleVersionEventSchema = v.object({
  about: exactly('module'),
  type: exactly('module_version'),
  account: IdSchema,
  moduleId: IdSchema,
  versionId: ShortIdSchema,
  /** As people write it: 1.4.0. */
  number: OptionalTextSchema,
  state: StateSchema,
  commit: OptionalTextSchema,
  latest: v.boolean(),
  /** When the last of its tests ended, or else when it was made. */
  occurredAt: InstantSchema,
});

/** Somebody changed something in the account. What it was changed to is not among this. */
const AuditEventSchema = v.object({
  about: exactly('audit'),
  type: exactly('audit'),
  account: IdSchema,
  /** `<resource>.<verb>`. */
  action: TextSchema,
  actor: ActorSchema,
  /** Name of the GraphQL mutation. */
  mutation: OptionalTextSchema,
  occurredAt: InstantSchema,
});

/** One schema for each `about`. */
export const EVENT_SCHEMAS = {
  run: RunEventSchema,
  intent: IntentEventSchema,
  stack: StackEventSchema,
  account: InternalErrorEventSchema,
  module: ModuleVersionEventSchema,
  audit: AuditEventSchema,
} as const;

export type RunEvent = v.InferOutput<typeof RunEventSchema>;
export type IntentEvent = v.InferOutput<typeof IntentEventSchema>;
export type StackEvent = v.InferOutput<typeof StackEventSchema>;
export type InternalErrorEvent = v.InferOutput<typeof InternalErrorEventSchema>;
export type ModuleVersionEvent = v.InferOutput<typeof ModuleVersionEventSchema>;
export type AuditEvent = v.InferOutput<typeof AuditEventSchema>;
export type SpaceliftEvent = v.InferOutput<(typeof EVENT_SCHEMAS)[keyof typeof EVENT_SCHEMAS]>;
export type EventType = SpaceliftEvent['type'];
export type Actor = v.InferOutput<typeof ActorSchema>;
export type IntentRunType = (typeof INTENT_RUN_TYPES)[number];
export type RetryWish = v.InferOutput<typeof RetryWishSchema>;
export type RetryPolicy = Record<keyof RetryWish, number>;
