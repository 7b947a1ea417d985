/**
 * What the payload families share. A family recognises a payload by the keys only it has and says where each field of
 * the event stands, leniently, since fields come, go and are null over the years. It judges nothing: the account, and
 * whether the draft is an event, are for `parsePayload` to say. Reads fields by name only and turns nothing into text, so
 * that no key of a payload can be harmful.
 */
import type { Actor, RunEvent, SpaceliftEvent } from '../events.ts';
import { eventTypeOfState } from '../states.ts';

/** What is known of a payload besides itself. */
export type PayloadContext = {
  /** Account of the webhook's configuration; null when it names none. */
  readonly account: string | null;
  /** SHA-256 of the body as received, lower-case hex. */
  readonly bodyHash: string;
  readonly receivedAt: number;
};

export type JsonObject = { readonly [key: string]: unknown };

type Unchecked<Event extends SpaceliftEvent> = Event extends SpaceliftEvent
  ? Pick<Event, 'about'> & {
      readonly [Field in Exclude<keyof Event, 'about' | 'account'>]: unknown;
    }
  : never;

/** An event whose values its schema has not seen yet. */
export type EventDraft = Unchecked<SpaceliftEvent>;

export type Family = {
  readonly recognises: (payload: JsonObject) => boolean;
  readonly read: (payload: JsonObject, context: PayloadContext) => EventDraft;
};

export const isJsonObject = (json: unknown): json is JsonObject =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** Anything but an object has no fields. */
export const objectOf = (json: unknown): JsonObject => (isJsonObject(json) ? json : {});

export const textOf = (json: unknown): string | null => (typeof json === 'string' ? json : null);

export const listOf = (json: unknown): readonly unknown[] => (Array.isArray(json) ? json : []);

/** The texts of a list, whatever else is in it. */
export const textsOf = (json: unknown): readonly unknown[] =>
  listOf(json).filter((entry) => typeof entry === 'string');

export const isCount = (json: unknown): boolean => Number.isSafeInteger(json) && Number(json) >= 0;

const API_KEY_PREFIX = 'api::';

/** Reduces an identity (e-mail, `github::<user>`, `api::<key id>`, policy or schedule name) to what names nobody. */
export const toActor = (identity: string): Actor =>
  identity.startsWith(API_KEY_PREFIX)
    ? { kind: 'api-key', keyId: identity.slice(API_KEY_PREFIX.length) }
    : { kind: 'other' };

/** A run that nobody triggered came of a push. */
export const toTriggeredBy = (json: unknown): Actor => {
  const identity = textOf(json);
  return identity ? toActor(identity) : { kind: 'vcs' };
};

/** What the families of run events tell each in its own way; what one does not tell is not known. */
type RunTold = Pick<RunEvent, 'family'> & {
  readonly stack: JsonObject;
  readonly run: JsonObject;
  readonly state: string | null;
  readonly stateVersion?: unknown;
  readonly occurredAt: number | null;
  readonly driftDetection?: unknown;
  readonly triggeredBy?: Actor | null;
  readonly url?: unknown;
  readonly delta?: unknown;
  readonly userMetadata?: unknown;
};

/** A run event, whose families name most fields of run and stack alike. */
export function draftRun(told: RunTold): EventDraft {
  const { stack, run, state, stateVersion = null, family } = told;
  return {
    about: 'run',
    type: eventTypeOfState(state ?? ''),
    stackId: stack['id'],
    runId: run['id'],
    state,
    stateVersion,
    order: stateVersion === null ? 'absent' : family === 'default' ? 'exact' : 'derived',
    family,
    occurredAt: told.occurredAt,
    runType: textOf(run['type']),
    branch: textOf(run['branch']),
    commit: textOf(objectOf(run['commit'])['hash']),
    driftDetection: told.driftDetection === true,
    triggeredBy: told.triggeredBy ?? null,
    url: textOf(told.url),
    labels: textsOf(stack['labels']),
    delta: told.delta ?? null,
    userMetadata: textsOf(told.userMetadata),
  };
}
