/**
 * The form people write themselves: `event_type` triggered, completed or failed for a `stack_id`. With a `run_id` it is
 * about that run; a triggered one then only says that the run exists (it never starts another). Keys in camelCase are
 * read too. What decides which run is made is taken as it is: a wish that cannot be read must not pass for none.
 */
import { toInstant } from '../instants.ts';
import { intentKeyOf } from '../keys.ts';
import { draftRun, type Family, isJsonObject, type JsonObject, textOf } from './family.ts';

const STATES = { triggered: 'QUEUED', completed: 'FINISHED', failed: 'FAILED' } as const;

type ShortEventType = keyof typeof STATES;

const isShortEventType = (json: unknown): json is ShortEventType =>
  typeof json === 'string' && Object.hasOwn(STATES, json);

export const shortForm: Family = {
  recognises: (payload) => isShortEventType(toCamelCase(payload)['eventType']),

  read(payload, context) {
    const form = toCamelCase(payload);
    const type = form['eventType'] as ShortEventType;
    const stackId = textOf(form['stackId']);
    const runId = form['runId'] ?? null;
    const occurredAt = toInstant(form['timestamp']);
    if (runId !== null)
      return draftRun({
        family: 'short',
        stack: { id: stackId },
        run: { id: runId },
        state: STATES[type],
        occurredAt,
      });
    if (type !== 'triggered')
      return { about: 'stack', type, stackId, occurredAt, error: textOf(form['error']) };
    const { idempotencyKey = null, command = null } = form;
    const runType = textOf(form['runType'])?.toUpperCase() ?? form['runType'] ?? 'TRACKED';
    const isTask = runType === 'TASK';
    return {
      about: 'intent',
      type,
      stackId,
      key:
        idempotencyKey === null || typeof idempotencyKey === 'string'
          ? intentKeyOf(idempotencyKey, context)
          : idempotencyKey,
      runType,
      commit: form['commitSha'] ?? null,
      retry: form['retry'] ?? {},
      // A task without a command, or a command without a task, is not a wish that can be read.
      command: isTask === (command !== null) ? command : '',
      retryOf: null,
      deadlineMs: form['deadlineMs'] ?? null,
      stopAtDeadline: form['stopAtDeadline'] ?? false,
      metadata: form['metadata'] ?? [],
      cause: form['cause'] ?? [],
    };
  },
};

/** `stack_id` → `stackId`, at the top and inside `retry`. */
function toCamelCase(payload: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(payload).map(([key, field]) => [
      key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      key === 'retry' && isJsonObject(field) ? toCamelCase(field) : field,
    ]),
  );
}
