/**
 * From a parsed JSON body to one event, or to the reason why it is kept as unparsed. Never throws, whatever the JSON.
 * Adding a payload family is one file in families/ and one row here.
 */
import * as v from 'valibot';
import { type SpaceliftEvent, SpaceliftEventSchema } from './events.ts';
import { defaultRun } from './families/default-run.ts';
import {
  type Family,
  fieldOf,
  isJsonObject,
  type PayloadContext,
  type Unparsed,
} from './families/family.ts';
import { internalError } from './families/internal-error.ts';
import { runUpdated } from './families/run-updated.ts';
import { shortForm } from './families/short-form.ts';
import { fail, type Result, succeed } from './result.ts';

export type { PayloadContext, Unparsed } from './families/family.ts';

/** In this order: a policy input may carry anything beside `run_updated`, a default payload an `event_type`. */
const FAMILIES: readonly Family[] = [runUpdated, internalError, shortForm, defaultRun];

/** Finds the family of a payload and reads the event from it. */
export function parsePayload(
  payload: unknown,
  context: PayloadContext,
): Result<SpaceliftEvent, Unparsed> {
  if (!isJsonObject(payload)) return fail({ reason: 'shape-unknown' });
  const family = FAMILIES.find((candidate) => candidate.recognises(payload));
  if (family === undefined) return fail({ reason: 'shape-unknown' });
  const draft = family.read(payload, context);
  if (!draft.ok) return draft;
  const checked = v.safeParse(SpaceliftEventSchema, draft.value);
  return checked.success
    ? succeed(checked.output)
    : fail({ reason: 'field-invalid', field: fieldOf(checked.issues) });
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
