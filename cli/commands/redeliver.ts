/**
 * `redeliver`: says what would be done, asks, and does it to exactly the deliveries that were shown. Fails when one of
 * them is not delivered afterwards.
 */
import type { Command } from '../arguments.ts';
import type { InboxClient, Outcome, Result, Wish } from '../client.ts';
import { DELIVERY_COLUMNS, INBOX_TITLE, rowOf } from '../deliveries.ts';
import { EXIT, type ExitCode, usageFailure } from '../failure.ts';
import type { Screen } from '../screen.ts';
import type { Row } from '../table.ts';
import { plural, printable } from '../words.ts';
import { PAGE_LIMIT } from './list.ts';

type RedeliverCommand = Extract<Command, { name: 'redeliver' }>;
type Ask = (wish: Wish) => Promise<Outcome>;
type Outcomes = Pick<Outcome, 'dryRun' | 'meaning' | 'results' | 'unknown' | 'nextCursor'>;

const REMEDIES = {
  'send-again': 'send',
  'read-again': 'read anew',
  'send-copy': 'copy',
  none: 'nothing',
} as const;

/** Where the remedy stands among the columns of a delivery. */
const REMEDY_AT = 2;

export async function redeliver(
  command: RedeliverCommand,
  client: InboxClient,
  screen: Screen,
): Promise<ExitCode> {
  const { isDryRun, isConfirmed, isJson, isForced } = command;
  if (!isDryRun && !isConfirmed && !screen.canAsk)
    throw usageFailure('Cannot redeliver: nobody is there to ask; pass --yes or --dry-run');
  const plan = await planOf(command, client.redeliver);
  const ids = plan.results.flatMap(({ remedy, deliveryId }) =>
    remedy === 'none' ? [] : [deliveryId],
  );
  if (isDryRun || ids.length === 0) {
    tell(plan, isJson, screen);
    return isDryRun && plan.unknown.length === 0 ? EXIT.fine : exitCodeOf(plan);
  }
  if (!isConfirmed) {
    tell(plan, false, screen);
    const deed = isForced ? 'Send copies of' : 'Redeliver';
    if (!(await screen.confirm(`${deed} ${plural(ids.length, 'delivery', 'deliveries')}?`))) {
      screen.remark('Nothing was sent.');
      return EXIT.failed;
    }
  }
  const outcome = await carryOut(command, ids, client.redeliver);
  const whole = { ...outcome, unknown: [...plan.unknown, ...outcome.unknown] };
  tell({ ...whole, nextCursor: plan.nextCursor }, isJson, screen);
  return exitCodeOf(whole);
}

/** A dry run, over as many pages as the limit takes. */
async function planOf(
  { ids, filter, limit, isForced }: RedeliverCommand,
  ask: Ask,
): Promise<Outcomes> {
  if (ids.length > 0) return byIds(ids, { ...filter, dryRun: true, force: isForced }, ask);
  const outcomes: Outcome[] = [];
  const results: Result[] = [];
  let cursor: string | null = filter.cursor ?? null;
  do {
    const page = await ask({
      ...filter,
      ...(cursor !== null && { cursor }),
      limit: Math.min(PAGE_LIMIT, limit - results.length),
      dryRun: true,
      force: isForced,
    });
    outcomes.push(page);
    results.push(...page.results);
    cursor = page.nextCursor;
  } while (cursor !== null && results.length < limit);
  return { ...merge(outcomes), nextCursor: cursor };
}

/** By the ids that were shown, not by the filter once more: something else may match it by now. */
const carryOut = (
  { filter: { inbox, account, stack }, isForced }: RedeliverCommand,
  ids: readonly string[],
  ask: Ask,
): Promise<Outcomes> =>
  byIds(
    ids,
    {
      ...(inbox !== undefined && { inbox }),
      ...(account !== undefined && { account }),
      ...(stack !== undefined && { stack }),
      force: isForced,
    },
    ask,
  );

async function byIds(ids: readonly string[], wish: Wish, ask: Ask): Promise<Outcomes> {
  const outcomes: Outcome[] = [];
  for (let start = 0; start < ids.length; start += PAGE_LIMIT)
    outcomes.push(await ask({ ...wish, ids: ids.slice(start, start + PAGE_LIMIT) }));
  return merge(outcomes);
}

const merge = (outcomes: readonly Outcome[]): Outcomes => ({
  dryRun: outcomes[0]?.dryRun ?? false,
  meaning: outcomes[0]?.meaning ?? null,
  results: outcomes.flatMap(({ results }) => results),
  unknown: outcomes.flatMap(({ unknown }) => unknown),
  nextCursor: null,
});

const exitCodeOf = ({ results, unknown }: Outcomes): ExitCode =>
  unknown.length === 0 && results.every(({ status }) => status === 'delivered')
    ? EXIT.fine
    : EXIT.failed;

function tell(outcome: Outcomes, isJson: boolean, screen: Screen): void {
  if (isJson) {
    screen.printJson(outcome);
    return;
  }
  const { dryRun, meaning, results, unknown, nextCursor } = outcome;
  if (results.length > 0)
    screen.printTable(
      DELIVERY_COLUMNS.toSpliced(REMEDY_AT, 0, { title: dryRun ? 'WOULD' : 'DID' }),
      results.map((result) => resultRowOf(result, screen)),
      INBOX_TITLE,
    );
  else screen.remark('No deliveries.');
  for (const id of unknown) screen.remark(`Unknown: ${printable(id)}`);
  if (meaning !== null) screen.remark(meaning);
  if (nextCursor !== null) screen.remark(`There may be more: --cursor='${printable(nextCursor)}'`);
}

/** What the starter said, where nothing else is to be said. */
function resultRowOf(result: Result, screen: Screen): Row {
  const { cells, ...row } = rowOf(result, screen);
  const said = result.verdict ?? undefined;
  return {
    ...row,
    cells: cells.toSpliced(REMEDY_AT, 0, REMEDIES[result.remedy]),
    note: row.note ?? said,
  };
}
