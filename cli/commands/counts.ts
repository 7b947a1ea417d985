/** `counts`: how many deliveries stand how, inbox by inbox, and where the starter is away. */
import type { Command } from '../arguments.ts';
import type { Counts, InboxClient } from '../client.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import type { Screen } from '../screen.ts';
import type { Column, Row } from '../table.ts';
import { ageOf, plural, printable } from '../words.ts';

type CountsCommand = Extract<Command, { name: 'counts' }>;
type InboxCount = Counts['inboxes'][number];

const STATUSES = ['pending', 'delivered', 'parked', 'unparsed'] as const;

const COLUMNS: readonly Column[] = [
  { title: 'INBOX', atLeast: 12 },
  ...STATUSES.map((status) => ({ title: status.toUpperCase(), align: 'right' as const })),
  { title: 'OLDEST PENDING' },
];

export async function counts(
  { place, isJson }: CountsCommand,
  client: InboxClient,
  screen: Screen,
): Promise<ExitCode> {
  const inboxes: InboxCount[] = [];
  let cursor: string | null = null;
  do {
    const page: Counts = await client.counts({ ...place, ...(cursor !== null && { cursor }) });
    inboxes.push(...page.inboxes);
    cursor = page.nextCursor;
  } while (cursor !== null);
  const total = Object.fromEntries(
    STATUSES.map((status) => [status, inboxes.reduce((sum, inbox) => sum + inbox[status], 0)]),
  ) as Counts['total'];
  if (isJson) {
    screen.printJson({ total, inboxes });
    return EXIT.fine;
  }
  screen.printTable(COLUMNS, [
    ...inboxes.map((inbox) => rowOf(inbox, screen)),
    {
      cells: [
        plural(inboxes.length, 'inbox', 'inboxes'),
        ...STATUSES.map((status) => String(total[status])),
        '',
      ],
      paint: (text) => screen.paint('bold', text),
    },
  ]);
  return EXIT.fine;
}

function rowOf(inbox: InboxCount, { now, paint }: Screen): Row {
  const { outage, oldestPendingAt } = inbox;
  const isTrouble = inbox.parked > 0 || inbox.unparsed > 0 || outage !== null;
  return {
    cells: [
      printable(inbox.inbox),
      ...STATUSES.map((status) => String(inbox[status])),
      oldestPendingAt === null ? '' : ageOf(oldestPendingAt, now),
    ],
    note:
      outage === null
        ? undefined
        : printable(
            `starter away since ${ageOf(outage.since, now)}, ${plural(outage.failures, 'try', 'tries')}: ${outage.lastError}`,
          ),
    ...(isTrouble && { paint: (text: string) => paint('yellow', text) }),
  };
}
