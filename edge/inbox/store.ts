/**
 * What an inbox writes, and what it reads to forward. Every method runs without a pause; it decides nothing about time
 * or retries.
 */
import { REPEAT_WINDOW_MS } from '../../shared/contract/keys.ts';
import type { PackedBody } from './gzip.ts';
import { DELIVERY_STATUSES, type DeliveryStatus, type NewDelivery, type Outage } from './inbox.ts';
import type { Attempted, Settlement } from './settle.ts';
import { AMONG, firstOf, type Sql, type SqlValue } from './sql.ts';
import { openTables } from './tables.ts';

export type StoredDelivery = Omit<NewDelivery, 'inbox'> &
  PackedBody & { readonly bodyBytes: number };

export type DueDelivery = Attempted &
  Pick<NewDelivery, 'key' | 'deliveryId' | 'traceparent' | 'eventType' | 'receivedAt'> & {
    readonly envelope: string;
    readonly redeliveries: number;
    readonly history: string | null;
  };

/** Reason of a pending delivery that decides nothing and waits for company. */
export const LINGERING = 'lingering';

/** Deliveries of the stack among which an earlier one of the same run is looked for. */
const LOOK_BACK = 200;

/** What the alarm knows of its inbox between two runs. */
type Memos = { name: string; outage: Outage; pruneAt: number; registered: true };

type Known = Pick<StoredDelivery, 'deliveryId' | 'reason'> & { readonly status: DeliveryStatus };

export class InboxStore {
  readonly #sql: Sql;
  /** Highest sequence given out; the only state kept in memory. */
  #seq: number;

  constructor(sql: Sql) {
    this.#sql = sql;
    openTables(sql);
    this.#seq = Math.max(
      ...DELIVERY_STATUSES.map((status) =>
        Number(this.#first('SELECT max(seq) FROM deliveries WHERE status = ?', status)),
      ),
    );
  }

