/** `show`: everything that is kept of one delivery, and what can be done about it. */
import type { Command } from '../arguments.ts';
import type { Details, InboxClient } from '../client.ts';
import { noteOn, STATUS_COLOURS } from '../deliveries.ts';
import { EXIT, type ExitCode } from '../failure.ts';
import type { Screen } from '../screen.ts';
import type { Column } from '../table.ts';
import { ageOf, instantOf, plural, printable, printableLines, sizeOf } from '../words.ts';

type ShowCommand = Extract<Command, { name: 'show' }>;

const LABEL_WIDTH = 11;

const ATTEMPT_COLUMNS: readonly Column[] = [
  { title: 'ATTEMPT' },
  { title: 'TIMES', align: 'right' },
  { title: 'VERDICT' },
];

export async function show(
  { id, place, body, isJson }: ShowCommand,
  client: InboxClient,
  screen: Screen,
): Promise<ExitCode> {
  const details = await client.show(id, { ...place, body });
  if (isJson) {
    screen.printJson(details);
    return EXIT.fine;
  }
  for (const [label, text] of factsOf(details, screen))
    screen.print(`${screen.paint('bold', label.padEnd(LABEL_WIDTH))} ${text}`);
  printAttempts(details, screen);
  printJsonSection('envelope', details.envelope, screen);
  if (details.body !== null) printBody(details.body, screen);
  if (details.delivery.status !== 'delivered')
    screen.remark(`\nTo send it again: npm run inbox -- redeliver ${id}`);
  return EXIT.fine;
}

type Fact = readonly [label: string, text: string];

function factsOf({ inbox, delivery, headers, outage }: Details, screen: Screen): readonly Fact[] {
  const { now, paint } = screen;
  const { status, settledAt, verdict, executionId, secretLabel } = delivery;
  const note = noteOn(delivery, screen);
  const when = (at: number) => `${instantOf(at)} (${ageOf(at, now)})`;
  const given = (label: string, text: string | null): readonly Fact[] =>
    text === null ? [] : [[label, printable(text)]];
  return [
    ['delivery', printable(delivery.deliveryId)],
    ['status', `${paint(STATUS_COLOURS[status], status)}${note === undefined ? '' : `: ${note}`}`],
    ['event type', printable(delivery.eventType)],
    ['inbox', printable(inbox)],
    ['key', printable(delivery.key)],
    ['received', when(delivery.receivedAt)],
    ...(settledAt === null ? [] : [['settled', when(settledAt)] as const]),
    ['attempts', attemptsOf(delivery)],
    ...given('verdict', verdict),
    ...given('execution', executionId),
    ...given('last error', delivery.lastError),
    ...given(
      'outage',
      outage &&
        `since ${ageOf(outage.since, now)}, next try ${ageOf(outage.until, now)}: ${outage.lastError}`,
    ),
    [
      'webhook',
      `${printable(delivery.webhook)}${secretLabel === null ? '' : `, secret ${printable(secretLabel)}`}`,
    ],
    ['trace', printable(delivery.traceId)],
    ['body', sizeOf(delivery.bodyBytes)],
    ...Object.entries(headers).map(
      ([name, text]) => ['header', printable(`${name}: ${text}`)] as const,
    ),
  ];
}

const attemptsOf = ({ attempts, redeliveries }: Details['delivery']): string =>
  redeliveries === 0
    ? String(attempts)
    : `${attempts}, redelivered ${plural(redeliveries, 'time')}`;

function printAttempts({ attempts }: Details, screen: Screen): void {
  if (attempts.length === 0) return;
  screen.print('');
  screen.printTable(
    ATTEMPT_COLUMNS,
    attempts.map(({ at, count, verdict, error }) => ({
      cells: [instantOf(at), String(count), verdict ?? 'no answer'],
      note: error === null ? undefined : printable(error),
    })),
  );
}

function printBody({ form, content }: NonNullable<Details['body']>, screen: Screen): void {
  if (form === 'raw' && typeof content === 'string') {
    screen.print(`\n${screen.paint('bold', 'body, raw')}\n${printableLines(content)}`);
    return;
  }
  printJsonSection(`body, ${form}`, content, screen);
}

function printJsonSection(title: string, json: unknown, screen: Screen): void {
  if (json === null) return;
  const text = printableLines(JSON.stringify(json, null, 2));
  screen.print(`\n${screen.paint('bold', title)}\n${text}`);
}
