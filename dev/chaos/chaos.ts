/**
 * One chaos: brings the path up, sends traffic, strikes the parts meanwhile, brings everything back, waits until it has
 * come to rest, and records what happened. Judges nothing (checker.ts); what it tells is told as it happens.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { webhookUrl } from '../launcher/edge-client.ts';
import { eventually } from '../launcher/eventually.ts';
import { type Path, startPath } from '../launcher/path.ts';
import type { OnPathEvent } from '../launcher/path-event.ts';
import { createSimulatorClient, type SimulatorClient } from '../launcher/simulator-client.ts';
import { createTemporalClient } from '../launcher/temporal-connection.ts';
import { inheritedEnv, withoutServices } from '../launcher/toolchain.ts';
import { planAccount, planSwitches } from './account.ts';
import type { ChaosHistory } from './history.ts';
import { createInboxReader, type InboxReader } from './inbox-reader.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { recordHistory } from './record.ts';
import { FORWARD_TIMEOUT_MS, planFaults, type PlannedFault } from './schedule.ts';
import { sendTraffic } from './traffic.ts';

export type ChaosOptions = {
  readonly seed: number;
  readonly deliveries: number;
  readonly stateDirectory: string;
  readonly onPathEvent: OnPathEvent;
  /** What is done to the path, when so many deliveries have been sent. */
  readonly tell: (sent: number, what: string) => void;
  /** What is waited for. */
  readonly progress: (text: string) => void;
  /** Aborted when the time is over. */
  readonly deadline: AbortSignal;
};

type Ground = {
  readonly path: Path;
  readonly simulator: SimulatorClient;
  readonly inboxes: InboxReader;
  readonly temporal: Client;
  readonly keepers: Map<string, Keeper>;
  readonly struck: PlannedFault[];
};

/** Intervals that suit a run of seconds; silence is as long as a freeze may last. */
const partEnv = (seed: number) => ({
  starter: { SETTLE_MS: '500', SILENCE_MS: '3000', WAITING_SILENCE_MS: '3000' },
  edge: {
    LINGER_MS: '500',
    BACKOFF_BASE_MS: '200',
    BACKOFF_CAP_MS: '1000',
    FORWARD_TIMEOUT_MS: String(FORWARD_TIMEOUT_MS),
  },
  worker: { SPACELIFT_MAX_REQUESTS_PER_SECOND: '100' },
  simulator: {
    SIMULATOR_SEED: String(seed),
    SIMULATOR_STATE_MS: '60',
    SIMULATOR_SWITCHES: JSON.stringify(planSwitches(seed)),
  },
});

/** Between two looks at what is still under way. */
const LOOK_MS = 250;

/** For reading at the end, whether all is at rest or the time is over. */
const RECORD_WITHIN_MS = 60_000;

export type PlayedChaos = {
  readonly history: ChaosHistory;
  readonly struck: readonly PlannedFault[];
  /** False when the time was over before everything had come to rest. */
  readonly isAtRest: boolean;
};

export async function playChaos(options: ChaosOptions): Promise<PlayedChaos> {
  const { seed, stateDirectory, deadline, progress } = options;
  const keepers = new Map<string, Keeper>();
  const struck: PlannedFault[] = [];
  const path = await startPath({
    stateDirectory,
    ports: 'any',
    // Never somebody's own Temporal server or Spacelift account.
    hostEnv: withoutServices(inheritedEnv(process.env)),
    env: partEnv(seed),
    onEvent: options.onPathEvent,
    onDeath: ({ part, how }) => keepers.get(part.name)?.revive(how),
    signal: deadline,
  });
  const { client: temporal, close } = createTemporalClient(path.temporal);
  try {
    const simulator = createSimulatorClient(path.urls.simulator);
    const inboxes = createInboxReader(path.urls.edge, path.secrets.operatorToken);
    const ground = { path, simulator, inboxes, temporal, keepers, struck };
    const isAtRest = await within(deadline, carryOut(ground, options));
    for (const part of path.parts) part.thaw();
    const { account } = path.spacelift;
    const history = await eventually('the history', RECORD_WITHIN_MS, () =>
      recordHistory({ account, simulator, inboxes, temporal }),
    );
    return { history, struck, isAtRest };
  } finally {
    progress('Stopping …');
    await close();
    await path.stop();
  }
}

/** False when the time is over first; the work then ends by itself, and nobody hears of it. */
async function within(deadline: AbortSignal, work: Promise<void>): Promise<boolean> {
  const overdue = new Promise<false>((resolve) => {
    deadline.addEventListener('abort', () => resolve(false), { once: true });
  });
  work.catch(() => {});
  return Promise.race([work.then(() => true), overdue]);
}

async function carryOut(ground: Ground, options: ChaosOptions): Promise<void> {
  await furnish(ground, options.seed);
  await strikeWhileSending(ground, options);
  options.progress('Waiting until every part is back …');
  await Promise.all([...ground.keepers.values()].map((keeper) => keeper.settled()));
  await comeToRest(ground, options);
}

async function furnish({ path, simulator }: Ground, seed: number): Promise<void> {
  const { stacks, webhooks } = planAccount(seed);
  const secret = path.secrets.webhookSecret;
  for (const stack of stacks) await simulator.addStack(stack);
  for (const webhook of webhooks)
    await simulator.addWebhook({ ...webhook, url: webhookUrl(path.urls.edge, null), secret });
}

async function strikeWhileSending(
  { path, simulator, keepers, struck }: Ground,
  { seed, deliveries, tell, progress, deadline }: ChaosOptions,
): Promise<void> {
  let sentSoFar = 0;
  const told = (what: string) => tell(sentSoFar, what);
  for (const part of path.parts)
    keepers.set(part.name, createKeeper(part, { tell: told, signal: deadline }));

  const faults = planFaults(seed, deliveries).values();
  let next = faults.next();
  await sendTraffic({
    seed,
    deliveries,
    simulator,
    signal: deadline,
    onEnabled: (webhookIds) => told(`switched on again: ${webhookIds.join(', ')}`),
    // Else a slow machine would have sent everything before the last faults strike.
    isHeld: () => [...keepers.values()].some((keeper) => keeper.isBehind()),
    onSent(sent) {
      sentSoFar = sent;
      progress(`${sent} of ${deliveries} deliveries sent …`);
      for (; !next.done && next.value.after <= sent; next = faults.next()) {
        struck.push(next.value);
        keepers.get(next.value.part)?.strike(next.value);
      }
    },
  });
}

/** Until no delivery is pending and no execution open; parts that are only just back may not answer at once. */
async function comeToRest({ inboxes, temporal }: Ground, { progress, deadline }: ChaosOptions) {
  for (;;) {
    deadline.throwIfAborted();
    try {
      const pending = await inboxes.countPending();
      const { count } = await temporal.workflow.count("ExecutionStatus = 'Running'");
      if (pending === 0 && count === 0) return;
      progress(`${pending} deliveries pending, ${count} executions open …`);
    } catch (error) {
      progress(error instanceof Error ? error.message : String(error));
    }
    await sleep(LOOK_MS);
  }
}
