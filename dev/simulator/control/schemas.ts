/** What the control API takes. Strict: an unknown field is more likely a slip than a wish. */
import * as v from 'valibot';
import { RUN_STATES } from '../../../shared/contract/states.ts';
import { INTERVENTIONS, REVIEWED_STATES, RUN_TYPES } from '../model.ts';

/** Spacelift's slugs. */
const SlugSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'must be a slug of a-z, 0-9, - and _'),
);

const countSchema = v.pipe(v.number(), v.integer(), v.minValue(0));
const timesSchema = v.pipe(v.number(), v.integer(), v.minValue(1));

/** With references the stack runs only when upstream has new outputs for it, or always where one says so. */
const ReferenceSchema = v.strictObject({
  stack: SlugSchema,
  output: v.string(),
  input: v.string(),
  triggerAlways: v.optional(v.boolean(), false),
});

const WorkerPoolSchema = v.strictObject({
  id: v.pipe(v.string(), v.minLength(1)),
  name: v.optional(v.string(), ''),
  labels: v.optional(v.array(v.string()), []),
});

const stackEntries = {
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
  references: v.exactOptional(v.array(ReferenceSchema)),
  isModule: v.exactOptional(v.boolean()),
  /** States in which the approval policy asks for an approval; none is no policy. */
  approvals: v.exactOptional(v.array(v.picklist(REVIEWED_STATES))),
  reconciles: v.exactOptional(v.boolean()),
  /** Null for the public pool. */
  workerPool: v.exactOptional(v.nullable(WorkerPoolSchema)),
};

export const StackSchema = v.pipe(
  v.strictObject(stackEntries),
  v.check(
    ({ references = [], dependsOn = [] }) =>
      references.every(({ stack }) => dependsOn.includes(stack)),
    'references may only name stacks of dependsOn',
  ),
);

export const LockSchema = v.strictObject({
  by: v.optional(v.pipe(v.string(), v.minLength(1)), 'somebody'),
  note: v.optional(v.string(), ''),
});

const probabilitySchema = v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1)), 0);

export const DeliveryFaultsSchema = v.strictObject({
  drop: probabilitySchema,
  duplicate: probabilitySchema,
  delayMs: v.optional(countSchema, 0),
  reorder: probabilitySchema,
});

export const SecretSchema = v.strictObject({ secret: v.string() });

/** A stack-attached webhook sends every run state change of its stack, as it stands; only a policy can ask for more. */
export const WebhookSchema = v.pipe(
  v.strictObject({
    url: v.pipe(v.string(), v.url(), v.regex(/^https?:/, 'must be an http or https URL')),
    secret: v.optional(v.string(), ''),
    name: v.exactOptional(v.pipe(v.string(), v.regex(/[A-Za-z0-9]/))),
    family: v.optional(v.picklist(['default', 'run_updated', 'both']), 'default'),
    stack: v.exactOptional(SlugSchema),
    stacks: v.exactOptional(v.array(SlugSchema)),
    method: v.optional(v.picklist(['POST', 'PUT']), 'POST'),
    headers: v.optional(v.record(v.string(), v.string()), {}),
    labels: v.optional(v.array(v.string()), []),
    space: v.optional(v.string(), 'root'),
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

const createInterventionSchema = (extraStates: readonly string[]) =>
  v.strictObject({
    state: createStateSchema(extraStates),
    action: v.picklist(INTERVENTIONS),
    afterMs: v.optional(countSchema, 0),
    by: v.exactOptional(v.string()),
    note: v.exactOptional(v.string()),
  });

const createScriptEntries = (extraStates: readonly string[]) => ({
  failAt: v.exactOptional(createStateSchema(extraStates)),
  note: v.exactOptional(v.string()),
  changes: v.exactOptional(v.boolean()),
  warns: v.exactOptional(v.boolean()),
  outputsChange: v.exactOptional(v.boolean()),
  interventions: v.exactOptional(v.array(createInterventionSchema(extraStates))),
  states: v.exactOptional(v.pipe(v.array(createStateSchema(extraStates)), v.minLength(1))),
});

export const createScriptSchema = (extraStates: readonly string[]) =>
  v.strictObject({
    ...createScriptEntries(extraStates),
    /** For the next so many runs; without it, for all. */
    runs: v.exactOptional(timesSchema),
  });

export const createRunSchema = (extraStates: readonly string[]) =>
  v.pipe(
    v.strictObject({
      /** Tracked unless the stack is a module. */
      type: v.exactOptional(v.picklist(RUN_TYPES)),
      commit: v.exactOptional(
        v.pipe(v.string(), v.regex(/^[0-9a-f]{7,64}$/, 'must be a commit hash')),
      ),
      branch: v.exactOptional(v.string()),
      /** Null for a git push. */
      triggeredBy: v.optional(v.nullable(v.string()), null),
      command: v.optional(v.nullable(v.string()), null),
      skipInitialization: v.optional(v.boolean(), false),
      forceApply: v.optional(v.boolean(), false),
      driftDetection: v.optional(v.boolean(), false),
      externalDependencies: v.optional(v.array(v.pipe(v.string(), v.minLength(1))), []),
      userMetadata: v.optional(v.array(v.string()), []),
      /** In the place of the stack's next script. */
      script: v.exactOptional(v.strictObject(createScriptEntries(extraStates))),
    }),
    v.check(
      ({ triggeredBy, externalDependencies }) =>
        triggeredBy === null || externalDependencies.length === 0,
      'only a git push has external dependencies',
    ),
  );

/** What is done to a run by hand. */
export const ActionSchema = v.strictObject({
  by: v.optional(v.string(), 'somebody'),
  note: v.optional(v.nullable(v.string()), null),
});

export const PrioritySchema = v.strictObject({ prioritized: v.optional(v.boolean(), true) });

export const CompletionSchema = v.strictObject({
  status: v.optional(v.picklist(['FINISHED', 'FAILED', 'SKIPPED']), 'FINISHED'),
});
