/** What a simulator is built from, and how the environment of a process names it. */
import * as v from 'valibot';
import { createRandom, drawSeed, type Range, SEEDS_LIMIT } from '../random.ts';
import { type ApiKey, type ApiKeyInput, ApiKeySchema } from './api/api-key.ts';
import { type Clock, systemClock } from './clock.ts';
import { PlanSchema, RangeSchema } from './plan-schema.ts';
import type { RandomPlan } from './runs/random-plan.ts';
import type { RunIdKind } from './runs/run-ids.ts';
import { type Switches, type SwitchesInput, SwitchesSchema } from './switches.ts';

/** Spacelift's own: a token is good for ten hours. */
const TOKEN_LIFETIME_SECONDS = 36_000;

/** Slow enough to watch, quick enough to wait for. */
const STATE_MS = 150;

const DEFAULT_PORT = 9180;

type LogFields = Readonly<Record<string, unknown>>;

export type SimulatorOptions = {
  /** The account's subdomain, as payloads name it. */
  readonly account: string;
  /** Base of links in payloads and audience of tokens. */
  readonly accountUrl: string;
  /** All keys there are at the start. */
  readonly apiKeys: readonly ApiKey[];
  readonly tokenLifetimeSeconds: number;
  /** How long a run stays in each state. */
  readonly stateMs: number;
  /** How long it stays in single states, in the place of `stateMs`; a range is drawn from. */
  readonly stateDurations: Readonly<Record<string, number | Range>>;
  /** Delays of runs, people and deliveries pass so many times as quickly. */
  readonly speed: number;
  /** Whether a run's id holds the time, or the same seed gives the same ids every time. */
  readonly runIds: RunIdKind;
  /** What becomes of runs nobody scripted; null for whatever the stack's settings bring. */
  readonly plan: RandomPlan | null;
  readonly switches: Switches;
  readonly clock: Clock;
  /** Decides what is left to chance; a whole number below 2^32. */
  readonly seed: number;
  /** From 0 up to but not including 1; for what nothing is decided by. */
  readonly random: () => number;
  readonly fetch: typeof fetch;
  readonly log: (message: string, fields: LogFields) => void;
};

export type SimulatorInput = Partial<Omit<SimulatorOptions, 'switches' | 'apiKeys'>> & {
  readonly switches?: SwitchesInput;
  /** The first key; its role lets it write unless told otherwise. */
  readonly apiKeyId?: string;
  readonly apiKeySecret?: string;
  readonly apiKeyCanWrite?: boolean;
  /** Keys beside the first one. */
  readonly apiKeys?: readonly ApiKeyInput[];
};

export function completeOptions(input: SimulatorInput): SimulatorOptions {
  const account = input.account ?? 'demo';
  const seed = input.seed ?? drawSeed();
  return {
    account,
    accountUrl: input.accountUrl ?? `https://${account}.app.spacelift.io`,
    apiKeys: v.parse(v.array(ApiKeySchema), [firstKeyOf(input), ...(input.apiKeys ?? [])]),
    tokenLifetimeSeconds: input.tokenLifetimeSeconds ?? TOKEN_LIFETIME_SECONDS,
    stateMs: input.stateMs ?? STATE_MS,
    stateDurations: input.stateDurations ?? {},
    speed: input.speed ?? 1,
    runIds: input.runIds ?? 'timed',
    plan: input.plan ?? null,
    switches: v.parse(SwitchesSchema, input.switches ?? {}),
    clock: input.clock ?? systemClock,
    seed,
    random: input.random ?? createRandom(seed),
    fetch: input.fetch ?? fetch,
    log: input.log ?? (() => {}),
  };
}

const firstKeyOf = (input: SimulatorInput): ApiKeyInput => ({
  id: input.apiKeyId ?? '01JSIMULATORKEY00000000000',
  secret: input.apiKeySecret ?? 'simulator-secret',
  canWrite: input.apiKeyCanWrite ?? true,
});

const numberText = v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number));

const countSchema = v.pipe(v.number(), v.integer(), v.minValue(0));

