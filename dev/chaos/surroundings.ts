/**
 * How the parts are configured for a chaos: intervals that suit seconds, not hours, and what else nobody outside Spacelift
 * decides. The relations are those of real life: a run may come a while after its request, and what comes later than the
 * settle time is late.
 */
import type { PartName } from '../launcher/part-names.ts';
import type { Env } from '../launcher/toolchain.ts';
import { planSwitches } from './account.ts';

/** The edge's own limit for a call to the starter, in chaos; some freezes outlast it. */
export const FORWARD_TIMEOUT_MS = 2500;

export const SETTLE_MS = 1500;

/** For one call of Spacelift, and for the worker that makes it. */
const DEADLINE_MS = 2000;
const CALL_TIMEOUT_MS = 6000;

const DOUBT_HORIZON_MS = 12_000;

/** Below, a run that comes late is within the settle time; above, beyond it, and within the horizon. */
export const LATE_MS = { within: 500, beyond: 5000 };

/** What Spacelift was asked for before it healed has come by then. */
export const HEALED_AFTER_MS = LATE_MS.beyond + DEADLINE_MS;

export const MAXIMUM_ATTEMPTS = 30;

/** Not triggered again when nobody knows whether there is a run. */
export const LEFT_IN_DOUBT = ['stack-7'];

/** An intent for it can only be refused. */
export const UNKNOWN_STACK = 'no-such-stack';

/** Silence is as long as a freeze may last. */
const EXECUTIONS: Env = {
  SETTLE_MS: String(SETTLE_MS),
  DOUBT_HORIZON_MS: String(DOUBT_HORIZON_MS),
  LANE_IDLE_MS: '60000',
  SILENCE_MS: '3000',
  WAITING_SILENCE_MS: '3000',
  INTENT_PATIENCE_MS: '6000',
  RETRY_MAXIMUM_ATTEMPTS: String(MAXIMUM_ATTEMPTS),
  RETRY_INITIAL_INTERVAL_MS: '200',
  RETRY_MAXIMUM_INTERVAL_MS: '1000',
  SPACELIFT_CALL_TIMEOUT_MS: String(CALL_TIMEOUT_MS),
  LEAVE_IN_DOUBT: LEFT_IN_DOUBT.join(),
};

export const partEnv = (seed: number, account: string): Partial<Record<PartName, Env>> => ({
  starter: EXECUTIONS,
  worker: {
    ...EXECUTIONS,
    SPACELIFT_MAX_REQUESTS_PER_SECOND: '100',
    SPACELIFT_DEADLINE_MS: String(DEADLINE_MS),
    SWEEP_INTERVAL_MS: '4000',
  },
  edge: {
    LINGER_MS: '500',
    BACKOFF_BASE_MS: '200',
    BACKOFF_CAP_MS: '1000',
    FORWARD_TIMEOUT_MS: String(FORWARD_TIMEOUT_MS),
    WEBHOOKS: JSON.stringify({
      default: { account },
      intents: {
        account,
        secret: 'SPACELIFT_INTENTS_SECRET',
        intents: { stacks: ['*'], runTypes: ['TRACKED', 'PROPOSED', 'TASK', 'DESTROY'] },
      },
    }),
  },
  simulator: {
    SIMULATOR_SEED: String(seed),
    SIMULATOR_STATE_MS: '60',
    SIMULATOR_SWITCHES: JSON.stringify(planSwitches(seed)),
  },
});
