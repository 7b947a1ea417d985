/**
 * What an inbox object writes and what its alarm reads. Every method runs without a pause, so that its statements are
 * written together or not at all; it decides nothing about time or retries.
 */
import { REPEAT_WINDOW_MS } from '../../shared/contract/keys.ts';
import { type Acceptance, DELIVERY_STATUSES, type NewDelivery, type Outage } from '../inbox.ts';
import type { Attempted, Settlement } from '../settle.ts';
import { createTables } from './inbox-schema.ts';

export type StoredDelivery = Omit<NewDelivery, 'inbox'> & {
  /** Gzip of the raw body, cut. */
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  readonly bodyBytes: number;
};

export type DueDelivery = Attempted &
  Pick<NewDelivery, 'key' | 'deliveryId' | 'traceparent' | 'eventType'> & {
    readonly envelope: string;
  };

/** What the alarm knows of its inbox between two runs. */
type Memos = { name: string; outage: Outage; pruneAt: number; registered: true };

export class InboxStore {
  readonly #sql: SqlStorage;
  /** Highest sequence given out; the only state kept in memory. */
  #seq: number;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    createTables(sql);
    this.#seq = Math.max(
      ...DELIVERY_STATUSES.map((status) =>
        Number(this.#first('SELECT max(seq) FROM deliveries WHERE status = ?', status)),
      ),
    );
  }

  insert({ earlierKey, chunks, ...delivery }: StoredDelivery): Acceptance {
    const earlier =
      this.#deliveryId(earlierKey, delivery.receivedAt - REPEAT_WINDOW_MS) ??
      this.#deliveryId(delivery.key, 0);
    if (earlier !== null) return { isDuplicate: true, deliveryId: earlier };
    this.#seq += 1;
    const row = { seq: this.#seq, ...delivery };
    const columns = Object.keys(row);
    this.#sql.exec(
      `INSERT INTO deliveries (${columns.join()}) VALUES (${columns.map(() => '?').join()})`,
      ...Object.values(row),
    );
    for (const [part, bytes] of chunks.entries())
      this.#sql.exec('INSERT INTO bodies VALUES (?, ?, ?)', this.#seq, part, bytes);
    return { isDuplicate: false, deliveryId: delivery.deliveryId };
  }

  /**
   * Pending deliveries that may be attempted now, in the order they came; none that is behind an earlier one of its own
   * run which has to wait.
   */
  due(now: number, limit: number): DueDelivery[] {
    return this.#sql
      .exec<DueDelivery>(
        `WITH held AS MATERIALIZED (
          SELECT orderKey, min(seq) AS heldSeq FROM deliveries
          WHERE status = 'pending' AND nextAttemptAt > ?1 GROUP BY orderKey
        )
        SELECT key, deliveryId, traceparent, eventType, envelope, attempts, retryingSince
        FROM deliveries LEFT JOIN held USING (orderKey)
        WHERE status = 'pending' AND nextAttemptAt <= ?1 AND seq < ifnull(heldSeq, seq + 1)
        ORDER BY seq LIMIT ?2`,
        now,
        limit,
      )
      .toArray();
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
    this.#sql.exec(
      `UPDATE deliveries SET ${columns.join()} WHERE key = ?`,
      ...Object.values(settlement),
      key,
    );
  }

  hasPending(): boolean {
    return this.#first(`SELECT 1 FROM deliveries WHERE status = 'pending' LIMIT 1`) !== null;
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
    if (fact === null) this.#sql.exec('DELETE FROM memos WHERE name = ?', name);
    else this.#sql.exec('INSERT OR REPLACE INTO memos VALUES (?, ?)', name, json);
  }

  #deliveryId(key: string | null, after: number): string | null {
    const query = 'SELECT deliveryId FROM deliveries WHERE key = ? AND receivedAt > ?';
    return this.#first(query, key, after) as string | null;
  }

  /** First column of the first row; null for no row too. */
  #first(query: string, ...bindings: SqlStorageValue[]): SqlStorageValue {
    const { value } = this.#sql
      .exec(query, ...bindings)
      .raw()
      .next();
    return value?.[0] ?? null;
  }
}
