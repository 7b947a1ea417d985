/**
 * One inbox: a Durable Object per stack, with the deliveries in its SQLite. Forwarding is the alarm's alone, because an
 * alarm never runs beside itself: no lease on a row, no lock, and order comes free. The alarm is set anew before every
 * call to the starter, so that neither a crash nor an exception can end the chain.
 */
import { DurableObject } from 'cloudflare:workers';
import { BATCH_EVENTS_LIMIT } from '../../shared/contract/envelope.ts';
import { traceIdOf } from '../../shared/contract/trace.ts';
import { DEFAULT_PACING, type Pacing, parseConfig } from '../config.ts';
import type {
  Acceptance,
  DeliveryDetails,
  DeliveryList,
  InboxCounts,
  ListQuery,
  Outage,
} from '../inbox.ts';
import { createLog, type Log } from '../log.ts';
import { decideSettlement, lengthenOutage, nextWakeAt } from '../settle.ts';
import { type Answer, createTransport, type ForwardFault, type Transport } from '../transport.ts';
import { type DueDelivery, InboxStore, type StoredDelivery } from './inbox-store.ts';
import { countDeliveries, listDeliveries, showDelivery } from './inbox-views.ts';
import { prune } from './prune.ts';
import type { InboxDirectory } from './inbox-directory.ts';
import { directoryOf } from './inbox-directory.ts';

/** A crash sends one batch again, so batches are small while the inbox keeps up. */
const BATCH_EVENTS = 20;

/** One envelope of the longest texts is near 200 KB; the starter reads no more than this at once, or one event. */
const BATCH_BYTES = 1024 * 1024;

/** Batches in one run of the alarm; the next run begins with a fresh CPU allowance. */
const BATCHES_PER_ALARM = 50;

/** How much later than the call's own deadline the alarm rings if nobody is left to set it otherwise. */
const LEASE_MARGIN_MS = 5000;

export type InboxObjectEnv = {
  readonly INBOX_DIRECTORY: DurableObjectNamespace<InboxDirectory>;
};

export class InboxObject extends DurableObject<InboxObjectEnv> {
  readonly #store: InboxStore;
  readonly #forward: Transport;
  readonly #pacing: Pacing;
  readonly #leaseMs: number;
  readonly #log: Log;

