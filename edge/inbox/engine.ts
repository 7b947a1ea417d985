/**
 * One inbox at work: keeps deliveries and forwards them. Forwarding is the alarm's alone, because an alarm never runs
 * beside itself: no lease on a row, no lock, and order comes free. The alarm is set anew before every call to the
 * starter, so that neither a crash nor an exception can end the chain.
 */
import { BATCH_EVENTS_LIMIT } from '../../shared/contract/envelope.ts';
import { traceIdOf } from '../../shared/contract/trace.ts';
import type { Pacing } from '../config.ts';
import type { Log } from '../log.ts';
import type { Answer, ForwardFault, Transport } from '../transport.ts';
import { batchOf, toBatch } from './batch.ts';
import { gather } from './gather.ts';
import type { Acceptance, DeliverySummary, Outage } from './inbox.ts';
import { keep } from './keep.ts';
import { prune } from './prune.ts';
import { decideSettlement, lengthenOutage, nextWakeAt } from './settle.ts';
import type { Sql } from './sql.ts';
import { type DueDelivery, InboxStore, type StoredDelivery } from './store.ts';
import { listDeliveries } from './views.ts';

/** Batches in one run of the alarm; the next run begins with a fresh CPU allowance. */
const BATCHES_PER_ALARM = 50;

/** How much later than the call's own deadline the alarm rings if nobody is left to set it otherwise. */
const LEASE_MARGIN_MS = 5000;

const LOOK_AGAIN_MS = 50;

/** Rings once at its time, epoch ms, by calling the engine's `ring`; while that runs, none is set until set anew. */
export type Alarm = {
  readonly setFor: () => Promise<number | null>;
  readonly set: (at: number) => Promise<void>;
  readonly clear: () => Promise<void>;
};

export type EngineDeps = {
  readonly sql: Sql;
  readonly alarm: Alarm;
  readonly forward: Transport;
  readonly pacing: Pacing;
  /** Longest that one call of `forward` takes. */
  readonly forwardTimeoutMs: number;
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: () => number;
  readonly log: Log;
};

type Arrival = { readonly inbox: string; readonly delivery: StoredDelivery };

export class InboxEngine {
  readonly #deps: EngineDeps;
  readonly store: InboxStore;
  readonly #take: (arrival: Arrival) => Promise<Acceptance>;
  /** Known after the first delivery, and never untrue again. */
  #isNamed = false;

