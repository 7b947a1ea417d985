/**
 * Environment → configuration of worker and starter, read once at start. A missing or malformed variable is named in one
 * message and ends the process; Temporal's own variables are left to @temporalio/envconfig.
 */
import * as v from 'valibot';
import type { SpaceliftAccount } from '../shared/activities/spacelift/client.ts';
import { SEARCH_ATTRIBUTES } from '../shared/contract/names.ts';
import type { WorkflowSettings } from '../shared/workflow/settings.ts';

export type Env = Readonly<Record<string, string | undefined>>;

const integer = (fallback: number, minimum = 0, maximum = Number.MAX_SAFE_INTEGER) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+$/),
      v.transform(Number),
      v.minValue(minimum),
      v.maxValue(maximum),
    ),
    String(fallback),
  );

/** 0 takes any free one. */
const port = (fallback: number) => integer(fallback, 0, 65_535);

const decimal = (fallback: number, minimum: number) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d+(\.\d+)?$/),
      v.transform(Number),
      v.minValue(minimum),
      v.maxValue(Number.MAX_SAFE_INTEGER),
    ),
    String(fallback),
  );

/** In capitals, as Spacelift writes them: a run type in other letters would silently never be met. */
const runTypes = (fallback: string) =>
  v.pipe(
    v.optional(v.pipe(v.string(), v.regex(/^\s*[A-Z]+(\s*,\s*[A-Z]+)*\s*$/)), fallback),
    v.transform((text) => text.split(',').map((entry) => entry.trim())),
  );

const isHttpUrl = (text: string): boolean => /^https?:/.test(text) && URL.canParse(text);

const MINUTE_MS = 60_000;

