/**
 * How each part is started: its command, its environment and how it shows that it is ready. Secrets travel in the
 * environment or in a file only the owner can read, never in arguments, which every user of the machine can see.
 */
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../shared/contract/names.ts';
import { edgePart } from './edge-part.ts';
import type { PartName } from './part-names.ts';
import { LOOPBACK, type Plan, urlOf } from './plan.ts';
import type { PartSpec } from './processes.ts';
import { looksReady } from './temporal-connection.ts';
import { bunPath, type Env, nodePath, PROJECT_ROOT } from './toolchain.ts';

export const specsOf = (plan: Plan, cliPath: string): Readonly<Record<PartName, PartSpec>> => ({
  temporal: temporalPart(plan, cliPath),
  simulator: simulatorPart(plan),
  worker: workerPart(plan),
  starter: starterPart(plan),
  edge: edgePart(plan),
});

const script = (path: string) => join(PROJECT_ROOT, path);

/**
 * With its defaults the dev server hands out tasks on a 50 ms tick; these two take the tick away, and every step of a
 * run is visibly quicker.
 */
const POLL_RATES = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
];

const temporalPart = (plan: Plan, cliPath: string): PartSpec => ({
  name: 'temporal',
  command: cliPath,
  args: [
    'server',
    'start-dev',
    `--ip=${LOOPBACK}`,
    `--port=${plan.ports.temporal}`,
    `--ui-port=${plan.ports.temporalUi}`,
    `--db-filename=${join(plan.stateDirectory, 'temporal.db')}`,
    '--log-level=warn',
    ...POLL_RATES.map((rate) => `--dynamic-config-value=${rate}`),
    ...Object.values(SEARCH_ATTRIBUTES).map((name) => `--search-attribute=${name}=Keyword`),
  ],
  env: { ...plan.inherited, ...plan.env.temporal },
  readiness: { by: 'look', look: () => looksReady(plan.temporal) },
});

const simulatorPart = (plan: Plan): PartSpec => ({
  name: 'simulator',
  command: nodePath(),
  args: [script('dev/simulator/main.ts')],
  env: {
    ...plan.inherited,
    SIMULATOR_PORT: String(plan.ports.simulator),
    SIMULATOR_ACCOUNT: plan.spacelift.account,
    SPACELIFT_API_KEY_ID: plan.spacelift.apiKeyId,
    SPACELIFT_API_KEY_SECRET: plan.spacelift.apiKeySecret,
    ...plan.env.simulator,
  },
  readiness: { by: 'http', url: `${urlOf(plan.ports.simulator)}/control/journal` },
});

const workerPart = (plan: Plan): PartSpec => ({
  name: 'worker',
  command: plan.workerRuntime === 'bun' ? bunPath() : nodePath(),
  args: [script('worker/worker.ts')],
  env: {
    ...plan.inherited,
    ...plan.temporal.env,
    SPACELIFT_API_KEY_ENDPOINT: plan.spacelift.endpoint,
    SPACELIFT_API_KEY_ID: plan.spacelift.apiKeyId,
    SPACELIFT_API_KEY_SECRET: plan.spacelift.apiKeySecret,
    SPACELIFT_ACCOUNT: plan.spacelift.account,
    WORKER_PORT: String(plan.ports.worker),
    WORKER_SDK_METRICS_PORT: String(plan.ports.workerSdkMetrics),
    ...(plan.spacelift.isSimulated && quickSweep(plan)),
    ...plan.env.worker,
  },
  readiness: { by: 'http', url: `${urlOf(plan.ports.worker)}/readyz` },
});

const starterPart = (plan: Plan): PartSpec => ({
  name: 'starter',
  command: nodePath(),
  args: [script('worker/starter.ts')],
  env: {
    ...plan.inherited,
    ...plan.temporal.env,
    STARTER_PORT: String(plan.ports.starter),
    ENVELOPE_SECRET: plan.secrets.envelopeSecret,
    ...(plan.spacelift.isSimulated && quickSettle(plan)),
    ...plan.env.starter,
  },
  readiness: { by: 'http', url: `${urlOf(plan.ports.starter)}/readyz` },
});

/** A real account bears with the usual five minutes; who plays with dropped webhooks does not want to wait for it. */
const quickSweep = ({ inherited }: Plan): Env => ({
  SWEEP_INTERVAL_MS: inherited['SWEEP_INTERVAL_MS'] ?? '15000',
});

/** The simulator creates a run within a second or never; half a minute of doubt would only be waited out. */
const quickSettle = ({ inherited }: Plan): Env => ({ SETTLE_MS: inherited['SETTLE_MS'] ?? '2000' });