  constructor(deps: EngineDeps) {
    this.#deps = deps;
    this.store = new InboxStore(deps.sql);
    this.#take = gather(
      () => deps.sleep(0),
      (arrivals) => this.#keepAll(arrivals),
    );
  }

  get outage(): Outage | null {
    return this.store.memo('outage');
  }

  /**
   * Keeps a delivery; answered only when the row and the alarm are on disk. A turn is waited for, so that deliveries
   * which come at once share one write, which is what takes the time.
   */
  accept(inbox: string, delivery: StoredDelivery): Promise<Acceptance> {
    return this.#take({ inbox, delivery });
  }

  async #keepAll(arrivals: readonly Arrival[]): Promise<readonly Acceptance[]> {
    const { alarm, clock, sql, pacing } = this.#deps;
    const armedAt = await alarm.setFor();
    // From here to the setting of the alarm there is no pause: rows and alarm are written together.
    const acceptances = sql.transaction(() =>
      arrivals.map(({ inbox, delivery }) => {
        if (!this.#isNamed) this.store.setMemo('name', inbox);
        return keep(this.store, delivery, pacing.lingerMs);
      }),
    );
    this.#isNamed = true;
    if (armedAt === null || armedAt > clock()) await this.#arm(armedAt);
    return acceptances;
  }

  /** Sets the alarm for pending deliveries unless it is set early enough. */
  async #arm(armedAt: number | null): Promise<void> {
    const { alarm, clock } = this.#deps;
    // Whatever was accepted: an earlier delivery may have been cut off between row and alarm.
    const dueAt = this.store.nextDueAt();
    if (dueAt === null) return;
    const wakeAt = Math.max(clock(), dueAt, this.outage?.until ?? 0);
    if (armedAt === null || armedAt > wakeAt) await alarm.set(wakeAt);
  }

  /** Sends deliveries again, outage or not, and waits until the starter has had its chance to answer. */
  async redeliver(deliveryIds: readonly string[]): Promise<DeliverySummary[]> {
    const { sql, alarm, clock, sleep, forwardTimeoutMs } = this.#deps;
    const { outage, store } = this;
    const askedAt = clock();
    sql.transaction(() => {
      store.renew(deliveryIds);
      if (outage !== null) store.setMemo('outage', { ...outage, until: 0 });
    });
    await alarm.set(askedAt);
    const until = askedAt + forwardTimeoutMs + LEASE_MARGIN_MS;
    const failedAt = () => this.outage?.at ?? 0;
    while (store.isAwaiting(deliveryIds) && failedAt() <= askedAt && clock() < until)
      await sleep(LOOK_AGAIN_MS);
    return listDeliveries(sql, { ids: deliveryIds, limit: deliveryIds.length })
      .filter(({ hasEnvelope }) => hasEnvelope)
      .map((delivery) =>
        delivery.status === 'pending'
          ? { ...delivery, lastError: delivery.lastError ?? this.outage?.lastError ?? null }
          : delivery,
      );
  }

  /** What the alarm does. Never throws: an inbox whose alarm has died is silent for good. */
  async ring(): Promise<void> {
    const { alarm, clock, log, pacing } = this.#deps;
    try {
      await this.#drain();
    } catch (error) {
      // First of all, and the name last: it is read from what may just have failed.
      await alarm.set(clock() + pacing.backoffCapMs);
      log.error('Cannot drain inbox', { error: String(error), inbox: this.#name() });
    }
  }

  async #drain(): Promise<void> {
    const { alarm, clock, forward, forwardTimeoutMs } = this.#deps;
    this.#pruneWhenDue();
    for (let round = 0; round < BATCHES_PER_ALARM; round += 1) {
      const now = clock();
      const isOut = (this.outage?.until ?? 0) > now;
      const batch = isOut ? [] : batchOf(this.store.due(now, BATCH_EVENTS_LIMIT));
      // In one turn with the look above: an accept in between would believe that an alarm is armed.
      if (batch.length === 0) return this.rest();
      await alarm.set(now + forwardTimeoutMs + LEASE_MARGIN_MS);
      const forwarded = await forward(toBatch(batch));
      if (forwarded.ok) this.#settle(batch, forwarded.value);
      else this.#recordFault(forwarded.error, batch);
    }
    await alarm.set(clock());
  }

  /** Sets the alarm for what there is to do next, or clears it when there is nothing. */
  async rest(): Promise<void> {
    const { alarm, clock } = this.#deps;
    const wakeAt = nextWakeAt({
      dueAt: this.store.nextDueAt(),
      outageUntil: this.outage?.until ?? null,
      pruneAt: this.store.memo('pruneAt'),
    });
    await (wakeAt === null ? alarm.clear() : alarm.set(Math.max(wakeAt, clock())));
  }

  #settle(batch: readonly DueDelivery[], { verdicts, retryAfterMs }: Answer): void {
    const { sql, clock, random, pacing, log } = this.#deps;
    const facts = {
      now: clock(),
      // One draw for the whole answer: what was refused together comes again together, in one batch.
      random: random(),
      retryAfterMs,
      pacing,
      outage: this.outage,
      hasDeliveredSince: (since: number) => this.store.hasDeliveredSince(since),
    };
    const settlements = sql.transaction(() => {
      this.store.setMemo('outage', null);
      return verdicts.flatMap((verdict, index) => {
        const delivery = batch[index];
        if (delivery === undefined) return [];
        const settlement = decideSettlement(delivery, verdict, facts);
        this.store.settle(delivery.key, settlement);
        if (settlement.status === 'delivered' && this.store.memo('pruneAt') === null)
          this.store.setMemo('pruneAt', facts.now + pacing.deliveredRetentionMs);
        return [{ delivery, settlement }];
      });
    });
    for (const { delivery, settlement } of settlements) {
      const { status, verdict, executionId, reason, lastError } = settlement;
      const write = status === 'parked' ? log.error : log.info;
      write(`Delivery ${status === 'pending' ? 'held' : status}`, {
        ...this.#fieldsOf(delivery),
        verdict,
        executionId,
        reason: reason ?? lastError,
      });
    }
  }

  #recordFault(fault: ForwardFault, batch: readonly DueDelivery[]): void {
    const { clock, random, pacing, log } = this.#deps;
    const now = clock();
    const outage = lengthenOutage(this.outage, fault, { now, random: random(), pacing });
    this.store.setMemo('outage', outage);
    const write = fault.isConfiguration ? log.error : log.warn;
    write(fault.isConfiguration ? 'Starter is misconfigured' : 'Starter is unreachable', {
      inbox: this.#name(),
      error: fault.error,
      attempts: outage.failures,
      waitMs: outage.until - now,
      count: batch.length,
    });
  }

  #pruneWhenDue(): void {
    const { sql, clock, pacing } = this.#deps;
    const pruneAt = this.store.memo('pruneAt');
    if (pruneAt === null || pruneAt > clock()) return;
    sql.transaction(() => this.store.setMemo('pruneAt', prune(sql, clock(), pacing)));
  }

  #name(): string | null {
    return this.store.memo('name');
  }

  #fieldsOf({ key, deliveryId, eventType, traceparent }: DueDelivery) {
    return { key, deliveryId, eventType, traceId: traceIdOf(traceparent), inbox: this.#name() };
  }
}
