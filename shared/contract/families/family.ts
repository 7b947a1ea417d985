/**
 * What the payload families share: a family recognises a payload by the keys only it has, then reads it leniently,
 * since fields come, go and are null over the years. The result is checked against the event schema by `parsePayload`.
 */
import * as v from 'valibot';
import type { RunEvent, SpaceliftEvent, TriggeredBy } from '../events.ts';
import { toInstant } from '../instants.ts';
import type { Result } from '../result.ts';

export type UnparsedReason =
  | 'body-not-utf8'
  | 'body-not-json'
  | 'shape-unknown'
  | 'field-invalid'
  | 'account-missing'
  | 'stack-id-missing';

export type Unparsed = { readonly reason: UnparsedReason; readonly field?: string };

/** What is known of a payload besides itself. */
export type PayloadContext = {
  /** Account of the webhook's configuration; null when it names none. */
  readonly account: string | null;
  /** SHA-256 of the body as received, lower-case hex. */
  readonly bodyHash: string;
  readonly receivedAt: number;
};

export type JsonObject = { readonly [key: string]: unknown };

/** An event whose texts and numbers its schema has not seen yet. */
export type EventDraft = SpaceliftEvent;

export type Family = {
  readonly recognises: (payload: JsonObject) => boolean;
  readonly read: (payload: JsonObject, context: PayloadContext) => Result<EventDraft, Unparsed>;
};

export const isJsonObject = (json: unknown): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** Reads a value that may be absent, null or of another type than documented: then null. */
export const lenient = <T>(schema: v.GenericSchema<unknown, T>) =>
  v.fallback(v.nullable(schema), null);

export const LenientText = lenient(v.string());
export const LenientBoolean = lenient(v.boolean());
export const CountSchema = v.pipe(v.number(), v.integer(), v.minValue(0));
export const LenientCount = lenient(CountSchema);
export const LenientInstant = v.fallback(v.pipe(v.unknown(), v.transform(toInstant)), null);

/** Texts of an array, whatever else is in it; empty for anything but an array. */
export const LenientTexts = v.fallback(
  v.pipe(
    v.array(v.unknown()),
    v.transform((entries) => entries.filter((entry): entry is string => typeof entry === 'string')),
  ),
  [],
);

/** The account stands as a text in run payloads and as `{name}` in policy inputs. */
export const AccountSchema = v.union([
  v.string(),
  v.pipe(
    v.object({ name: v.string() }),
    v.transform(({ name }) => name),
  ),
]);

const API_KEY_PREFIX = 'api::';

/** Reduces `triggeredBy` (e-mail, user, `api::<key id>`, policy or schedule name) to what names nobody. */
export function toTriggeredBy(text: string | null): TriggeredBy {
  if (text === null || text === '') return { kind: 'vcs' };
  if (text.startsWith(API_KEY_PREFIX))
    return { kind: 'api-key', keyId: text.slice(API_KEY_PREFIX.length) };
  return { kind: 'other' };
}

/** The issue's path as text, for the reason shown to an operator; never the value, which may be personal. */
export const fieldOf = (issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]) =>
  v.getDotPath(issues[0]) ?? '';

/** Fields of a run event that a short payload knows nothing of. */
export const UNKNOWN_RUN_DETAILS = {
  stateVersion: null,
  order: 'absent' as const,
  runType: null,
  branch: null,
  commit: null,
  driftDetection: false,
  triggeredBy: null,
  url: null,
  labels: [],
  delta: null,
  userMetadata: [],
} satisfies Partial<RunEvent>;
