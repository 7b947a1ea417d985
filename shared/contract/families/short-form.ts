/**
 * The form people write themselves: `event_type` triggered, completed or failed for a `stack_id`. Its account is the
 * webhook's own unless it names one. With a `run_id` it is about that run; a triggered one then only says that the run
 * exists (it never starts another). Keys in camelCase are read too.
 */
import * as v from 'valibot';
import { INTENT_RUN_TYPES } from '../events.ts';
import { intentKeyOf } from '../keys.ts';
import { fail, type Result, succeed } from '../result.ts';
import {
  type EventDraft,
  type Family,
  fieldOf,
  isJsonObject,
  type JsonObject,
  LenientInstant,
  LenientText,
  type PayloadContext,
  type Unparsed,
  UNKNOWN_RUN_DETAILS,
} from './family.ts';

const EVENT_TYPES = ['triggered', 'completed', 'failed'] as const;

const STATE_OF = { triggered: 'QUEUED', completed: 'FINISHED', failed: 'FAILED' } as const;
const RUN_EVENT_TYPE_OF = {
  triggered: 'progressed',
  completed: 'completed',
  failed: 'failed',
} as const;

const optional = <T>(schema: v.GenericSchema<unknown, T>) => v.optional(v.nullable(schema), null);

const ShortFormSchema = v.object({
  eventType: v.picklist(EVENT_TYPES),
  stackId: v.pipe(v.string(), v.nonEmpty()),
  account: LenientText,
  runId: optional(v.string()),
  runType: optional(v.string()),
  commitSha: optional(v.string()),
  idempotencyKey: optional(v.string()),
  timestamp: LenientInstant,
  error: LenientText,
  retry: v.optional(
    v.object({
      maximumAttempts: v.exactOptional(v.number()),
      initialIntervalMs: v.exactOptional(v.number()),
      backoffCoefficient: v.exactOptional(v.number()),
      maximumIntervalMs: v.exactOptional(v.number()),
    }),
    {},
  ),
});

type ShortForm = v.InferOutput<typeof ShortFormSchema>;

export const shortForm: Family = {
  recognises(payload) {
    const eventType = toCamelCase(payload)['eventType'];
    return EVENT_TYPES.some((type) => type === eventType);
  },

  read(payload, context) {
    const parsed = v.safeParse(ShortFormSchema, toCamelCase(payload));
    if (!parsed.success) {
      const field = fieldOf(parsed.issues);
      return fail(
        field === 'stackId' ? { reason: 'stack-id-missing' } : { reason: 'field-invalid', field },
      );
    }
    const account = parsed.output.account || context.account;
    if (account === null) return fail({ reason: 'account-missing' });
    return toEvent(parsed.output, account, context);
  },
};

function toEvent(
  form: ShortForm,
  account: string,
  context: PayloadContext,
): Result<EventDraft, Unparsed> {
  const { eventType, stackId, runId } = form;
  if (runId !== null)
    return succeed({
      ...UNKNOWN_RUN_DETAILS,
      about: 'run',
      type: RUN_EVENT_TYPE_OF[eventType],
      account,
      stackId,
      runId,
      state: STATE_OF[eventType],
      family: 'short',
      occurredAt: form.timestamp,
    });
  if (eventType !== 'triggered')
    return succeed({
      about: 'stack',
      type: eventType,
      account,
      stackId,
      occurredAt: form.timestamp,
      error: form.error,
    });
  const wanted = form.runType?.toUpperCase() ?? 'TRACKED';
  const runType = INTENT_RUN_TYPES.find((type) => type === wanted);
  if (runType === undefined) return fail({ reason: 'field-invalid', field: 'runType' });
  return succeed({
    about: 'intent',
    type: 'triggered',
    account,
    stackId,
    key: intentKeyOf(form.idempotencyKey, context),
    runType,
    commit: form.commitSha,
    retry: form.retry,
  });
}

/** `stack_id` → `stackId`, at the top and inside `retry`. */
function toCamelCase(payload: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(payload).map(([key, field]) => [
      key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      key === 'retry' && isJsonObject(field) ? toCamelCase(field) : field,
    ]),
  );
}
