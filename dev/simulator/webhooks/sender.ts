/**
 * Sends each transition to the webhooks that listen, as their faults allow. The body is made when the run enters the
 * state, so every try of a delivery carries the same bytes; deliveries are begun in the order of transitions and do not
 * wait for each other.
 */
import { isTerminalState } from '../../../shared/contract/states.ts';
import { createRandom, type Random } from '../../random.ts';
import { Pauses } from '../clock.ts';
import type { DeliveryEntry, Journal } from '../journal.ts';
import type { RunTransition } from '../model.ts';
import type { SimulatorOptions } from '../options.ts';
import { createBody, createHeaders } from './content.ts';
import { decideFate } from './fate.ts';
import { Holds } from './holds.ts';
import {
  familiesOf,
  type PayloadFamily,
  recordOutcome,
  type Webhook,
  type WebhookRegistry,
} from './registry.ts';
import { isFailure, isTooLong, isTriedAgain } from './tries.ts';

/** A body on its way, and what it waits for first. */
type Parcel = {
  readonly body: string;
  readonly delayMs: number;
  readonly hold: Promise<void>;
  /** The webhook's when the delivery was made. */
  readonly secret: string;
};

const NO_HOLD = Promise.resolve();

type SenderDeps = {
  readonly options: SimulatorOptions;
  readonly webhooks: WebhookRegistry;
  readonly journal: Journal;
};

export class WebhookSender {
  readonly #deps: SenderDeps;
  readonly #closing = new AbortController();
  readonly #pauses: Pauses;
  readonly #holds: Holds;
  readonly #underWay = new Set<Promise<void>>();
  /** The last delivery of each run and webhook, for the switch that makes the next one wait. */
  readonly #lastOf = new Map<string, Promise<void>>();

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.#pauses = new Pauses(deps.options.clock);
    this.#holds = new Holds(this.#pauses);
  }

  send(moved: RunTransition): void {
    for (const webhook of this.#deps.webhooks.listening(moved.stack.id))
      for (const family of familiesOf(webhook)) this.#sendAs(family, webhook, moved);
  }

  /** Calls off what is under way and resolves when nothing is. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#pauses.endAll();
    await Promise.all(this.#underWay);
  }

  #sendAs(family: PayloadFamily, webhook: Webhook, moved: RunTransition): void {
    const { options, webhooks } = this.#deps;
    const endpoints = webhooks.list().filter(({ stack }) => stack === null);
    const body = createBody(family, moved, endpoints, options);
    const fate = decideFate(webhook.faults, this.#randomOf(webhook, family, moved));
    const isHeldBack = fate.isHeldBack;
    const delays = isTooLong(body, options.switches) ? [] : fate.delays;
    const kind = `${webhook.id}/${family}/${moved.run.id}`;
    const release = this.#holds.takeRelease(kind);
    // Nothing follows the end of a run, and deliveries that wait for each other cannot change places.
    const mayBeHeld =
      !isTerminalState(moved.transition.state) && options.switches.deliveryOrder === 'concurrent';
    const hold = isHeldBack && mayBeHeld && delays.length > 0 ? this.#holds.hold(kind) : NO_HOLD;
    if (delays.length === 0) this.#record(webhook, family, moved, { copy: 1, outcome: 'dropped' });
    const sent = delays.map((delayMs, index) => {
      const entry = this.#record(webhook, family, moved, { copy: index + 1, outcome: 'pending' });
      return this.#begin(webhook, entry, { body, delayMs, hold, secret: webhook.secret });
    });
    void Promise.all(sent).then(release);
  }

  #record(
    webhook: Webhook,
    family: PayloadFamily,
    { run, stack, transition }: RunTransition,
    sent: Pick<DeliveryEntry, 'copy' | 'outcome'>,
  ): DeliveryEntry {
    const entry: DeliveryEntry = {
      at: this.#deps.options.clock.now(),
      webhook: webhook.id,
      url: webhook.url,
      family,
      stack: stack.id,
      run: run.id,
      state: transition.state,
      stateVersion: transition.stateVersion,
      tries: [],
      ...sent,
    };
    this.#deps.journal.addDelivery(entry);
    return entry;
  }

  /** By what the delivery is, not by when it comes: timing then changes nothing that a seed decides. */
  #randomOf(
    webhook: Webhook,
    family: PayloadFamily,
    { run, stack, transition }: RunTransition,
  ): Random {
    const { seed } = this.#deps.options;
    const isSecond = webhook.family === 'both' && family === 'run_updated';
    const place = [webhook.id, stack.id, run.ordinal, transition.stateVersion];
    return createRandom(seed, ...place, ...(isSecond ? [family] : []));
  }

  #begin(webhook: Webhook, entry: DeliveryEntry, parcel: Parcel): Promise<void> {
    const lane = `${webhook.id}/${entry.run}`;
    const waits = this.#deps.options.switches.deliveryOrder === 'one-by-one';
    const before = waits ? this.#lastOf.get(lane) : undefined;
    const delivery = this.#deliver(webhook, entry, parcel, before).finally(() => {
      this.#underWay.delete(delivery);
      if (this.#lastOf.get(lane) === delivery) this.#lastOf.delete(lane);
    });
    this.#underWay.add(delivery);
    this.#lastOf.set(lane, delivery);
    return delivery;
  }

  async #deliver(
    webhook: Webhook,
    entry: DeliveryEntry,
    { body, delayMs, hold, secret }: Parcel,
    before: Promise<void> | undefined,
  ): Promise<void> {
    const { switches } = this.#deps.options;
    await Promise.all([before, hold]);
    if (delayMs > 0) await this.#pauses.wait(delayMs);
    for (;;) {
      if (this.#closing.signal.aborted) return;
      const current = switches.secretTakesEffect === 'next-try' ? webhook.secret : secret;
      const headers = createHeaders(webhook, current, body, this.#deps.options);
      const status = await this.#try(webhook, entry, { body, headers });
      const { retryOnFailure } = webhook;
      if (!isTriedAgain({ status, triesMade: entry.tries.length, retryOnFailure }, switches)) {
        this.#settle(webhook, entry, !isFailure(status, switches));
        return;
      }
      if (!this.#closing.signal.aborted) await this.#pauses.wait(switches.retryDelayMs);
    }
  }

  async #try(
    webhook: Webhook,
    entry: DeliveryEntry,
    content: { readonly body: string; readonly headers: Record<string, string> },
  ): Promise<number | null> {
    const { clock, fetch, switches } = this.#deps.options;
    const at = clock.now();
    try {
      const timeout = AbortSignal.timeout(switches.responseTimeoutMs);
      const response = await fetch(webhook.url, {
        ...content,
        method: webhook.method,
        redirect: switches.redirect,
        signal: AbortSignal.any([timeout, this.#closing.signal]),
      });
      await response.body?.cancel();
      entry.tries.push({ at, status: response.status });
      return response.status;
    } catch (error) {
      entry.tries.push({ at, status: null, error: reasonOf(error) });
      return null;
    }
  }

  #settle(webhook: Webhook, entry: DeliveryEntry, isDelivered: boolean): void {
    entry.outcome = isDelivered ? 'delivered' : 'failed';
    if (this.#closing.signal.aborted) return;
    const wasEnabled = webhook.enabled;
    recordOutcome(webhook, isDelivered);
    if (wasEnabled && !webhook.enabled)
      this.#deps.options.log('webhook switched off', { webhook: webhook.id });
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