const EnvSchema = v.object({
  SIMULATOR_PORT: v.optional(numberText),
  SIMULATOR_HOST: v.optional(v.string()),
  /** Where clients reach the simulator, if that is not the address it listens on. */
  SIMULATOR_URL: v.optional(v.pipe(v.string(), v.url())),
  SIMULATOR_ACCOUNT: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/))),
  SIMULATOR_STATE_MS: v.optional(numberText),
  SIMULATOR_STATE_DURATIONS: v.optional(
    v.pipe(v.string(), v.parseJson(), v.record(v.string(), v.union([countSchema, RangeSchema]))),
  ),
  SIMULATOR_SPEED: v.optional(
    v.pipe(v.string(), v.regex(/^\d+(\.\d+)?$/), v.transform(Number), v.minValue(0.001)),
  ),
  SIMULATOR_RUN_IDS: v.optional(v.picklist(['timed', 'seeded'])),
  SIMULATOR_PLAN: v.optional(v.pipe(v.string(), v.parseJson(), PlanSchema)),
  SIMULATOR_SEED: v.optional(v.pipe(numberText, v.maxValue(SEEDS_LIMIT - 1))),
  SIMULATOR_TOKEN_LIFETIME_SECONDS: v.optional(numberText),
  SIMULATOR_SWITCHES: v.optional(v.pipe(v.string(), v.parseJson(), SwitchesSchema)),
  SPACELIFT_API_KEY_ID: v.optional(v.string()),
  SPACELIFT_API_KEY_SECRET: v.optional(v.string()),
  SIMULATOR_API_KEYS: v.optional(v.pipe(v.string(), v.parseJson(), v.array(ApiKeySchema))),
});

export type ServeInput = SimulatorInput & { readonly port?: number; readonly host?: string };

/** Reads the environment; what it does not name keeps its default, what it names wrongly throws. */
export function readEnv(
  env: Readonly<Record<string, string | undefined>>,
): ServeInput & { readonly port: number } {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = v.safeParse(EnvSchema, set);
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw new RangeError(
      `Cannot read environment: ${v.getDotPath(issue)} is invalid: ${issue.message}`,
    );
  }
  const values = parsed.output;
  return {
    port: values.SIMULATOR_PORT ?? DEFAULT_PORT,
    ...(values.SIMULATOR_HOST !== undefined && { host: values.SIMULATOR_HOST }),
    ...(values.SIMULATOR_URL !== undefined && { accountUrl: values.SIMULATOR_URL }),
    ...(values.SIMULATOR_ACCOUNT !== undefined && { account: values.SIMULATOR_ACCOUNT }),
    ...(values.SIMULATOR_STATE_MS !== undefined && { stateMs: values.SIMULATOR_STATE_MS }),
    ...(values.SIMULATOR_STATE_DURATIONS !== undefined && {
      stateDurations: values.SIMULATOR_STATE_DURATIONS,
    }),
    ...(values.SIMULATOR_SPEED !== undefined && { speed: values.SIMULATOR_SPEED }),
    ...(values.SIMULATOR_RUN_IDS !== undefined && { runIds: values.SIMULATOR_RUN_IDS }),
    ...(values.SIMULATOR_PLAN !== undefined && { plan: values.SIMULATOR_PLAN }),
    ...(values.SIMULATOR_SEED !== undefined && { seed: values.SIMULATOR_SEED }),
    ...(values.SIMULATOR_TOKEN_LIFETIME_SECONDS !== undefined && {
      tokenLifetimeSeconds: values.SIMULATOR_TOKEN_LIFETIME_SECONDS,
    }),
    ...(values.SIMULATOR_SWITCHES !== undefined && { switches: values.SIMULATOR_SWITCHES }),
    ...(values.SPACELIFT_API_KEY_ID !== undefined && { apiKeyId: values.SPACELIFT_API_KEY_ID }),
    ...(values.SPACELIFT_API_KEY_SECRET !== undefined && {
      apiKeySecret: values.SPACELIFT_API_KEY_SECRET,
    }),
    ...(values.SIMULATOR_API_KEYS !== undefined && { apiKeys: values.SIMULATOR_API_KEYS }),
  };
}