const CommonSchema = v.object({
  LOG_LEVEL: v.optional(
    v.picklist(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    'info',
  ),
});

const StarterSchema = v.object({
  ...CommonSchema.entries,
  STARTER_HOST: v.optional(v.string(), '127.0.0.1'),
  STARTER_PORT: port(8788),
  ENVELOPE_SECRET: v.pipe(v.string(), v.minLength(1)),
  ENVELOPE_SECRET_PREVIOUS: v.optional(v.string(), ''),
  OBSERVE_RUN_TYPES: runTypes('TRACKED,TASK,DESTROY'),
  RETRY_MAXIMUM_ATTEMPTS: integer(3, 1),
  RETRY_INITIAL_INTERVAL_MS: integer(1000, 1),
  RETRY_BACKOFF_COEFFICIENT: decimal(2, 1),
  RETRY_MAXIMUM_INTERVAL_MS: integer(MINUTE_MS, 1),
  SETTLE_MS: integer(MINUTE_MS / 2, 1),
  SETTLE_LOOKS: integer(2, 1),
  DOUBT_HORIZON_MS: integer(10 * MINUTE_MS),
  LANE_IDLE_MS: integer(10 * MINUTE_MS),
  SILENCE_MS: integer(10 * MINUTE_MS, 1),
  WAITING_SILENCE_MS: integer(60 * MINUTE_MS, 1),
});

/** What decides about executions, for all that start them: the starter, and the sweeps of the worker. */
const ExecutionsSchema = v.omit(StarterSchema, [
  'STARTER_HOST',
  'STARTER_PORT',
  'ENVELOPE_SECRET',
  'ENVELOPE_SECRET_PREVIOUS',
]);

/** Spacelift's ids of webhooks are slugs of their names; `<account>/<id>` where there are several accounts. */
const webhookIds = v.pipe(
  v.optional(v.string(), ''),
  v.regex(/^\s*([\w.-]+\/)?[\w-]+(\s*,\s*([\w.-]+\/)?[\w-]+)*\s*$|^$/),
  v.transform((text) => text.split(',').map((entry) => entry.trim())),
  v.transform((entries) => entries.filter((entry) => entry !== '')),
);

const WorkerSchema = v.object({
  ...CommonSchema.entries,
  WORKER_HOST: v.optional(v.string(), '127.0.0.1'),
  WORKER_PORT: port(8790),
  WORKER_SDK_METRICS_PORT: port(8791),
  SPACELIFT_API_KEY_ENDPOINT: v.pipe(v.string(), v.check(isHttpUrl)),
  SPACELIFT_API_KEY_ID: v.pipe(v.string(), v.minLength(1)),
  SPACELIFT_API_KEY_SECRET: v.pipe(v.string(), v.minLength(1)),
  /** Needed only where the endpoint's host does not begin with the account's name. */
  SPACELIFT_ACCOUNT: v.optional(v.string()),
  SPACELIFT_WEBHOOK_IDS: webhookIds,
  SWEEP_INTERVAL_MS: integer(5 * MINUTE_MS),
  SPACELIFT_MAX_REQUESTS_PER_SECOND: decimal(20, 0.1),
  SPACELIFT_DEADLINE_MS: integer(30_000, 1),
  MAX_CACHED_WORKFLOWS: integer(500, 2),
  WORKFLOW_BUNDLE: v.optional(v.string()),
  ...ExecutionsSchema.entries,
});

type ExecutionsEnv = v.InferOutput<typeof ExecutionsSchema>;

export type StarterConfig = {
  readonly logLevel: string;
  readonly host: string;
  readonly port: number;
  readonly envelopeSecrets: readonly string[];
  readonly observedRunTypes: readonly string[];
  readonly settings: WorkflowSettings;
};

export type SweepConfig = {
  /** 0 for no sweeps. */
  readonly intervalMs: number;
  readonly observedRunTypes: readonly string[];
  /** Webhooks that are watched: `<id>` in every account, `<account>/<id>` in one. */
  readonly webhookIds: readonly string[];
  /** Of the executions that a sweep starts. */
  readonly settings: WorkflowSettings;
};

export type WorkerConfig = {
  readonly logLevel: string;
  readonly host: string;
  readonly port: number;
  readonly sdkMetricsPort: number;
  readonly spacelift: SpaceliftAccount;
  readonly maxRequestsPerSecond: number;
  readonly deadlineMs: number;
  readonly sweep: SweepConfig;
  readonly maxCachedWorkflows: number;
  /** Path of a bundle made by `npm run bundle`; without it the workflow is bundled at start. */
  readonly workflowBundle: string | undefined;
};

export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** An empty variable is one that is not set: env files and compose files write it so. */
function parseEnv<T>(part: string, schema: v.GenericSchema<unknown, T>, given: Env): T {
  const env = Object.fromEntries(Object.entries(given).filter(([, text]) => text !== ''));
  const parsed = v.safeParse(schema, env);
  if (parsed.success) return parsed.output;
  const faults = parsed.issues.map((issue) => {
    const name = v.getDotPath(issue) ?? 'environment';
    return `${name} is ${env[name] === undefined ? 'missing' : 'malformed'}`;
  });
  throw new ConfigurationError(`Cannot start ${part}: ${faults.join(', ')}`);
}

export function parseStarterConfig(env: Env): StarterConfig {
  const parsed = parseEnv('starter', StarterSchema, env);
  return {
    logLevel: parsed.LOG_LEVEL,
    host: parsed.STARTER_HOST,
    port: parsed.STARTER_PORT,
    envelopeSecrets: [parsed.ENVELOPE_SECRET, parsed.ENVELOPE_SECRET_PREVIOUS].filter(
      (secret) => secret !== '',
    ),
    observedRunTypes: parsed.OBSERVE_RUN_TYPES,
    settings: toSettings(parsed),
  };
}

/** Search attributes start out as ours; the starter leaves out what the namespace has not registered. */
const toSettings = (parsed: ExecutionsEnv): WorkflowSettings => ({
  retry: {
    maximumAttempts: parsed.RETRY_MAXIMUM_ATTEMPTS,
    initialIntervalMs: parsed.RETRY_INITIAL_INTERVAL_MS,
    backoffCoefficient: parsed.RETRY_BACKOFF_COEFFICIENT,
    maximumIntervalMs: parsed.RETRY_MAXIMUM_INTERVAL_MS,
  },
  settleMs: parsed.SETTLE_MS,
  looks: parsed.SETTLE_LOOKS,
  doubtHorizonMs: parsed.DOUBT_HORIZON_MS,
  laneIdleMs: parsed.LANE_IDLE_MS,
  silenceMs: parsed.SILENCE_MS,
  waitingSilenceMs: parsed.WAITING_SILENCE_MS,
  searchAttributes: Object.values(SEARCH_ATTRIBUTES),
});

export function parseWorkerConfig(env: Env): WorkerConfig {
  const parsed = parseEnv('worker', WorkerSchema, env);
  const endpoint = parsed.SPACELIFT_API_KEY_ENDPOINT;
  return {
    logLevel: parsed.LOG_LEVEL,
    host: parsed.WORKER_HOST,
    port: parsed.WORKER_PORT,
    sdkMetricsPort: parsed.WORKER_SDK_METRICS_PORT,
    spacelift: {
      account: parsed.SPACELIFT_ACCOUNT ?? accountOf(endpoint),
      endpoint,
      keyId: parsed.SPACELIFT_API_KEY_ID,
      keySecret: parsed.SPACELIFT_API_KEY_SECRET,
    },
    maxRequestsPerSecond: parsed.SPACELIFT_MAX_REQUESTS_PER_SECOND,
    deadlineMs: parsed.SPACELIFT_DEADLINE_MS,
    sweep: {
      intervalMs: parsed.SWEEP_INTERVAL_MS,
      observedRunTypes: parsed.OBSERVE_RUN_TYPES,
      webhookIds: parsed.SPACELIFT_WEBHOOK_IDS,
      settings: toSettings(parsed),
    },
    maxCachedWorkflows: parsed.MAX_CACHED_WORKFLOWS,
    workflowBundle: parsed.WORKFLOW_BUNDLE,
  };
}

/** `https://acme.app.spacelift.io` is account acme's. */
const accountOf = (endpoint: string): string => new URL(endpoint).hostname.split('.')[0] ?? '';
