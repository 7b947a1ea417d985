/**
 * Lets other people make runs at Spacelift, and sends intents, until enough deliveries have been sent. Meanwhile switches
 * webhooks on again that failed too often, and says how many deliveries have been sent, so that faults strike on their
 * mark.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SimulatorClient } from '../launcher/simulator-client.ts';
import { planAccount, planRun } from './account.ts';
import { type PlannedIntent, planBurst } from './bursts.ts';
import { UNKNOWN_STACK } from './surroundings.ts';

export type TrafficOptions = {
  readonly seed: number;
  /** About how many deliveries to send. */
  readonly deliveries: number;
  readonly simulator: SimulatorClient;
  readonly sendIntents: (intents: readonly PlannedIntent[]) => void;
  readonly onSent: (sent: number) => void;
  /** While this holds, no new run is made. */
  readonly isHeld: () => boolean;
  readonly onEnabled: (webhookIds: readonly string[]) => void;
  /** Aborted when the time is over. */
  readonly signal: AbortSignal;
};

/** Often enough that a fault strikes within a few deliveries of its mark. */
const LOOK_MS = 100;
/** A webhook that was switched off stays so for up to this. */
const ENABLE_MS = 1000;

/** Long enough for every fault and what it takes to come back from it, beside the arrivals themselves. */
const arrivalMs = (deliveries: number): number => 20_000 + deliveries * 25;

/** What an open run still sends, as a share of all its deliveries. */
const REST_OF_RUN = 0.5;

/** Every other one is a burst of intents. */
const TURNS = 2;

/** With so much of it sent, every fault has struck; the rest comes while everything comes to rest. */
const NEARLY = 0.9;

export async function sendTraffic({
  seed,
  deliveries,
  simulator,
  sendIntents,
  onSent,
  onEnabled,
  isHeld,
  signal,
}: TrafficOptions): Promise<void> {
  const { deliveriesPerRun } = planAccount(seed);
  const runEveryMs = (arrivalMs(deliveries) * deliveriesPerRun) / deliveries;
  let asked = 0;
  let number = 0;
  /** Runs that may be made, in fractions: grows with the time that is not held. */
  let credit = 1;
  let lookedAt = Date.now();
  let enabledAt = lookedAt;
  let isEnough = false;
  for (;;) {
    signal.throwIfAborted();
    const counts = await simulator.counts();
    const { pending, delivered, failed } = counts.deliveries;
    const sent = pending + delivered + failed;
    onSent(sent);
    const { open, ended } = counts.runs;
    const awaited = open * REST_OF_RUN + Math.max(0, asked - open - ended);
    isEnough ||= sent + awaited * deliveriesPerRun >= deliveries;
    if (isEnough && sent >= deliveries * NEARLY && pending === 0) return;
    const now = Date.now();
    if (!isHeld()) credit += (now - lookedAt) / runEveryMs;
    lookedAt = now;
    if (now - enabledAt >= ENABLE_MS) {
      enabledAt = now;
      const enabled = await enableAll(simulator);
      if (enabled.length > 0) onEnabled(enabled);
    }
    if (isEnough) credit = 0;
    for (; credit >= 1; number += 1) {
      const made = await ask(number);
      credit -= made;
      asked += made;
    }
    isEnough &&= sent >= deliveries * NEARLY || asked > open + ended || open > 0;
    await sleep(LOOK_MS);
  }

  /** How many runs will come of it. */
  async function ask(index: number): Promise<number> {
    if (index % TURNS !== 0) {
      await startRun(simulator, seed, index);
      return 1;
    }
    const burst = planBurst(seed, index / TURNS);
    sendIntents(burst);
    return burst.filter(({ stackId }) => stackId !== UNKNOWN_STACK).length;
  }
}

/** The ids of those that were off. */
export async function enableAll(simulator: SimulatorClient): Promise<readonly string[]> {
  const off = (await simulator.webhooks()).filter(({ enabled }) => !enabled).map(({ id }) => id);
  for (const id of off) await simulator.enableWebhook(id);
  return off;
}

async function startRun(simulator: SimulatorClient, seed: number, number: number): Promise<void> {
  const { stackId, script, run } = planRun(seed, number);
  await simulator.startRun(stackId, { ...run, script });
}
