/**
 * Makes room in an inbox: delivered deliveries lose body and envelope after one retention, the key that tells duplicates
 * after a longer one. Pending, parked and unparsed ones are never touched.
 */
import type { Pacing } from '../config.ts';
import { firstOf, type Sql } from './sql.ts';

type Retention = Pick<Pacing, 'deliveredRetentionMs' | 'keyRetentionMs'>;

/** Least time between two prunings, so that an inbox does not wake for each delivery of a busy day. */
const PRUNE_GAP_MS = 60 * 60 * 1000;

/** Delivered, settled by a time, and not pruned yet. */
const BODY_OVERDUE = `status = 'delivered' AND settledAt <= ? AND envelope IS NOT NULL`;

/** Prunes what is over its retention; answers when there will be more, null when nothing delivered is left. */
export function prune(
  sql: Sql,
  now: number,
  { deliveredRetentionMs, keyRetentionMs }: Retention,
): number | null {
  const before = now - deliveredRetentionMs;
  sql.query(
    `DELETE FROM bodies WHERE seq IN (SELECT seq FROM deliveries WHERE ${BODY_OVERDUE})`,
    before,
  );
  sql.query(`UPDATE deliveries SET envelope = NULL, body = NULL WHERE ${BODY_OVERDUE}`, before);
  sql.query(
    `DELETE FROM deliveries WHERE status = 'delivered' AND envelope IS NULL AND settledAt <= ?`,
    now - keyRetentionMs,
  );
  const at = firstOf(
    sql,
    `SELECT min(settledAt + iif(envelope IS NULL, ?, ?)) FROM deliveries WHERE status = 'delivered'`,
    keyRetentionMs,
    deliveredRetentionMs,
  ) as number | null;
  return at === null ? null : Math.max(at, now + PRUNE_GAP_MS);
}
