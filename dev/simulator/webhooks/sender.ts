/**
 * Sends each transition to the webhooks that listen, as their faults allow. The body is made when the run enters the
 * state, so every try of a delivery carries the same bytes; deliveries are begun in the order of transitions and do not
 * wait for each other.
 */
import { createRandom, type Random } from '../../random.ts';
import { Pauses } from '../clock.ts';
import type { DeliveryEntry, Journal } from '../journal.ts';
import type { RunTransition } from '../model.ts';
import type { SimulatorOptions } from '../options.ts';
import { decideFate } from './fate.ts';
import { createDefaultRunPayload, type PayloadFacts } from './payloads/default-run.ts';
import { stringifyWithIntegers } from './payloads/integers.ts';
import { createRunUpdatedPayload } from './payloads/run-updated.ts';
import { recordOutcome, type Webhook, type WebhookRegistry } from './registry.ts';
import { createSignatureHeaders } from './signature.ts';
import { createTraceHeaders } from './trace-headers.ts';
import { isFailure, isTriedAgain } from './tries.ts';

type Content = { readonly body: string; readonly delayMs: number };

type SenderDeps = {
  readonly options: SimulatorOptions;
  readonly webhooks: WebhookRegistry;
  readonly journal: Journal;
};

export class WebhookSender {
  readonly #deps: SenderDeps;
  readonly #closing = new AbortController();
  readonly #pauses: Pauses;
  readonly #underWay = new Set<Promise<void>>();
  /** The last delivery of each run and webhook, for the switch that makes the next one wait. */
  readonly #lastOf = new Map<string, Promise<void>>();

  constructor(deps: SenderDeps) {
    this.#deps = deps;
    this.#pauses = new Pauses(deps.options.clock);
  }

  send(moved: RunTransition): void {
    for (const webhook of this.#deps.webhooks.listening(moved.stack.id)) {
      const body = this.#createBody(webhook, moved);
      const delays = decideFate(webhook.faults, this.#randomOf(webhook, moved));
      if (delays.length === 0) this.#record(webhook, moved, { copy: 1, outcome: 'dropped' });
      for (const [index, delayMs] of delays.entries()) {
        const entry = this.#record(webhook, moved, { copy: index + 1, outcome: 'pending' });
        this.#begin(webhook, entry, { body, delayMs });
      }
    }
  }

  /** Calls off what is under way and resolves when nothing is. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#pauses.endAll();
    await Promise.all(this.#underWay);
  }

  #record(
    webhook: Webhook,
    { run, stack, transition }: RunTransition,
    sent: Pick<DeliveryEntry, 'copy' | 'outcome'>,
  ): DeliveryEntry {
    const entry: DeliveryEntry = {
      at: this.#deps.options.clock.now(),
      webhook: webhook.id,
      url: webhook.url,
      family: webhook.family,
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
  #randomOf(webhook: Webhook, { run, stack, transition }: RunTransition): Random {
    const { seed } = this.#deps.options;
    return createRandom(seed, webhook.id, stack.id, run.ordinal, transition.stateVersion);
  }

  #begin(webhook: Webhook, entry: DeliveryEntry, content: Content): void {
    const lane = `${webhook.id}/${entry.run}`;
    const waits = this.#deps.options.switches.deliveryOrder === 'one-by-one';
    const before = waits ? this.#lastOf.get(lane) : undefined;
    const delivery = this.#deliver(webhook, entry, content, before).finally(() => {
      this.#underWay.delete(delivery);
      if (this.#lastOf.get(lane) === delivery) this.#lastOf.delete(lane);
    });
    this.#underWay.add(delivery);
    this.#lastOf.set(lane, delivery);
  }

  async #deliver(
    webhook: Webhook,
    entry: DeliveryEntry,
    { body, delayMs }: Content,
    before: Promise<void> | undefined,
  ): Promise<void> {
    const { switches } = this.#deps.options;
    await before;
    if (delayMs > 0) await this.#pauses.wait(delayMs);
    const headers = this.#createHeaders(webhook, body);
    for (;;) {
      if (this.#closing.signal.aborted) return;
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

  #createBody(webhook: Webhook, moved: RunTransition): string {
    const { account, accountUrl, switches } = this.#deps.options;
    const facts: PayloadFacts = { ...moved, account, accountUrl };
    if (webhook.family === 'default')
      return JSON.stringify(createDefaultRunPayload(facts, switches.emptyFields));
    const endpoints = this.#deps.webhooks.list().filter(({ stack }) => stack === null);
    const payload = createRunUpdatedPayload(facts, endpoints, switches.publicWorkerPool);
    return stringifyWithIntegers(payload, switches.policyNumbers);
  }

  #createHeaders(webhook: Webhook, body: string): Record<string, string> {
    const { random, switches } = this.#deps.options;
    return {
      'User-Agent': 'Go-http-client/2.0',
      'Accept-Encoding': 'gzip',
      'Content-Type': 'application/json',
      ...createTraceHeaders(random),
      ...webhook.headers,
      ...createSignatureHeaders(webhook.secret, body, switches),
    };
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}
