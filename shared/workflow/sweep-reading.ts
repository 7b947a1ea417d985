/**
 * How a sweep reads the lists of runs: page after page of both at once, newest first, no further back than the sweep before
 * it, and no more pages than it may. What is left over is a stretch that the next one goes on with. Calls what it is given.
 */
import type { Stretch, SweepInput, SweepMemory } from './sweep-messages.ts';
import type { ListedRun, ListedRuns, ListRunsQuery, RunsPage } from './ports.ts';

/** Runs are looked for this much further back than the last sweep: two clocks differ, and a list may lag behind. */
export const OVERLAP_MS = 10 * 60_000;

/** How far back the sweep after this one reads. */
export const horizonAfter = (sweptAt: number): number => sweptAt - OVERLAP_MS;

export type Sighted = {
  readonly recent: readonly ListedRun[];
  readonly open: readonly ListedRun[];
  /** Whether the list of open runs was read from its beginning to its end. */
  readonly isOpenComplete: boolean;
};

export type Reading = { readonly sighted: Sighted } & Pick<SweepMemory, 'unread' | 'readBackTo'>;

export async function readLists(
  listRuns: (query: ListRunsQuery) => Promise<ListedRuns>,
  { account, runTypes, pagesLimit }: Pick<SweepInput, 'account' | 'runTypes' | 'pagesLimit'>,
  before: SweepMemory,
  sweptAt: number,
): Promise<Reading> {
  const recent: ListedRun[] = [];
  const open: ListedRun[] = [];
  const newest = { offset: 0, until: before.readBackTo };
  // What was left comes first: the newest would take all pages again.
  let recentStretches = [...asList(before.unread.recent), newest];
  let openStretches: readonly Stretch[] = [before.unread.open ?? { offset: 0, until: 0 }];
  for (let pages = 0; pages < pagesLimit; pages += 1) {
    const [recentNext, openNext] = [recentStretches[0] ?? null, openStretches[0] ?? null];
    if (recentNext === null && openNext === null) break;
    const page = await listRuns({ account, runTypes, recent: recentNext, open: openNext });
    recentStretches = take(page.recent, recent, recentStretches);
    openStretches = take(page.open, open, openStretches);
  }
  const hasReadNewest = !recentStretches.includes(newest);
  const unread = {
    recent: recentStretches.find((stretch) => stretch !== newest) ?? null,
    open: openStretches[0] ?? null,
  };
  const isOpenComplete = before.unread.open === null && unread.open === null;
  return {
    sighted: { recent, open, isOpenComplete },
    unread,
    readBackTo: hasReadNewest ? horizonAfter(sweptAt) : before.readBackTo,
  };
}

/** Whether the lists were read as far as they had to be. */
export const isComplete = ({ unread, readBackTo }: Omit<Reading, 'sighted'>, sweptAt: number) =>
  unread.recent === null && unread.open === null && readBackTo === horizonAfter(sweptAt);

const asList = (stretch: Stretch | null): Stretch[] => (stretch === null ? [] : [stretch]);

/** What is still to be read after this page, which was read for the first of the stretches. */
function take(page: RunsPage | null, runs: ListedRun[], stretches: readonly Stretch[]): Stretch[] {
  const [first, ...others] = stretches;
  if (page === null || first === undefined) return [...stretches];
  runs.push(...page.runs.filter(({ createdAt }) => createdAt >= first.until));
  const { hasMore, length, oldestCreatedAt } = page;
  if (!hasMore || oldestCreatedAt === null || oldestCreatedAt < first.until) return others;
  return [{ offset: first.offset + length, until: first.until }, ...others];
}