  constructor(ctx: DurableObjectState, env: InboxObjectEnv) {
    super(ctx, env);
    const parsed = parseConfig(env);
    const config = parsed.ok ? parsed.value : null;
    const starter = config?.starter ?? null;
    this.#store = new InboxStore(ctx.storage.sql);
    this.#pacing = config?.pacing ?? DEFAULT_PACING;
    this.#leaseMs = (starter?.timeoutMs ?? 0) + LEASE_MARGIN_MS;
    this.#log = createLog(config?.logLevel ?? 'info');
    this.#forward = createTransport({
      starter,
      fetch: (url, init) => fetch(url, init),
      clock: () => Date.now(),
      newId: () => crypto.randomUUID(),
    });
  }

  /** Keeps a delivery; answered only when the row and the alarm are on disk. */
  async accept(inbox: string, delivery: StoredDelivery): Promise<Acceptance> {
    const armedAt = await this.ctx.storage.getAlarm();
    // From here to setAlarm there is no pause: row and alarm are written together.
    const acceptance = this.#store.insert(delivery);
    this.#store.setMemo('name', inbox);
    const wakeAt = Math.max(Date.now(), this.#outage?.until ?? 0);
    // Whatever this one is: an earlier delivery may have been cut off between row and alarm.
    if (this.#store.hasPending() && (armedAt === null || armedAt > wakeAt))
      await this.ctx.storage.setAlarm(wakeAt);
    this.ctx.waitUntil(this.#register());
    return acceptance;
  }

  list(query: ListQuery): DeliveryList {
    return { outage: this.#outage, ...listDeliveries(this.ctx.storage.sql, query) };
  }

  show(deliveryId: string): DeliveryDetails | null {
    const shown = showDelivery(this.ctx.storage.sql, deliveryId);
    return shown && { outage: this.#outage, ...shown };
  }

  count(): InboxCounts {
    return { outage: this.#outage, ...countDeliveries(this.ctx.storage.sql) };
  }

  get #outage(): Outage | null {
    return this.#store.memo('outage');
  }

  override async alarm(): Promise<void> {
    this.ctx.waitUntil(this.#register());
    try {
      await this.#drain();
    } catch (error) {
      // Thrown on, the platform would try six times and then never again.
      this.#log.error('Cannot drain inbox', { inbox: this.#name(), error: String(error) });
      await this.ctx.storage.setAlarm(Date.now() + this.#pacing.backoffCapMs);
    }
  }

  async #drain(): Promise<void> {
    this.#pruneWhenDue();
    for (let round = 0; round < BATCHES_PER_ALARM; round += 1) {
      const now = Date.now();
      const isOut = (this.#outage?.until ?? 0) > now;
      const batch = isOut ? [] : batchOf(this.#store.due(now, BATCH_EVENTS_LIMIT));
      const [first] = batch;
      // In one turn with the look above: an accept in between would believe that an alarm is armed.
      if (first === undefined) return this.#rest();
      await this.ctx.storage.setAlarm(now + this.#leaseMs);
      const forwarded = await this.#forward({
        keys: batch.map(({ key }) => key),
        envelopes: batch.map(({ envelope }) => envelope),
        traceparent: first.traceparent,
      });
      if (forwarded.ok) this.#settle(batch, forwarded.value);
      else this.#recordFault(forwarded.error, batch);
    }
    await this.ctx.storage.setAlarm(Date.now());
  }

  async #rest(): Promise<void> {
    const wakeAt = nextWakeAt({
      dueAt: this.#store.nextDueAt(),
      outageUntil: this.#outage?.until ?? null,
      pruneAt: this.#store.memo('pruneAt'),
    });
    await (wakeAt === null
      ? this.ctx.storage.deleteAlarm()
      : this.ctx.storage.setAlarm(Math.max(wakeAt, Date.now())));
  }

  #settle(batch: readonly DueDelivery[], { verdicts, retryAfterMs }: Answer): void {
    const now = Date.now();
    // One draw for the whole answer: what was refused together comes again together, in one batch.
    const random = Math.random();
    this.#store.setMemo('outage', null);
    for (const [index, verdict] of verdicts.entries()) {
      const delivery = batch[index];
      if (delivery === undefined) return;
      const settlement = decideSettlement(delivery, verdict, {
        now,
        random,
        retryAfterMs,
        pacing: this.#pacing,
        hasDeliveredSince: (since) => this.#store.hasDeliveredSince(since),
      });
      this.#store.settle(delivery.key, settlement);
      if (settlement.status === 'delivered' && this.#store.memo('pruneAt') === null)
        this.#store.setMemo('pruneAt', now + this.#pacing.deliveredRetentionMs);
      const write = settlement.status === 'parked' ? this.#log.error : this.#log.info;
      write(`Delivery ${settlement.status === 'pending' ? 'held' : settlement.status}`, {
        ...this.#fieldsOf(delivery),
        verdict: verdict.verdict,
        executionId: verdict.executionId,
        reason: verdict.reason,
      });
    }
  }

  #recordFault(fault: ForwardFault, batch: readonly DueDelivery[]): void {
    const outage = lengthenOutage(this.#outage, fault, {
      now: Date.now(),
      random: Math.random(),
      pacing: this.#pacing,
    });
    this.#store.setMemo('outage', outage);
    const write = fault.isConfiguration ? this.#log.error : this.#log.warn;
    write(fault.isConfiguration ? 'Starter is misconfigured' : 'Starter is unreachable', {
      inbox: this.#name(),
      error: fault.error,
      attempts: outage.failures,
      waitMs: outage.until - Date.now(),
      count: batch.length,
    });
  }

  #pruneWhenDue(): void {
    const pruneAt = this.#store.memo('pruneAt');
    if (pruneAt === null || pruneAt > Date.now()) return;
    this.#store.setMemo('pruneAt', prune(this.ctx.storage.sql, Date.now(), this.#pacing));
  }

  /** Makes the inbox known to operators, once; a failure costs nothing but another try at the next occasion. */
  async #register(): Promise<void> {
    const name = this.#store.memo('name');
    if (name === null || this.#store.memo('registered') === true) return;
    try {
      await directoryOf(this.env.INBOX_DIRECTORY).register(name);
      this.#store.setMemo('registered', true);
    } catch (error) {
      this.#log.warn('Cannot register inbox', { inbox: name, error: String(error) });
    }
  }

  #name(): string | null {
    return this.#store.memo('name');
  }

  #fieldsOf({ key, deliveryId, eventType, traceparent }: DueDelivery) {
    return { key, deliveryId, eventType, traceId: traceIdOf(traceparent), inbox: this.#name() };
  }
}

/** A small batch, or a large one when there is more than enough for it; never over the starter's size but for one event. */
function batchOf(due: readonly DueDelivery[]): readonly DueDelivery[] {
  const batch = due.slice(0, due.length < BATCH_EVENTS_LIMIT ? BATCH_EVENTS : BATCH_EVENTS_LIMIT);
  let bytes = 0;
  const end = batch.findIndex(({ envelope }) => {
    bytes += envelope.length;
    return bytes > BATCH_BYTES;
  });
  return end === -1 ? batch : batch.slice(0, Math.max(1, end));
}
