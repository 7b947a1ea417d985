/**
 * Environment → configuration of worker and starter, read once at start. A missing or malformed variable is named in one
 * message and ends the process; Temporal's own variables are left to @temporalio/envconfig.
 */
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import * as v from 'valibot';
import type { SpaceliftAccount } from '../shared/activities/spacelift/client.ts';
import { SEARCH_ATTRIBUTES } from '../shared/contract/names.ts';
import type { PayloadKey } from '../shared/payloads/keys.ts';
import type { WorkflowSettings } from '../shared/workflow/settings.ts';
import { DEPLOYMENT_VARIABLES, readDeployment } from './deployment.ts';
import { AccountsSchema, keyEntries, readKeys } from './spacelift-keys.ts';
import {
  decimal,
  type Env,
  flag,
  integer,
  logLevel,
  parseEnv,
  payloadKeys,
  port,
  withoutEmpty,
} from './variables.ts';

/** In capitals, as Spacelift writes them: a run type in other letters would silently never be met. */
const runTypes = (fallback: string) =>
  v.pipe(
    v.optional(v.pipe(v.string(), v.regex(/^\s*[A-Z]+(\s*,\s*[A-Z]+)*\s*$/)), fallback),
    v.transform((text) => text.split(',').map((entry) => entry.trim())),
  );

const STACK = String.raw`[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?`;

/** `app` or `account/app`, several of them, or `*`: a name in any other form would silently never be met. */
const stackNames = v.pipe(
  v.optional(
    v.pipe(v.string(), v.regex(new RegExp(String.raw`^\s*(\*|${STACK}(\s*,\s*${STACK})*)?\s*$`))),
    '',
  ),
  v.transform((text) => text.split(',').flatMap((name) => name.trim() || [])),
);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const CommonSchema = v.object({
  LOG_LEVEL: logLevel,
  PAYLOAD_KEYS: payloadKeys,
});

const StarterSchema = v.object({
  ...CommonSchema.entries,
  STARTER_HOST: v.optional(v.string(), '127.0.0.1'),
  STARTER_PORT: port(8788),
  ENVELOPE_SECRET: v.pipe(v.string(), v.minLength(1)),
  ENVELOPE_SECRET_PREVIOUS: v.optional(v.string(), ''),
  SPACELIFT_ACCOUNTS: AccountsSchema,
  OBSERVE_RUN_TYPES: runTypes('TRACKED,TASK,DESTROY'),
  CREATE_SEARCH_ATTRIBUTES: flag(true),
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
  INTENT_PATIENCE_MS: integer(60 * MINUTE_MS),
  /** 0 for none. */
  INTENT_DEADLINE_MS: integer(0),
  INTENT_FAREWELL_MS: integer(5 * MINUTE_MS, 1),
  CAUSE_DEPTH_LIMIT: integer(5),
  CANCEL_STOPS_RUN: flag(false),
  LEAVE_IN_DOUBT: stackNames,
  CANCEL_EXTRA_RUNS: flag(false),
  REMIND_AFTER_MS: integer(4 * HOUR_MS),
  REMIND_AT_MOST_MS: integer(24 * HOUR_MS, 1),
});

const WorkerSchema = v.object({
  ...CommonSchema.entries,
  WORKER_HOST: v.optional(v.string(), '127.0.0.1'),
  WORKER_PORT: port(8790),
  WORKER_SDK_METRICS_PORT: port(8791),
  SPACELIFT_ACCOUNTS: AccountsSchema,
  /** Needed only where the endpoint's host does not begin with the account's name. */
  SPACELIFT_ACCOUNT: v.optional(v.string()),
  SPACELIFT_MAX_REQUESTS_PER_SECOND: decimal(20, 0.1),
  SPACELIFT_DEADLINE_MS: integer(30_000, 1),
  MAX_CACHED_WORKFLOWS: integer(500, 2),
  WORKFLOW_BUNDLE: v.optional(v.string()),
  ...DEPLOYMENT_VARIABLES,
});

type StarterEnv = v.InferOutput<typeof StarterSchema>;

