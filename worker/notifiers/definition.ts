/**
 * What a notifier is: one file with its options and its sending, and one row in registry.ts. It sends to one outlet and
 * knows nothing of rules, quiet hours or retries; Temporal tries again what it refuses with a failure that is not final.
 */
import type * as v from 'valibot';
import type { Notice, SendAnswer } from '../../shared/workflow/notice-messages.ts';
import type { AddressGuard } from '../outgoing/address-guard.ts';
import type { Log } from '../log.ts';
import type { Env } from '../variables.ts';

/** A notice on its way to one outlet. */
export type Sending = {
  readonly notice: Notice;
  /** The same for every attempt: what an outlet may deduplicate by. At most 200 characters of ASCII without spaces. */
  readonly key: string;
  /** What was answered for the last notice of this run; null for the first. */
  readonly receipt: string | null;
  /** What people read, by the route's template; whatever comes from outside goes through `escape`, the template does not. */
  readonly write: (escape: (text: string) => string) => string;
  /** `http:` or `https:` pages, safe to link to; null where there is none. */
  readonly links: { readonly run: string | null; readonly execution: string | null };
};

export type Sent = Pick<SendAnswer, 'receipt'> & { readonly outcome: 'sent' | 'stale' | 'muted' };

export type Notifier = {
  /** Throws SendFailure; anything else it throws is taken for passing. */
  readonly send: (sending: Sending) => Promise<Sent>;
};

export type TrackedRun = {
  readonly runId: string;
  readonly state: string;
  readonly commit: string | null;
};

export type NotifierContext = {
  readonly env: Env;
  /** Refuses private addresses unless they are allowed, follows no redirect, ends after a time. */
  readonly fetch: typeof fetch;
  /** For outlets that speak no HTTP: addresses of a host that may be connected to. */
  readonly guard: AddressGuard;
  readonly log: Pick<Log, 'warn'>;
  /** Page of an execution in Temporal's UI; null where none is configured. */
  readonly executionPage: (executionId: string) => string | null;
  /** The stack's latest tracked run in Spacelift; null when it has none. */
  readonly latestTrackedRun: (account: string, stackId: string) => Promise<TrackedRun | null>;
};

export type NotifierDefinition<
  Name extends string = string,
  Schema extends v.GenericSchema = v.GenericSchema,
> = {
  readonly name: Name;
  /** Of a route's options. Secrets are not among them, but names of environment variables. */
  readonly options: Schema;
  /** Whether the outlet takes a key by which sending twice shows once. */
  readonly deduplicates: boolean;
  /** Whether it shows how things stand rather than tells people: then it is never quiet. */
  readonly isRecord?: boolean;
  /** Throws {@link RouteFault} for options that only the environment shows to be wrong. */
  create(options: v.InferOutput<Schema>, context: NotifierContext): Notifier;
};

export const defineNotifier = <const Name extends string, Schema extends v.GenericSchema>(
  definition: NotifierDefinition<Name, Schema>,
): NotifierDefinition<Name, Schema> => definition;

/** A route's option that cannot be used; told with the route's name at start. */
export class RouteFault extends Error {
  override readonly name = 'RouteFault';
  readonly field: string;

  constructor(field: string, reason: string) {
    super(reason);
    this.field = field;
  }
}

/** The secret that a route's option names. */
export function readSecret({ env }: NotifierContext, field: string, name: string): string {
  const secret = env[name];
  if (secret === undefined || secret === '')
    throw new RouteFault(field, `environment variable ${name} is not set`);
  return secret;
}

/** A secret that is a URL, as those are by which whoever knows them may post. */
export function readSecretUrl(context: NotifierContext, field: string, name: string): string {
  const url = readSecret(context, field, name);
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return url;
  throw new RouteFault(field, `environment variable ${name} holds no http or https URL`);
}
