/** What the control API takes. Strict: an unknown field is more likely a slip than a wish. */
import * as v from 'valibot';
import { RUN_STATES } from '../../../shared/contract/states.ts';
import { RUN_TYPES } from '../model.ts';

/** Spacelift's slugs. */
const SlugSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'must be a slug of a-z, 0-9, - and _'),
);

const countSchema = v.pipe(v.number(), v.integer(), v.minValue(0));
const timesSchema = v.pipe(v.number(), v.integer(), v.minValue(1));

export const StackSchema = v.strictObject({
  id: SlugSchema,
  name: v.exactOptional(v.string()),
  description: v.exactOptional(v.string()),
  labels: v.exactOptional(v.array(v.string())),
  autodeploy: v.exactOptional(v.boolean()),
  branch: v.exactOptional(v.string()),
  repository: v.exactOptional(v.string()),
  projectRoot: v.exactOptional(v.string()),
  space: v.exactOptional(v.string()),
  administrative: v.exactOptional(v.boolean()),
  isDisabled: v.exactOptional(v.boolean()),
  /** Who holds the lock, e.g. a person's user name. */
  lockedBy: v.exactOptional(v.nullable(v.string())),
  dependsOn: v.exactOptional(v.array(SlugSchema)),
});

const probabilitySchema = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0);

export const DeliveryFaultsSchema = v.strictObject({
  drop: probabilitySchema,
  duplicate: probabilitySchema,
  delayMs: v.optional(countSchema, 0),
});

/** A stack-attached webhook sends every run state change of its stack, as it stands; only a policy can ask for more. */
export const WebhookSchema = v.pipe(
  v.strictObject({
    url: v.pipe(v.string(), v.url(), v.regex(/^https?:/, 'must be an http or https URL')),
    secret: v.optional(v.string(), ''),
    name: v.exactOptional(v.pipe(v.string(), v.regex(/[A-Za-z0-9]/))),
    family: v.optional(v.picklist(['default', 'run_updated']), 'default'),
    stack: v.exactOptional(SlugSchema),
    stacks: v.exactOptional(v.array(SlugSchema)),
    method: v.optional(v.picklist(['POST', 'PUT']), 'POST'),
    headers: v.optional(v.record(v.string(), v.string()), {}),
    labels: v.optional(v.array(v.string()), []),
    retryOnFailure: v.optional(v.boolean(), false),
    enabled: v.optional(v.boolean(), true),
    faults: v.optional(DeliveryFaultsSchema, {}),
  }),
  v.check(
    ({ stack, stacks, family, method, headers }) =>
      stack === undefined ||
      (stacks === undefined &&
        family === 'default' &&
        method === 'POST' &&
        Object.keys(headers).length === 0),
    'a webhook attached to a stack has family default, method POST, no headers and no other stacks',
  ),
);

const createStateSchema = (extraStates: readonly string[]) =>
  v.pipe(
    v.string(),
    v.check(
      (state) => [...RUN_STATES, ...extraStates].includes(state),
      'is no run state; list it in the switch extraStates to use it',
    ),
  );

export const createScriptSchema = (extraStates: readonly string[]) =>
  v.strictObject({
    failAt: v.exactOptional(createStateSchema(extraStates)),
    note: v.exactOptional(v.string()),
    changes: v.exactOptional(v.boolean()),
    states: v.exactOptional(v.pipe(v.array(createStateSchema(extraStates)), v.minLength(1))),
    /** For the next so many runs; without it, for all. */
    runs: v.exactOptional(timesSchema),
  });

export const RunSchema = v.strictObject({
  type: v.optional(v.picklist(RUN_TYPES), 'TRACKED'),
  commit: v.exactOptional(v.pipe(v.string(), v.regex(/^[0-9a-f]{7,64}$/, 'must be a commit hash'))),
  /** Null for a git push. */
  triggeredBy: v.optional(v.nullable(v.string()), null),
  command: v.optional(v.nullable(v.string()), null),
  driftDetection: v.optional(v.boolean(), false),
  userMetadata: v.optional(v.array(v.string()), []),
});
