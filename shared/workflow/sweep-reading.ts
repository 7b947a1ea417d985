/**
 * How a sweep reads the lists of runs: page after page of both at once, newest first, no further back than the sweep before
 * it, and no more pages than it may. What is left over is a stretch that the next one goes on with. Calls what it is given.
 */
import type { Stretch, SweepInput, SweepMemory } from './messages.ts';
import type { ListedRun, ListedRuns, ListRunsQuery, RunsPage } from './ports.ts';

/** Runs are looked for this much further back than the last sweep: two clocks differ, and a list may lag behind. */
export const OVERLAP_MS = 10 * 60_000;

/** Runs created before are left to the sweep before. */
export const horizonAfter = (sweptAt: number): number => sweptAt - OVERLAP_MS;

export type Sighted = {
  readonly recent: readonly ListedRun[];
  readonly open: readonly ListedRun[];
  /** Whether the list of open runs was read from its beginning to its end. */
  readonly isOpenComplete: boolean;
};

export type Reading = { readonly sighted: Sighted; readonly unread: SweepMemory['unread'] };

export async function readLists(
  listRuns: (query: ListRunsQuery) => Promise<ListedRuns>,
  { account, runTypes, pagesLimit }: Pick<SweepInput, 'account' | 'runTypes' | 'pagesLimit'>,
  before: SweepMemory,
): Promise<Reading> {
  const recent: ListedRun[] = [];
  const open: ListedRun[] = [];
  let recentStretches = stretchesFrom(before);
  let openStretches: readonly Stretch[] = [before.unread.open ?? { offset: 0, until: 0 }];
  for (let pages = 0; pages < pagesLimit; pages += 1) {
    const [recentNext, openNext] = [recentStretches[0] ?? null, openStretches[0] ?? null];
    if (recentNext === null && openNext === null) break;
    const page = await listRuns({ account, runTypes, recent: recentNext, open: openNext });
    recentStretches = take(page.recent, recent, recentStretches);
    openStretches = take(page.open, open, openStretches);
  }
  const unread = { recent: leftOver(recentStretches), open: leftOver(openStretches) };
  const isOpenComplete = before.unread.open === null && unread.open === null;
  return { sighted: { recent, open, isOpenComplete }, unread };
}

/** What is new since the last sweep, then what that one left. */
const stretchesFrom = ({ sweptAt, unread }: SweepMemory): readonly Stretch[] => [
  { offset: 0, until: horizonAfter(sweptAt) },
  ...(unread.recent === null ? [] : [unread.recent]),
];

/** What is still to be read after this page, which was read for the first of the stretches. */
function take(
  page: RunsPage | null,
  runs: ListedRun[],
  stretches: readonly Stretch[],
): readonly Stretch[] {
  const [first, ...others] = stretches;
  if (page === null || first === undefined) return stretches;
  runs.push(...page.runs.filter(({ createdAt }) => createdAt >= first.until));
  const { hasMore, length, oldestCreatedAt } = page;
  if (!hasMore || oldestCreatedAt === null || oldestCreatedAt < first.until) return others;
  return [{ offset: first.offset + length, until: first.until }, ...others];
}

/** One stretch that holds all of these; runs made meanwhile only move them further down the list. */
function leftOver(stretches: readonly Stretch[]): Stretch | null {
  const [first] = stretches;
  if (first === undefined) return null;
  return { offset: first.offset, until: Math.min(...stretches.map(({ until }) => until)) };
}
