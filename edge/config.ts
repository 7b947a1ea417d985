/**
 * From raw bindings to checked configuration. A fault names the variable and never its value; whoever asks answers 503
 * until it is put right, since a misread grant or secret must not decide about anybody's delivery.
 */
import * as v from 'valibot';
import type { IntentRunType } from '../shared/contract/events.ts';
import { fail, type Result, succeed } from '../shared/contract/result.ts';
import type { LabelledSecret } from '../shared/contract/spacelift-signature.ts';
import type { BackoffBounds } from './inbox/backoff.ts';
import type { IntentCap } from './inbox/inbox.ts';
import { LOG_LEVELS, type LogLevel } from './log.ts';
import { parseWebhooks } from './webhooks.ts';

const MINUTE_MS = 60 * 1000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** One changed resource is 32 KB in a policy input; a plan of 200 of them still fits. */
const BODY_LIMIT_BYTES = 8 * 1024 * 1024;

export type IntentGrant = {
  /** Stack ids, or globs with `*`. */
  readonly stacks: readonly string[];
  readonly runTypes: readonly IntentRunType[];
  readonly cap: IntentCap;
};

/** A header that Spacelift is told to send along: it keeps noise out, and is no substitute for the signature. */
export type SecondFactor = {
  readonly header: string;
  readonly secrets: readonly LabelledSecret[];
};

export type Webhook = {
  readonly name: string;
  /** Account of payloads that name none, as the short form. */
  readonly account: string | null;
  /** Accounts it may tell about, as globs; what tells about another is parked. By default its own. */
  readonly accounts: readonly string[];
  /** Variables of secrets that are not set; while there are any, nothing is accepted. */
  readonly missingVariables: readonly string[];
  readonly secrets: readonly LabelledSecret[];
  readonly factor: SecondFactor | null;
  readonly intents: IntentGrant | null;
};

export type StarterConfig = {
  readonly url: string;
  readonly secrets: readonly string[];
  readonly access: { readonly clientId: string; readonly clientSecret: string } | null;
  readonly timeoutMs: number;
};

export type Pacing = BackoffBounds & {
  /** How long a delivery that decides nothing may wait for one of its run that does, and travel with it. */
  readonly lingerMs: number;
  readonly parkAfterMs: number;
  readonly deliveredRetentionMs: number;
  readonly keyRetentionMs: number;
};

/** How an operator may show who is asking; nobody can when both are null. */
export type OperatorConfig = {
  readonly token: string | null;
  readonly access: { readonly teamDomain: string; readonly audience: string } | null;
};

export type EdgeConfig = {
  readonly webhooks: ReadonlyMap<string, Webhook>;
  /** Null when no address or no secret is set: deliveries are kept until there is one. */
  readonly starter: StarterConfig | null;
  readonly operator: OperatorConfig;
  readonly bodyLimitBytes: number;
  readonly logLevel: LogLevel;
  readonly pacing: Pacing;
};

export const DEFAULT_PACING: Pacing = {
  lingerMs: MINUTE_MS / 2,
  backoffBaseMs: 1000,
  backoffCapMs: MINUTE_MS,
  parkAfterMs: DAY_MS,
  deliveredRetentionMs: 3 * DAY_MS,
  keyRetentionMs: 30 * DAY_MS,
};

const OptionalTextSchema = v.optional(v.string());

const count = (fallback: number) =>
  v.optional(v.pipe(v.string(), v.regex(/^[1-9]\d{0,14}$/), v.transform(Number)), `${fallback}`);

