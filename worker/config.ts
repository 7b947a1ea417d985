/**
 * Environment → configuration of worker and starter, read once at start. A missing or malformed variable is named in one
 * message and ends the process; Temporal's own variables are left to @temporalio/envconfig.
 */
import type { WorkerDeploymentOptions } from '@temporalio/worker';
import * as v from 'valibot';
import type { SpaceliftAccount } from '../shared/activities/spacelift/client.ts';
import type { PayloadKey } from '../shared/payloads/keys.ts';
import type { WorkflowSettings } from '../shared/workflow/settings.ts';
import { DEPLOYMENT_VARIABLES, readDeployment } from './deployment.ts';
import { SETTINGS_VARIABLES, toSettings } from './settings.ts';
import { isNetwork } from './outgoing/address-guard.ts';
import { keyEntries, readKeys } from './spacelift-keys.ts';
import {
  ConfigurationError,
  decimal,
  type Env,
  flag,
  integer,
  logLevel,
  parseEnv,
  port,
  withoutEmpty,
} from './variables.ts';

const MINUTE_MS = 60_000;

const StarterSchema = v.object({
  LOG_LEVEL: logLevel,
  STARTER_HOST: v.optional(v.string(), '127.0.0.1'),
  STARTER_PORT: port(8788),
  ENVELOPE_SECRET: v.pipe(v.string(), v.minLength(1)),
  ENVELOPE_SECRET_PREVIOUS: v.optional(v.string(), ''),
  ...SETTINGS_VARIABLES,
});

/** Spacelift's ids of webhooks are slugs of their names; `<account>/<id>` where there are several accounts. */
const webhookIds = v.pipe(
  v.optional(v.string(), ''),
  v.regex(/^\s*([\w.-]+\/)?[\w-]+(\s*,\s*([\w.-]+\/)?[\w-]+)*\s*$|^$/),
  v.transform((text) => text.split(',').map((entry) => entry.trim())),
  v.transform((entries) => entries.filter((entry) => entry !== '')),
);

/** Host names and networks; one with a scheme or a port would silently never be met. */
const allowedHosts = v.pipe(
  v.optional(v.string(), ''),
  v.transform((text) => text.split(',').flatMap((entry) => entry.trim() || [])),
  v.check((entries) =>
    entries.every((entry) => isNetwork(entry) || /^[\w-]+(\.[\w-]+)*$/.test(entry)),
  ),
);

const WorkerSchema = v.object({
  LOG_LEVEL: logLevel,
  WORKER_HOST: v.optional(v.string(), '127.0.0.1'),
  WORKER_PORT: port(8790),
  WORKER_SDK_METRICS_PORT: port(8791),
  ...SETTINGS_VARIABLES,
  /** Needed only where the endpoint's host does not begin with the account's name. */
  SPACELIFT_ACCOUNT: v.optional(v.string()),
  SPACELIFT_WEBHOOK_IDS: webhookIds,
  SWEEP_INTERVAL_MS: integer(5 * MINUTE_MS),
  SPACELIFT_MAX_REQUESTS_PER_SECOND: decimal(20, 0.1),
  SPACELIFT_DEADLINE_MS: integer(30_000, 1),
  MAX_CACHED_WORKFLOWS: integer(500, 2),
  WORKFLOW_BUNDLE: v.optional(v.string()),
  OUTGOING_ALLOW_PRIVATE: flag(false),
  OUTGOING_ALLOW: allowedHosts,
  REACTIONS: v.optional(v.string()),
  TEMPORAL_UI_URL: v.optional(v.pipe(v.string(), v.url(), v.regex(/^https?:/))),
  ...DEPLOYMENT_VARIABLES,
});

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
  readonly payloadKeys: readonly PayloadKey[];
  readonly spacelift: readonly SpaceliftAccount[];
  /** Those of them whose calls have a task queue of their own. */
  readonly accounts: readonly string[];
  readonly maxRequestsPerSecond: number;
  readonly deadlineMs: number;
  readonly sweep: SweepConfig;
  readonly maxCachedWorkflows: number;
  /** Path of the reactions file; without it the one that comes with the worker. */
  readonly reactions: string | undefined;
  /** Path of a bundle made by `npm run bundle`; without it the workflow is bundled at start. */
  readonly workflowBundle: string | undefined;
  /** Where notices may go, beside public addresses. */
  readonly outgoing: { readonly allowPrivate: boolean; readonly allowed: readonly string[] };
  /** Where notices find the pages of executions. */
  readonly temporalUiUrl: string | undefined;
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

export function parseWorkerConfig(given: Env): WorkerConfig {
  const env = withoutEmpty(given);
  const schema = v.object({ ...WorkerSchema.entries, ...keyEntries(env) });
  const parsed: v.InferOutput<typeof WorkerSchema> = parseEnv('worker', schema, env);
  if (parsed.LEAVE_SILENCE_TO_SWEEPS && parsed.SWEEP_INTERVAL_MS === 0)
    throw new ConfigurationError(
      'Cannot start worker: LEAVE_SILENCE_TO_SWEEPS is true, and SWEEP_INTERVAL_MS is 0',
    );
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
    sweep: {
      intervalMs: parsed.SWEEP_INTERVAL_MS,
      observedRunTypes: parsed.OBSERVE_RUN_TYPES,
      webhookIds: parsed.SPACELIFT_WEBHOOK_IDS,
      settings: toSettings(parsed),
    },
    maxCachedWorkflows: parsed.MAX_CACHED_WORKFLOWS,
    reactions: parsed.REACTIONS,
    workflowBundle: parsed.WORKFLOW_BUNDLE,
    outgoing: {
      allowPrivate: parsed.OUTGOING_ALLOW_PRIVATE,
      allowed: parsed.OUTGOING_ALLOW,
    },
    temporalUiUrl: parsed.TEMPORAL_UI_URL,
    deployment: readDeployment(parsed),
  };
}
