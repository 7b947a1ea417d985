/**
 * One chaos: brings the path up, sends traffic, strikes the parts meanwhile, brings everything back, waits until it has
 * come to rest, and records what happened. Judges nothing (checker.ts); what it tells is told as it happens.
 */
import type { Client } from '@temporalio/client';
import { webhookUrl } from '../launcher/edge-client.ts';
import { eventually } from '../launcher/eventually.ts';
import { type Path, startPath } from '../launcher/path.ts';
import type { OnPathEvent } from '../launcher/path-event.ts';
import { createSimulatorClient, type SimulatorClient } from '../launcher/simulator-client.ts';
import { SIMULATED_ACCOUNT } from '../launcher/spacelift-target.ts';
import { createTemporalClient } from '../launcher/temporal-connection.ts';
import { inheritedEnv, withoutServices } from '../launcher/toolchain.ts';
import { planAccount } from './account.ts';
import { planApiFaults, RUNS_PLAN } from './api-faults.ts';
import type { ChaosHistory } from './history.ts';
import { createInboxReader, type InboxReader } from './inbox-reader.ts';
import { createIntentSender, type IntentSender } from './intent-sender.ts';
import { createKeeper, type Keeper } from './keeper.ts';
import { type HeardNotices, listenForNotices } from './listen-notices.ts';
import { createPeople, type People } from './people.ts';
import { readHistory } from './record.ts';
import { comeToRest } from './rest.ts';
import { planFaults, type PlannedFault } from './schedule.ts';
import { LEFT_IN_DOUBT, partEnv, SETTLE_MS } from './surroundings.ts';
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
  readonly intents: IntentSender;
  readonly people: People;
};

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
  const notices = listenForNotices();
  const path = await startPath({
    stateDirectory,
    ports: 'any',
    // Never somebody's own Temporal server or Spacelift account.
    hostEnv: withoutServices(inheritedEnv(process.env)),
    env: partEnv(seed, SIMULATED_ACCOUNT),
    onEvent: options.onPathEvent,
    onLine: (name, line) => name === 'worker' && notices.take(line),
    onDeath: ({ part, how }) => keepers.get(part.name)?.revive(how),
    signal: deadline,
  });
  const { client: temporal, close } = createTemporalClient(path.temporal);
  const over = new AbortController();
  try {
    const ground = groundOf(path, temporal, notices, options, over.signal);
    const isAtRest = await within(deadline, carryOut({ ...ground, keepers, struck }, options));
    over.abort();
    for (const part of path.parts) part.thaw();
    const history = await recordHistory(ground, notices, [...keepers.values()]);
    return { history, struck, isAtRest };
  } finally {
    over.abort();
    progress('Stopping …');
    await close();
    await path.stop();
  }
}

function groundOf(
  path: Path,
  temporal: Client,
  notices: HeardNotices,
  { seed }: ChaosOptions,
  signal: AbortSignal,
) {
  const { secrets, spacelift, urls } = path;
  const { account } = spacelift;
  const simulator = createSimulatorClient(urls.simulator);
  const secret = secrets.intentsSecret;
  return {
    path,
    temporal,
    simulator,
    inboxes: createInboxReader(urls.edge, secrets.operatorToken),
    intents: createIntentSender({ edgeUrl: urls.edge, secret, account, signal }),
    people: createPeople({
      seed,
      account,
      simulator,
      temporal,
      isTold: notices.isWaitTold,
      signal,
    }),
  };
}

async function recordHistory(
  { path, simulator, inboxes, temporal, intents, people }: Omit<Ground, 'keepers' | 'struck'>,
  notices: HeardNotices,
  keepers: readonly Keeper[],
): Promise<ChaosHistory> {
  const { account, apiKeyId } = path.spacelift;
  const sources = { account, apiKeyId, simulator, inboxes, temporal };
  return {
    ...(await eventually('the history', RECORD_WITHIN_MS, () => readHistory(sources))),
    settleMs: SETTLE_MS,
    leftInDoubt: LEFT_IN_DOUBT,
    standstills: keepers.flatMap(({ name, standstills }) =>
      name === 'simulator' ? standstills() : [],
    ),
    intents: intents.sent(),
    told: notices.keys(),
    decisions: people.decisions(),
  };
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
  const { path, keepers, intents, people } = ground;
  const { progress, deadline } = options;
  await furnish(ground, options.seed);
  // Ends with the chaos; what it meets on the way is no failure of its own.
  void people.watch();
  await strikeWhileSending(ground, options);
  progress('Waiting until every part is back …');
  await Promise.all([...keepers.values()].map((keeper) => keeper.settled()));
  const { account } = path.spacelift;
  const { countUnsent } = intents;
  await comeToRest({ ...ground, account, countUnsent, progress, deadline });
}

async function furnish({ path, simulator }: Ground, seed: number): Promise<void> {
  const { stacks, webhooks } = planAccount(seed);
  const secret = path.secrets.webhookSecret;
  for (const stack of stacks) await simulator.addStack(stack);
  for (const webhook of webhooks)
    await simulator.addWebhook({ ...webhook, url: webhookUrl(path.urls.edge, null), secret });
  await simulator.setPlan(RUNS_PLAN);
  for (const fault of planApiFaults(seed)) await simulator.addFault(fault);
}

async function strikeWhileSending(
  { path, simulator, keepers, struck, intents }: Ground,
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
    sendIntents: intents.send,
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
