/**
 * What decides about executions, for all that start them: the starter, and the sweeps of the worker. An execution keeps
 * the settings it was started with.
 */
import * as v from 'valibot';
import { SEARCH_ATTRIBUTES } from '../shared/contract/names.ts';
import type { WorkflowSettings } from '../shared/workflow/settings.ts';
import { poolLimits, toPropagationSettings, windows } from './propagation-settings.ts';
import { AccountsSchema } from './spacelift-keys.ts';
import { decimal, flag, integer, payloadKeys } from './variables.ts';

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

export const SETTINGS_VARIABLES = {
  PAYLOAD_KEYS: payloadKeys,
  SPACELIFT_ACCOUNTS: AccountsSchema,
  OBSERVE_RUN_TYPES: runTypes('TRACKED,TASK,DESTROY'),
  CREATE_SEARCH_ATTRIBUTES: flag(true),
  RETRY_MAXIMUM_ATTEMPTS: integer(3, 1),
  RETRY_INITIAL_INTERVAL_MS: integer(1000, 1),
  RETRY_BACKOFF_COEFFICIENT: decimal(2, 1),
  RETRY_MAXIMUM_INTERVAL_MS: integer(MINUTE_MS, 1),
  SPACELIFT_CALL_TIMEOUT_MS: integer(45_000, 1),
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
  LEAVE_SILENCE_TO_SWEEPS: flag(false),
  REMIND_AFTER_MS: integer(4 * HOUR_MS),
  REMIND_AT_MOST_MS: integer(24 * HOUR_MS, 1),
  PROPAGATION: flag(true),
  PROPAGATION_NATIVE_EDGES: v.optional(v.picklist(['adopt', 'take-over']), 'adopt'),
  PROPAGATION_ONLY_IF_CHANGED: flag(false),
  /** 0 for any number. */
  PROPAGATION_RUNS_LIMIT: integer(0),
  PROPAGATION_POOL_LIMITS: poolLimits,
  PROPAGATION_WINDOWS: windows,
  PROPAGATION_RESUMABLE_MS: integer(24 * HOUR_MS),
} as const;

const SettingsSchema = v.object(SETTINGS_VARIABLES);

/** Search attributes start out as ours; the starter leaves out what the namespace has not registered. */
export const toSettings = (parsed: v.InferOutput<typeof SettingsSchema>): WorkflowSettings => ({
  ...propagationOf(parsed),
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
    leavesSilenceToSweeps: parsed.LEAVE_SILENCE_TO_SWEEPS,
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
    callTimeoutMs: parsed.SPACELIFT_CALL_TIMEOUT_MS,
  },
  ...(parsed.SPACELIFT_ACCOUNTS !== undefined && { accounts: parsed.SPACELIFT_ACCOUNTS }),
  reactions: true,
  searchAttributes: Object.values(SEARCH_ATTRIBUTES),
  encodesFailures: parsed.PAYLOAD_KEYS.length > 0,
});

function propagationOf(parsed: v.InferOutput<typeof SettingsSchema>) {
  const propagation = toPropagationSettings(parsed);
  return propagation === undefined ? {} : { propagation };
}