export type StarterConfig = {
  readonly logLevel: string;
  readonly host: string;
  readonly port: number;
  readonly payloadKeys: readonly PayloadKey[];
  readonly envelopeSecrets: readonly string[];
  readonly observedRunTypes: readonly string[];
  /** Whether search attributes that the namespace lacks are created. */
  readonly mayCreateSearchAttributes: boolean;
  readonly settings: WorkflowSettings;
};

export type WorkerConfig = {
  readonly logLevel: string;
  readonly host: string;
  readonly port: number;
  readonly sdkMetricsPort: number;
  readonly payloadKeys: readonly PayloadKey[];
  readonly spacelift: readonly SpaceliftAccount[];
  /** Those of them whose calls have a task queue of their own. */
  readonly accounts: readonly string[];
  readonly maxRequestsPerSecond: number;
  readonly deadlineMs: number;
  readonly maxCachedWorkflows: number;
  /** Path of a bundle made by `npm run bundle`; without it the workflow is bundled at start. */
  readonly workflowBundle: string | undefined;
  /** Undefined for a worker without versions. */
  readonly deployment: WorkerDeploymentOptions | undefined;
};

export function parseStarterConfig(env: Env): StarterConfig {
  const parsed = parseEnv('starter', StarterSchema, env);
  return {
    logLevel: parsed.LOG_LEVEL,
    host: parsed.STARTER_HOST,
    port: parsed.STARTER_PORT,
    payloadKeys: parsed.PAYLOAD_KEYS,
    envelopeSecrets: [parsed.ENVELOPE_SECRET, parsed.ENVELOPE_SECRET_PREVIOUS].filter(
      (secret) => secret !== '',
    ),
    observedRunTypes: parsed.OBSERVE_RUN_TYPES,
    mayCreateSearchAttributes: parsed.CREATE_SEARCH_ATTRIBUTES,
    settings: toSettings(parsed),
  };
}

/** Search attributes start out as ours; the starter leaves out what the namespace has not registered. */
const toSettings = (parsed: StarterEnv): WorkflowSettings => ({
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
  watch: {
    remindAfterMs: parsed.REMIND_AFTER_MS,
    remindAtMostMs: parsed.REMIND_AT_MOST_MS,
    observedRunTypes: parsed.OBSERVE_RUN_TYPES,
  },
  intents: {
    patienceMs: parsed.INTENT_PATIENCE_MS,
    deadlineMs: parsed.INTENT_DEADLINE_MS === 0 ? null : parsed.INTENT_DEADLINE_MS,
    farewellMs: parsed.INTENT_FAREWELL_MS,
    causeDepthLimit: parsed.CAUSE_DEPTH_LIMIT,
    cancelStopsRun: parsed.CANCEL_STOPS_RUN,
  },
  lane: {
    leaveInDoubt: parsed.LEAVE_IN_DOUBT,
    cancelExtraRuns: parsed.CANCEL_EXTRA_RUNS,
  },
  ...(parsed.SPACELIFT_ACCOUNTS !== undefined && { accounts: parsed.SPACELIFT_ACCOUNTS }),
  searchAttributes: Object.values(SEARCH_ATTRIBUTES),
  encodesFailures: parsed.PAYLOAD_KEYS.length > 0,
});

export function parseWorkerConfig(given: Env): WorkerConfig {
  const env = withoutEmpty(given);
  const schema = v.object({ ...WorkerSchema.entries, ...keyEntries(env) });
  const parsed: v.InferOutput<typeof WorkerSchema> = parseEnv('worker', schema, env);
  return {
    logLevel: parsed.LOG_LEVEL,
    host: parsed.WORKER_HOST,
    port: parsed.WORKER_PORT,
    sdkMetricsPort: parsed.WORKER_SDK_METRICS_PORT,
    payloadKeys: parsed.PAYLOAD_KEYS,
    spacelift: readKeys(env),
    accounts: parsed.SPACELIFT_ACCOUNTS ?? [],
    maxRequestsPerSecond: parsed.SPACELIFT_MAX_REQUESTS_PER_SECOND,
    deadlineMs: parsed.SPACELIFT_DEADLINE_MS,
    maxCachedWorkflows: parsed.MAX_CACHED_WORKFLOWS,
    workflowBundle: parsed.WORKFLOW_BUNDLE,
    deployment: readDeployment(parsed),
  };
}
