/** How deliveries look in a table, the same in a list and in a redelivery. */
import type { Delivery } from './client.ts';
import type { Screen } from './screen.ts';
import type { Column, Row } from './table.ts';
import { ageOf, printable } from './words.ts';

type Stand = Pick<Delivery, 'status' | 'reason' | 'lastError' | 'nextAttemptAt'>;

export const STATUS_COLOURS = {
  pending: 'yellow',
  delivered: 'green',
  parked: 'red',
  unparsed: 'red',
} as const;

export const INBOX_TITLE = 'INBOX';

export const DELIVERY_COLUMNS: readonly Column[] = [
  { title: 'ID' },
  { title: 'AGE' },
  { title: 'STATUS' },
  { title: 'TYPE', atLeast: 4 },
];

export const cellsOf = (delivery: Delivery, { now }: Screen): readonly string[] => [
  printable(delivery.deliveryId),
  ageOf(delivery.receivedAt, now),
  delivery.status,
  printable(delivery.eventType),
];

export const rowOf = (delivery: Delivery, screen: Screen): Row => ({
  group: printable(delivery.inbox),
  cells: cellsOf(delivery, screen),
  note: noteOn(delivery, screen),
  aside: printable(delivery.key),
  paint: paintOf(delivery, screen),
});

/** Delivered ones are how it should be. */
export const paintOf =
  ({ status }: Stand, screen: Screen) =>
  (text: string): string =>
    status === 'delivered' ? text : screen.paint(STATUS_COLOURS[status], text);

/** What keeps it from being delivered. */
export function noteOn(
  { status, reason, lastError, nextAttemptAt }: Stand,
  { now }: Screen,
): string | undefined {
  if (status === 'delivered') return undefined;
  const why = reason ?? lastError;
  const wait =
    status === 'pending' && nextAttemptAt > now ? `next try ${ageOf(nextAttemptAt, now)}` : null;
  const words = [why, wait].filter((each) => each !== null).join(', ');
  return words === '' ? undefined : printable(words);
}
