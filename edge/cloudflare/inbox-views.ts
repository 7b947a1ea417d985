/** What an operator sees of one inbox, read from its tables; writes nothing. */
import { traceIdOf } from '../../shared/contract/trace.ts';
import {
  DELIVERY_STATUSES,
  type DeliveryDetails,
  type DeliveryList,
  type DeliverySummary,
  type InboxCounts,
  type ListQuery,
  type Outage,
} from '../inbox.ts';

type Row = Omit<DeliverySummary, 'traceId'> & { readonly traceparent: string };

const COLUMNS = `seq, deliveryId, key, webhook, eventType, status, reason, attempts, redeliveries,
  nullif(nextAttemptAt, 0) AS nextAttemptAt, lastError, verdict, executionId, receivedAt, settledAt, bodyBytes, traceparent`;

export function listDeliveries(
  sql: SqlStorage,
  { status, limit, cursor }: ListQuery,
  outage: Outage | null,
): DeliveryList {
  const rows = sql
    .exec<Row>(
      `SELECT ${COLUMNS} FROM deliveries
        WHERE status = ifnull(?, status) AND seq < ifnull(?, seq + 1) ORDER BY seq DESC LIMIT ?`,
      status,
      cursor,
      limit + 1,
    )
    .toArray();
  const deliveries = rows.slice(0, limit).map(toSummary);
  const last = rows.length > limit ? deliveries.at(-1) : undefined;
  return { outage, deliveries, nextCursor: last?.seq ?? null };
}

export function showDelivery(
  sql: SqlStorage,
  deliveryId: string,
  outage: Outage | null,
): DeliveryDetails | null {
  const [row] = sql
    .exec<Row & { envelope: string | null }>(
      `SELECT ${COLUMNS}, envelope FROM deliveries WHERE deliveryId = ?`,
      deliveryId,
    )
    .toArray();
  if (row === undefined) return null;
  const { envelope, ...summary } = row;
  return { outage, delivery: toSummary(summary), envelope };
}

export function countDeliveries(sql: SqlStorage, outage: Outage | null): InboxCounts {
  const columns = DELIVERY_STATUSES.map(
    (status) => `(SELECT count(*) FROM deliveries WHERE status = '${status}') AS ${status}`,
  );
  const counts = sql
    .exec<Omit<InboxCounts, 'outage'>>(
      `SELECT ${columns.join()}, (SELECT receivedAt FROM deliveries WHERE status = 'pending' ORDER BY seq) AS oldestPendingAt`,
    )
    .one();
  return { ...counts, outage };
}

function toSummary({ traceparent, ...summary }: Row): DeliverySummary {
  return { ...summary, traceId: traceIdOf(traceparent) };
}
