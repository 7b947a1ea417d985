/** What an operator sees of one inbox, read from its tables; writes nothing. */
import { traceIdOf } from '../../shared/contract/trace.ts';
import type { PackedBody } from './gzip.ts';
import { parseHistory } from './history.ts';
import {
  DELIVERY_STATUSES,
  type DeliveryDetails,
  type DeliverySummary,
  type InboxCounts,
  type ListQuery,
} from './inbox.ts';
import { AMONG, type Sql } from './sql.ts';

type SummaryRow = Omit<DeliverySummary, 'traceId' | 'hasEnvelope'> & {
  readonly traceparent: string;
  readonly hasEnvelope: 0 | 1;
};

type Row = SummaryRow & {
  readonly envelope: string | null;
  readonly headers: string | null;
  readonly history: string | null;
};

const SUMMARY_COLUMNS = `seq, deliveryId, key, webhook, eventType, status, reason, attempts, redeliveries, nextAttemptAt, lastError,
 verdict, executionId, receivedAt, settledAt, bodyBytes, secretLabel, traceparent, envelope IS NOT NULL AS hasEnvelope`;

export function listDeliveries(
  sql: Sql,
  {
    status = null,
    eventType = null,
    since = null,
    until = null,
    ids,
    before = null,
    limit,
  }: ListQuery,
): DeliverySummary[] {
  return sql
    .query<SummaryRow>(
      `SELECT ${SUMMARY_COLUMNS} FROM deliveries
       WHERE status = ifnull(?, status) AND eventType = ifnull(?, eventType)
       AND receivedAt >= ifnull(?, receivedAt) AND receivedAt < ifnull(?, receivedAt + 1)
       AND seq < ifnull(?, seq + 1) ${ids ? `AND deliveryId ${AMONG}` : ''} ORDER BY seq DESC LIMIT ?`,
      status,
      eventType,
      since,
      until,
      before,
      ...(ids ? [JSON.stringify(ids)] : []),
      limit,
    )
    .map(toSummary);
}

export function showDelivery(sql: Sql, deliveryId: string): Omit<DeliveryDetails, 'outage'> | null {
  const [row] = sql.query<Row>(
    `SELECT ${SUMMARY_COLUMNS}, envelope, headers, history FROM deliveries WHERE deliveryId = ?`,
    deliveryId,
  );
  if (row === undefined) return null;
  const { envelope, headers, history, ...summary } = row;
  return {
    delivery: toSummary(summary),
    traceparent: row.traceparent,
    headers: JSON.parse(headers ?? '{}') as Record<string, string>,
    attempts: parseHistory(history),
    envelope,
  };
}

/** A raw body as it is stored; null when the delivery is unknown or its retention has passed. */
export function packedBodyOf(sql: Sql, deliveryId: string): PackedBody | null {
  const rows = sql.query<{ part: number | null; bytes: ArrayBuffer | Uint8Array<ArrayBuffer> }>(
    `SELECT part, ifnull(bytes, body) AS bytes FROM deliveries LEFT JOIN bodies USING (seq)
     WHERE deliveryId = ? AND ifnull(bytes, body) IS NOT NULL ORDER BY part`,
    deliveryId,
  );
  const [first] = rows;
  if (first === undefined) return null;
  return first.part === null
    ? { body: new Uint8Array(first.bytes), chunks: [] }
    : { body: null, chunks: rows.map(({ bytes }) => new Uint8Array(bytes)) };
}

export function countDeliveries(sql: Sql): Omit<InboxCounts, 'outage'> {
  const columns = DELIVERY_STATUSES.map(
    (status) => `(SELECT count(*) FROM deliveries WHERE status = '${status}') AS ${status}`,
  );
  const [counts] = sql.query<Omit<InboxCounts, 'outage'>>(
    `SELECT ${columns.join()}, (SELECT receivedAt FROM deliveries WHERE status = 'pending' ORDER BY seq) AS oldestPendingAt`,
  );
  return counts as Omit<InboxCounts, 'outage'>;
}

function toSummary({ traceparent, hasEnvelope, ...summary }: SummaryRow): DeliverySummary {
  return { ...summary, traceId: traceIdOf(traceparent), hasEnvelope: hasEnvelope === 1 };
}
