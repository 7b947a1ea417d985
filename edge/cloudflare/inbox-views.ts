/** What an operator sees of one inbox, read from its tables; writes nothing. */
import { traceIdOf } from '../../shared/contract/trace.ts';
import {
  DELIVERY_STATUSES,
  type DeliveryDetails,
  type DeliveryList,
  type DeliverySummary,
  type InboxCounts,
  type ListQuery,
} from '../inbox.ts';

type Row = Omit<DeliverySummary, 'traceId' | 'hasEnvelope'> & {
  readonly traceparent: string;
  readonly envelope: string | null;
};

export function listDeliveries(
  sql: SqlStorage,
  { status, limit, cursor }: ListQuery,
): Omit<DeliveryList, 'outage'> {
  const rows = sql
    .exec<Row>(
      `SELECT * FROM deliveries
        WHERE status = ifnull(?, status) AND seq < ifnull(?, seq + 1) ORDER BY seq DESC LIMIT ?`,
      status,
      cursor,
      limit + 1,
    )
    .toArray();
  const deliveries = rows.slice(0, limit).map(toSummary);
  const last = rows.length > limit ? deliveries.at(-1) : undefined;
  return { deliveries, nextCursor: last?.seq ?? null };
}

export function showDelivery(
  sql: SqlStorage,
  deliveryId: string,
): Omit<DeliveryDetails, 'outage'> | null {
  const [row] = sql
    .exec<Row>('SELECT * FROM deliveries WHERE deliveryId = ?', deliveryId)
    .toArray();
  return row === undefined ? null : { delivery: toSummary(row), envelope: row.envelope };
}

export function countDeliveries(sql: SqlStorage): Omit<InboxCounts, 'outage'> {
  const columns = DELIVERY_STATUSES.map(
    (status) => `(SELECT count(*) FROM deliveries WHERE status = '${status}') AS ${status}`,
  );
  return sql
    .exec<Omit<InboxCounts, 'outage'>>(
      `SELECT ${columns.join()}, (SELECT receivedAt FROM deliveries WHERE status = 'pending' ORDER BY seq) AS oldestPendingAt`,
    )
    .one();
}

function toSummary(row: Row): DeliverySummary {
  const { envelope, traceparent, ...summary } = row;
  return { ...summary, traceId: traceIdOf(traceparent), hasEnvelope: envelope !== null };
}
