/**
 * A body as an operator sees it without asking for more: its shape, numbers and states, but no text that could name a
 * person or hold a secret. What is not known to be harmless is hidden.
 */

const HIDDEN = '[redacted]';

/** Whatever is below these is hidden, since its keys are made by users. */
const HIDDEN_BELOW = new Set(['environment', 'data', 'values', 'creator_session']);

/** Keys of Spacelift's whose texts are identifiers or belong to closed sets. */
const HARMLESS = new Set([
  'account',
  'action',
  'commit_sha',
  'commitSha',
  'event_source',
  'event_type',
  'eventType',
  'hash',
  'id',
  'idempotency_key',
  'mutation',
  'new_state',
  'number',
  'phase',
  'run_id',
  'run_type',
  'severity',
  'stack_id',
  'stackId',
  'state',
  'type',
]);

const IDENTIFIER = /^[\w.:/-]{0,100}$/;

/** Null for a body that is not JSON. */
export function redactBody(text: string): unknown {
  try {
    return JSON.parse(text, (key, field: unknown) => {
      if (HIDDEN_BELOW.has(key)) return HIDDEN;
      return typeof field === 'string' && !(HARMLESS.has(key) && IDENTIFIER.test(field))
        ? HIDDEN
        : field;
    });
  } catch {
    return null;
  }
}
