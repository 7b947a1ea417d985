/**
 * What nobody outside Spacelift knows for certain. Each switch names both possibilities, so that a client can be
 * tried against either; the defaults are what seems likelier, and no more than that.
 */
import * as v from 'valibot';

const count = (fallback: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), fallback);

const text = (fallback: string) => v.optional(v.string(), fallback);

/** Messages of mutations that cannot be carried out; only `unauthorized` is known from official clients. */
const ErrorTextsSchema = v.strictObject({
  unauthorized: text('unauthorized'),
  stackUnknown: text('stack not found'),
  stackLocked: text('stack is locked'),
  stackDisabled: text('stack is disabled'),
  moduleUnknown: text('module not found'),
  versionUnknown: text('version not found'),
  batchRefused: text('a stack may be in a batch only once'),
  nameTaken: text('name is already taken'),
  endpointRefused: text('endpoint is not a URL that can be delivered to'),
  dependencyUnknown: text('stack dependency not found'),
  dependencyRefused: text('stack cannot depend on that stack'),
  runUnknown: text('run not found'),
  runTypeRefused: text('run type cannot be triggered'),
  stateRefused: text('run is not in a state that allows this'),
});

export const SwitchesSchema = v.strictObject({
  errorTexts: v.optional(ErrorTextsSchema, {}),
  /** Answer to a list query with a missing or expired token: empty data is usual, 401 was seen by one integrator. */
  staleToken: v.optional(v.picklist(['empty', 'status-401']), 'empty'),
  /** How `stringMatches` of a search compares. */
  stringMatches: v.optional(v.picklist(['exact', 'substring']), 'exact'),
  /** Whether queries tell a webhook's secret. */
  webhookSecret: v.optional(v.picklist(['null', 'value']), 'null'),
  /** Whether clients may register webhooks with an http address. */
  plainHttp: v.optional(v.picklist(['accepted', 'refused']), 'accepted'),
  /** Whether queries tell the metadata that the caller gave a run. */
  runMetadata: v.optional(v.picklist(['absent', 'shown']), 'absent'),
  /** Most runs in one list of a stack, and most edges in one search page. */
  pageSize: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), 50),
  /** `triggeredBy` of a run that a native dependency queued. */
  dependentTriggeredBy: v.optional(v.picklist(['inherited', 'null']), 'inherited'),
  /** End of a dependent's run when upstream was discarded, stopped or canceled; after a failure it is skipped. */
  upstreamAbandoned: v.optional(v.picklist(['SKIPPED', 'CANCELED']), 'SKIPPED'),
  /** Whether a queued run that waits for upstream or something external keeps later runs of its stack waiting. */
  waitingRunBlocks: v.optional(v.boolean(), true),
  /** End of a run that is killed. */
  killedState: v.optional(v.picklist(['FAILED', 'STOPPED']), 'FAILED'),
  /** Whether the tracked run that reconciles a drift is marked as drift detection itself. */
  reconciliationIsDrift: v.optional(v.boolean(), true),
  /** States of a destroy run between INITIALIZING and its end. */
  destroyStates: v.optional(v.array(v.string()), ['PLANNING', 'DESTROYING']),
  /** States beyond the known ones that scripts may use, as future Spacelift versions may. */
  extraStates: v.optional(v.array(v.pipe(v.string(), v.regex(/^[A-Z][A-Z0-9_]{0,63}$/))), []),

  /** Whether a field without a value is sent as null or left out of the default payload. */
  emptyFields: v.optional(v.picklist(['null', 'absent']), 'null'),
  /** Policy inputs carry int64 nanoseconds; those that went through a policy have lost their last digits. */
  policyNumbers: v.optional(v.picklist(['exact', 'float', 'exponent']), 'exact'),
  /** Whether policy inputs of a stack on the public worker pool name that pool. */
  publicWorkerPool: v.optional(v.picklist(['shown', 'absent']), 'shown'),
  /** FedRAMP accounts send no SHA-1 signature. */
  fedramp: v.optional(v.boolean(), false),

  /** Whether the documented three tries are all tries or those after the first. */
  triesIncludeFirst: v.optional(v.boolean(), true),
  /** Longest body that is delivered, in bytes; null for any. */
  payloadLimitBytes: v.optional(v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))), null),
  retryDelayMs: count(1000),
  retryNetworkErrors: v.optional(v.boolean(), false),
  responseTimeoutMs: count(10_000),
  redirect: v.optional(v.picklist(['manual', 'follow']), 'manual'),
  /** Which final answers count towards the ten failures that switch a webhook off. */
  failureStatuses: v.optional(v.picklist(['not-2xx', '5xx']), 'not-2xx'),
  /** Whether a webhook's new secret signs the tries still to come of deliveries that were under way. */
  secretTakesEffect: v.optional(v.picklist(['next-delivery', 'next-try']), 'next-delivery'),
  /** Whether deliveries of one run to one webhook wait for each other. */
  deliveryOrder: v.optional(v.picklist(['concurrent', 'one-by-one']), 'concurrent'),
});

export type Switches = v.InferOutput<typeof SwitchesSchema>;
export type SwitchesInput = v.InferInput<typeof SwitchesSchema>;
