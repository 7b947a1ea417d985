/**
 * From a parsed JSON body to one event, or to the reason why it is kept as unparsed. Never throws, whatever the JSON.
 * Adding a payload family is one file in families/ and one row here.
 */
import * as v from 'valibot';
import { EVENT_SCHEMAS, type SpaceliftEvent } from './events.ts';
import { auditTrail } from './families/audit-trail.ts';
import { defaultRun } from './families/default-run.ts';
import {
  type Family,
  isJsonObject,
  objectOf,
  type PayloadContext,
  textOf,
} from './families/family.ts';
import { internalError } from './families/internal-error.ts';
import { moduleVersion } from './families/module-version.ts';
import { runUpdated } from './families/run-updated.ts';
import { shortForm } from './families/short-form.ts';
import { fail, type Result, succeed } from './result.ts';

export type { PayloadContext } from './families/family.ts';

export type UnparsedReason =
  | 'body-not-utf8'
  | 'body-not-json'
  | 'shape-unknown'
  | 'field-invalid'
  | 'account-missing'
  | 'stack-id-missing';

/** `field` is the event's name for what is wrong; never the value, which may be personal. */
export type Unparsed = { readonly reason: UnparsedReason; readonly field?: string };

/** In this order: a policy input may carry anything beside its own key, a default payload an `event_type`. */
const FAMILIES: readonly Family[] = [
  runUpdated,
  moduleVersion,
  internalError,
  shortForm,
  defaultRun,
  auditTrail,
];

/** Finds the family of a payload and reads the event from it. */
export function parsePayload(
  payload: unknown,
  context: PayloadContext,
): Result<SpaceliftEvent, Unparsed> {
  if (!isJsonObject(payload)) return fail({ reason: 'shape-unknown' });
  const family = FAMILIES.find((candidate) => candidate.recognises(payload));
  if (family === undefined) return fail({ reason: 'shape-unknown' });
  const draft = family.read(payload, context);
  if ('stackId' in draft && !textOf(draft.stackId)) return fail({ reason: 'stack-id-missing' });
  // A text in run payloads, `{name}` in policy inputs; who names none speaks of the webhook's own.
  const named = payload['account'];
  const account = textOf(named) || textOf(objectOf(named)['name']) || context.account;
  if (account === null) return fail({ reason: 'account-missing' });
  const schema: v.GenericSchema<unknown, SpaceliftEvent> = EVENT_SCHEMAS[draft.about];
  const checked = v.safeParse(schema, { ...draft, account });
  return checked.success
    ? succeed(checked.output)
    : fail({ reason: 'field-invalid', field: v.getDotPath(checked.issues[0]) ?? '' });
}

/** Reads a body as received: UTF-8 without a byte order mark's help, then JSON, then a payload. */
export function parseBody(
  bytes: Uint8Array,
  context: PayloadContext,
): Result<SpaceliftEvent, Unparsed> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return fail({ reason: 'body-not-utf8' });
  }
  let payload: unknown;
  try {
    payload = JSON.parse(text);
  } catch {
    return fail({ reason: 'body-not-json' });
  }
  return parsePayload(payload, context);
}