  /** The delivery that this one repeats; null when it is new. */
  known({ key, earlierKey, receivedAt }: StoredDelivery): Known | null {
    const [known = null] = this.#sql.query<Known>(
      `SELECT deliveryId, status, reason FROM deliveries
       WHERE key IN (?1, ?2) AND (key = ?1 OR receivedAt > ?3) ORDER BY seq`,
      key,
      earlierKey,
      receivedAt - REPEAT_WINDOW_MS,
    );
    return known;
  }

  insert(delivery: StoredDelivery): void {
    const { earlierKey: _, cap: __, chunks, ...kept } = delivery;
    this.#seq += 1;
    const row = { seq: this.#seq, ...kept };
    const columns = Object.keys(row);
    this.#sql.query(
      `INSERT INTO deliveries (${columns.join()}) VALUES (${columns.map(() => '?').join()})`,
      ...Object.values(row),
    );
    for (const [part, bytes] of chunks.entries())
      this.#sql.query('INSERT INTO bodies VALUES (?, ?, ?)', this.#seq, part, bytes);
  }

  /**
   * When a delivery that decides nothing is to go, epoch ms: with those of its run that linger already, else at `until`;
   * null, at once, when it is the first of its run as far back as is looked.
   */
  lingerUntil(orderKey: string, until: number): number | null {
    return this.#first(
      `SELECT iif(reason = '${LINGERING}', nextAttemptAt, ?) FROM deliveries
       WHERE status IN ('pending', 'delivered') AND seq > ? AND orderKey = ? ORDER BY seq DESC LIMIT 1`,
      until,
      this.#seq - LOOK_BACK,
      orderKey,
    ) as number | null;
  }

  /** Lets those of a run that linger go with what has come behind them. */
  hasten(orderKey: string): void {
    this.#sql.query(
      `UPDATE deliveries SET nextAttemptAt = 0, reason = NULL
       WHERE status = 'pending' AND orderKey = ? AND reason = '${LINGERING}'`,
      orderKey,
    );
  }

  /** Intents received after a time, but for those that were parked. */
  intentsSince(since: number): number {
    return Number(
      this.#first(
        `SELECT count(*) FROM deliveries
         WHERE status IN ('pending', 'delivered') AND eventType = 'triggered' AND receivedAt > ?`,
        since,
      ),
    );
  }

  /**
   * Pending deliveries that may be attempted now, in the order they came; none that is behind an earlier one of its own
   * run which has to wait.
   */
  due(now: number, limit: number): DueDelivery[] {
    return this.#sql.query<DueDelivery>(
      `WITH held AS MATERIALIZED (
        SELECT orderKey, min(seq) AS heldSeq FROM deliveries
        WHERE status = 'pending' AND nextAttemptAt > ?1 GROUP BY orderKey
      )
      SELECT key, deliveryId, traceparent, eventType, receivedAt, envelope, attempts, redeliveries, retryingSince, history
      FROM deliveries LEFT JOIN held USING (orderKey)
      WHERE status = 'pending' AND nextAttemptAt <= ?1 AND seq < ifnull(heldSeq, seq + 1)
      ORDER BY seq LIMIT ?2`,
      now,
      limit,
    );
  }

  /** When the first pending delivery may be attempted; those behind it in its run do not count. */
  nextDueAt(): number | null {
    return this.#first(
      `SELECT min(nextAttemptAt) FROM (
        SELECT nextAttemptAt, min(seq) FROM deliveries WHERE status = 'pending' GROUP BY orderKey
      )`,
    ) as number | null;
  }

  settle(key: string, settlement: Settlement): void {
    const columns = Object.keys(settlement).map((column) => `${column} = ?`);
    this.#sql.query(
      `UPDATE deliveries SET ${columns.join()} WHERE key = ?`,
      ...Object.values(settlement),
      key,
    );
  }

  /** Makes settled deliveries pending once more; those that are pending are due at once. */
  renew(deliveryIds: readonly string[]): void {
    this.#sql.query(
      `UPDATE deliveries SET redeliveries = redeliveries + (status <> 'pending'), status = 'pending',
       reason = NULL, lastError = NULL, verdict = NULL, nextAttemptAt = 0, retryingSince = NULL, settledAt = NULL
       WHERE deliveryId ${AMONG} AND envelope IS NOT NULL`,
      JSON.stringify(deliveryIds),
    );
  }

  /** Whether the starter has not said a word yet on one of these since they were renewed. */
  isAwaiting(deliveryIds: readonly string[]): boolean {
    return (
      this.#first(
        `SELECT 1 FROM deliveries WHERE status = 'pending' AND verdict IS NULL AND deliveryId ${AMONG} LIMIT 1`,
        JSON.stringify(deliveryIds),
      ) !== null
    );
  }

  remove(key: string): void {
    this.#sql.query(
      'DELETE FROM bodies WHERE seq = (SELECT seq FROM deliveries WHERE key = ?)',
      key,
    );
    this.#sql.query('DELETE FROM deliveries WHERE key = ?', key);
  }

  hasDeliveredSince(since: number): boolean {
    return (
      this.#first(
        `SELECT 1 FROM deliveries WHERE status = 'delivered' AND settledAt > ? LIMIT 1`,
        since,
      ) !== null
    );
  }

  memo<Name extends keyof Memos>(name: Name): Memos[Name] | null {
    const json = this.#first('SELECT json FROM memos WHERE name = ?', name);
    return json === null ? null : (JSON.parse(json as string) as Memos[Name]);
  }

  /** Keeps a fact, or forgets it for null; writes nothing that is known already. */
  setMemo<Name extends keyof Memos>(name: Name, fact: Memos[Name] | null): void {
    const json = JSON.stringify(fact);
    if (json === JSON.stringify(this.memo(name))) return;
    if (fact === null) this.#sql.query('DELETE FROM memos WHERE name = ?', name);
    else this.#sql.query('INSERT OR REPLACE INTO memos VALUES (?, ?)', name, json);
  }

  #first(statement: string, ...bindings: SqlValue[]): unknown {
    return firstOf(this.#sql, statement, ...bindings);
  }
}
