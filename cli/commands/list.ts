/** `list`: deliveries by filter, over as many pages as the limit takes. */
import type { Command } from '../arguments.ts';
import type { Delivery, InboxClient } from '../client.ts';
import { DELIVERY_COLUMNS, INBOX_TITLE, rowOf } from '../deliveries.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import type { Screen } from '../screen.ts';
import { plural } from '../words.ts';

type ListCommand = Extract<Command, { name: 'list' }>;

/** Most that the edge answers at once. */
export const PAGE_LIMIT = 200;

export async function list(
  { filter, limit, isJson }: ListCommand,
  client: InboxClient,
  screen: Screen,
): Promise<ExitCode> {
  const deliveries: Delivery[] = [];
  let cursor: string | null = filter.cursor ?? null;
  do {
    const page = await client.list({
      ...filter,
      ...(cursor !== null && { cursor }),
      limit: String(Math.min(PAGE_LIMIT, limit - deliveries.length)),
    });
    deliveries.push(...page.deliveries);
    cursor = page.nextCursor;
  } while (cursor !== null && deliveries.length < limit);
  if (isJson) {
    screen.printJson({ deliveries, nextCursor: cursor });
    return EXIT.fine;
  }
  if (deliveries.length === 0) {
    screen.remark('No deliveries.');
    return EXIT.fine;
  }
  screen.printTable(
    DELIVERY_COLUMNS,
    deliveries.map((delivery) => rowOf(delivery, screen)),
    INBOX_TITLE,
  );
  if (cursor !== null)
    screen.remark(
      `${plural(deliveries.length, 'delivery', 'deliveries')}; there may be more: --cursor='${cursor}'`,
    );
  return EXIT.fine;
}