const EnvSchema = v.object({
  STARTER_URL: v.optional(v.pipe(v.string(), v.regex(/^https?:\/\/[^\s?#]+$/))),
  STARTER_ACCESS_CLIENT_ID: OptionalTextSchema,
  STARTER_ACCESS_CLIENT_SECRET: OptionalTextSchema,
  ENVELOPE_SECRET: OptionalTextSchema,
  ENVELOPE_SECRET_PREVIOUS: OptionalTextSchema,
  OPERATOR_TOKEN: OptionalTextSchema,
  /** Such as https://acme.cloudflareaccess.com: the issuer of Access tokens, and where its keys are. */
  ACCESS_TEAM_DOMAIN: v.optional(v.pipe(v.string(), v.regex(/^https?:\/\/[^\s/?#]+$/))),
  ACCESS_AUDIENCE: OptionalTextSchema,
  LOG_LEVEL: v.optional(v.picklist(LOG_LEVELS), 'info'),
  BODY_LIMIT_BYTES: count(BODY_LIMIT_BYTES),
  FORWARD_TIMEOUT_MS: count(10_000),
  LINGER_MS: count(DEFAULT_PACING.lingerMs),
  BACKOFF_BASE_MS: count(DEFAULT_PACING.backoffBaseMs),
  BACKOFF_CAP_MS: count(DEFAULT_PACING.backoffCapMs),
  PARK_AFTER_MS: count(DEFAULT_PACING.parkAfterMs),
  DELIVERED_RETENTION_MS: count(DEFAULT_PACING.deliveredRetentionMs),
  KEY_RETENTION_MS: count(DEFAULT_PACING.keyRetentionMs),
});

/** Names of all variables but WEBHOOKS and those that it names. */
export const VARIABLES = Object.keys(EnvSchema.entries);

type Variables = { readonly [variable: string]: unknown };

type CheckedEnv = v.InferOutput<typeof EnvSchema>;

/** Reads the environment; the fault is a sentence for the log. */
export function parseConfig(raw: object): Result<EdgeConfig, string> {
  const config = readConfig(withoutBlanks(raw));
  return config.ok ? config : fail(`Cannot read configuration: ${config.error}`);
}

function readConfig(env: Variables): Result<EdgeConfig, string> {
  const checked = v.safeParse(EnvSchema, env);
  if (!checked.success) return fail(`${v.getDotPath(checked.issues[0])} is not valid`);
  const webhooks = parseWebhooks(env);
  if (!webhooks.ok) return webhooks;
  const values = checked.output;
  const starter = starterOf(values, 'STARTER' in env);
  if (!starter.ok) return starter;
  const access = bothOrNone(values, 'ACCESS_TEAM_DOMAIN', 'ACCESS_AUDIENCE');
  if (!access.ok) return access;
  return succeed({
    webhooks: webhooks.value,
    starter: starter.value,
    operator: {
      token: values.OPERATOR_TOKEN ?? null,
      access: access.value && { teamDomain: access.value[0], audience: access.value[1] },
    },
    bodyLimitBytes: values.BODY_LIMIT_BYTES,
    logLevel: values.LOG_LEVEL,
    pacing: {
      lingerMs: values.LINGER_MS,
      backoffBaseMs: values.BACKOFF_BASE_MS,
      backoffCapMs: values.BACKOFF_CAP_MS,
      parkAfterMs: values.PARK_AFTER_MS,
      deliveredRetentionMs: values.DELIVERED_RETENTION_MS,
      keyRetentionMs: values.KEY_RETENTION_MS,
    },
  });
}

/** Blank text is how people unset a variable, so it counts as not set. */
const withoutBlanks = (env: object): Variables =>
  Object.fromEntries(
    Object.entries(env)
      .map(([name, given]) => [name, typeof given === 'number' ? String(given) : given])
      .filter(([, text]) => typeof text !== 'string' || text.trim() !== ''),
  );

/** Stands for host and port, which a VPC binding fills in. */
const BOUND_URL = 'http://starter';

function starterOf(values: CheckedEnv, isBound: boolean): Result<StarterConfig | null, string> {
  const access = bothOrNone(values, 'STARTER_ACCESS_CLIENT_ID', 'STARTER_ACCESS_CLIENT_SECRET');
  if (!access.ok) return access;
  const url = values.STARTER_URL ?? (isBound ? BOUND_URL : null);
  const secrets = [values.ENVELOPE_SECRET, values.ENVELOPE_SECRET_PREVIOUS];
  if (url === null || secrets[0] === undefined) return succeed(null);
  return succeed({
    url: url.replace(/\/$/, ''),
    secrets: secrets.filter((secret) => secret !== undefined),
    access: access.value && { clientId: access.value[0], clientSecret: access.value[1] },
    timeoutMs: values.FORWARD_TIMEOUT_MS,
  });
}

type TextVariable =
  | `STARTER_ACCESS_CLIENT_${'ID' | 'SECRET'}`
  | `ACCESS_${'TEAM_DOMAIN' | 'AUDIENCE'}`;

function bothOrNone(
  values: CheckedEnv,
  first: TextVariable,
  second: TextVariable,
): Result<readonly [string, string] | null, string> {
  const [one, other] = [values[first], values[second]];
  if (one !== undefined && other !== undefined) return succeed([one, other]);
  return one === other ? succeed(null) : fail(`${first} and ${second} go together`);
}
