import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTerminalState } from '../../../shared/contract/states.ts';
import type { SweepMemory } from '../../../shared/workflow/sweep-messages.ts';
import type { ListedRun, ListRunsQuery, RunsPage } from '../../../shared/workflow/ports.ts';
import {
  afterNotice,
  decideSweep,
  decideWebhook,
  firstMemory,
  isNewsTo,
} from '../../../shared/workflow/sweep-decision.ts';
import { OVERLAP_MS, readLists } from '../../../shared/workflow/sweep-reading.ts';

const MINUTE = 60_000;
const SINCE = 1_000_000 * MINUTE;
const PAGE_LENGTH = 3;

/** A run of the modelled account: made, at some time waiting for a person, at some time over. */
type ModelRun = {
  readonly id: string;
  readonly createdAt: number;
  readonly waitsAt: number;
  readonly endsAt: number;
  /** Whether webhooks told of it. */
  readonly isTold: boolean;
};

const stateAt = ({ waitsAt, endsAt }: ModelRun, now: number) =>
  now >= endsAt ? 'FINISHED' : now >= waitsAt ? 'UNCONFIRMED' : 'PLANNING';

const listedAt = (run: ModelRun, now: number): ListedRun => ({
  stackId: 'app',
  runId: run.id,
  state: stateAt(run, now),
  createdAt: run.createdAt,
  endedAt: now >= run.endsAt ? run.endsAt : null,
});

function pageOf(runs: readonly ListedRun[], offset: number): RunsPage {
  const page = runs.slice(offset, offset + PAGE_LENGTH);
  return {
    runs: page,
    length: page.length,
    oldestCreatedAt: page.length === 0 ? null : Math.min(...page.map((run) => run.createdAt)),
    hasMore: offset + page.length < runs.length,
  };
}

/** An account whose executions learn of their runs from sweeps, and of those that are told, from webhooks. */
function createAccount(runs: readonly ModelRun[], windowMs: number, pagesLimit: number) {
  const executions = new Map<string, string>();
  const input = { account: 'demo', since: SINCE, windowMs, runTypes: ['TRACKED'], pagesLimit };
  let memory: SweepMemory = firstMemory(SINCE);

  async function sweep(now: number) {
    const listed = runs
      .filter(({ createdAt }) => createdAt <= now)
      .sort((left, right) => right.createdAt - left.createdAt)
      .map((run) => listedAt(run, now));
    for (const run of runs)
      if (run.isTold && run.createdAt <= now) executions.set(run.id, stateAt(run, now));
    const list = async ({ recent, open }: ListRunsQuery) => ({
      recent: recent === null ? null : pageOf(listed, recent.offset),
      open:
        open === null
          ? null
          : pageOf(
              listed.filter(({ endedAt }) => endedAt === null),
              open.offset,
            ),
    });
    const { sighted, ...reading } = await readLists(list, input, memory, now);
    const { tellings, ...remembered } = decideSweep(memory, sighted, input, now);
    const changed = { started: [] as string[], told: [] as string[] };
    for (const telling of tellings) {
      const run = runs.find(({ id }) => id === telling.runId);
      const shown = executions.get(telling.runId);
      if (run === undefined || (shown === undefined && !telling.mayStart)) continue;
      if (shown !== undefined && (isTerminalState(shown) || !isNewsTo(shown, telling))) continue;
      changed[shown === undefined ? 'started' : 'told'].push(telling.runId);
      executions.set(telling.runId, stateAt(run, now));
    }
    memory = { ...memory, sweptAt: now, ...remembered, ...reading };
    return { ...changed, tellings: tellings.length, tooOld: remembered.tooOld };
  }
  return { executions, sweep };
}

const minutes = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((count) => count * MINUTE);

const modelRuns = (createdFrom: number, isTold: fc.Arbitrary<boolean>) =>
  fc
    .array(
      fc.record({
        createdAt: minutes(createdFrom, 90).map((after) => SINCE + after),
        plans: minutes(0, 40),
        waits: minutes(0, 400),
        isTold,
      }),
      { maxLength: 25 },
    )
    .map((runs) =>
      runs.map(({ createdAt, plans, waits, isTold }, index): ModelRun => ({
        id: `01RUN${index}`,
        createdAt,
        waitsAt: createdAt + plans,
        endsAt: createdAt + plans + waits,
        isTold,
      })),
    );

/** Every few minutes from the making of the schedule until long after the last run. */
const sweepTimes = fc
  .array(minutes(1, 30), { minLength: 5, maxLength: 30 })
  .map((gaps) => gaps.reduce((times, gap) => [...times, (times.at(-1) ?? 0) + gap], [0]))
  .map((times) => [...times.map((time) => SINCE + time), ...afterAll()]);

const afterAll = () => Array.from({ length: 20 }, (_, index) => SINCE + (2000 + index) * MINUTE);

const NO_WINDOW = Number.MAX_SAFE_INTEGER / 2;
const ALL_PAGES = 100;

describe('decideSweep()', () => {
  test('finds the end of every run that ended since the schedule was made, told or not', async () => {
    const runs = modelRuns(-300, fc.boolean());
    await fc.assert(
      fc.asyncProperty(runs, sweepTimes, async (runs, times) => {
        const { sweep, executions } = createAccount(runs, NO_WINDOW, ALL_PAGES);
        for (const now of times) await sweep(now);
        for (const { id, endsAt } of runs)
          if (endsAt > SINCE) expect([id, executions.get(id)]).toEqual([id, 'FINISHED']);
      }),
      { numRuns: 300 },
    );
  });

  test('finds them too when a sweep reads no more than two pages', async () => {
    const runs = modelRuns(0, fc.boolean());
    await fc.assert(
      fc.asyncProperty(runs, sweepTimes, async (runs, times) => {
        const { sweep, executions } = createAccount(runs, NO_WINDOW, 2);
        for (const now of times) await sweep(now);
        for (const { id } of runs) expect([id, executions.get(id)]).toEqual([id, 'FINISHED']);
      }),
      { numRuns: 300 },
    );
  });

  test('gets to every run of a moment in which more were made than a sweep reads', async () => {
    const runs = Array.from({ length: 60 }, (_, index) => ({
      id: `01RUN${index}`,
      createdAt: SINCE + index,
      waitsAt: SINCE + index,
      endsAt: SINCE + index,
      isTold: false,
    }));
    const { sweep } = createAccount(runs, NO_WINDOW, 2);
    const started = [];
    for (let minute = 1; minute <= 10; minute += 1)
      started.push((await sweep(SINCE + minute * MINUTE)).started.length);
    expect(started).toEqual(Array.from({ length: 10 }, () => 2 * PAGE_LENGTH));
  });

  test('starts nothing for a run that ended before the schedule was made, or the window began', async () => {
    const window = fc.integer({ min: 5, max: 60 }).map((count) => count * MINUTE);
    await fc.assert(
      fc.asyncProperty(
        modelRuns(-300, fc.constant(false)),
        sweepTimes,
        window,
        async (runs, times, windowMs) => {
          const { sweep } = createAccount(runs, windowMs, ALL_PAGES);
          for (const now of times) {
            const { started } = await sweep(now);
            for (const run of runs.filter(({ id }) => started.includes(id)))
              if (run.endsAt <= now)
                expect(run.endsAt).toBeGreaterThanOrEqual(Math.max(SINCE, now - windowMs) - 1000);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test('signals nobody while webhooks tell everything', async () => {
    await fc.assert(
      fc.asyncProperty(modelRuns(-300, fc.constant(true)), sweepTimes, async (runs, times) => {
        const { sweep } = createAccount(runs, NO_WINDOW, ALL_PAGES);
        for (const now of times) expect(await sweep(now)).toMatchObject({ started: [], told: [] });
      }),
      { numRuns: 300 },
    );
  });

  test('has nothing to look at when nothing changed since the sweep before', async () => {
    await fc.assert(
      fc.asyncProperty(modelRuns(-300, fc.boolean()), minutes(0, 300), async (runs, after) => {
        const { sweep } = createAccount(runs, NO_WINDOW, ALL_PAGES);
        await sweep(SINCE + after);
        expect(await sweep(SINCE + after)).toMatchObject({ tellings: 0, tooOld: 0 });
      }),
      { numRuns: 300 },
    );
  });

  test('tells of a run that waits once, and not where its execution shows that it knows', async () => {
    const run = { id: '01W', createdAt: SINCE, waitsAt: SINCE + 7 * MINUTE, endsAt: Infinity };
    const { sweep, executions } = createAccount([{ ...run, isTold: false }], NO_WINDOW, 9);
    expect(await sweep(SINCE)).toMatchObject({ started: ['01W'] });
    expect(await sweep(SINCE + 5 * MINUTE)).toMatchObject({ started: [], told: [] });
    expect(await sweep(SINCE + 10 * MINUTE)).toMatchObject({ started: [], told: ['01W'] });
    expect(executions.get('01W')).toBe('UNCONFIRMED');
    expect(await sweep(SINCE + 15 * MINUTE)).toMatchObject({ started: [], told: [] });
  });

  test('where silence is left to it, tells once of a run that does not leave the queue', () => {
    const run = { stackId: 'app', runId: '01Q', createdAt: SINCE, endedAt: null };
    const sight = (state: string) => ({
      recent: [],
      open: [{ ...run, state }],
      isOpenComplete: true,
    });
    const input = { since: SINCE, windowMs: MINUTE, runTypes: ['TRACKED'] };
    const sweepAll = (settings: object, states: readonly string[]) => {
      let memory = firstMemory(SINCE);
      return states.map((state) => {
        const rules = { ...input, settings };
        const { tellings, ...remembered } = decideSweep(memory, sight(state), rules, SINCE);
        memory = { ...memory, ...remembered };
        return tellings.some((telling) => isNewsTo(null, telling));
      });
    };
    const states = ['QUEUED', 'QUEUED', 'QUEUED', 'PLANNING', 'PLANNING'];
    const left = { watch: { leavesSilenceToSweeps: true } };
    expect(sweepAll(left, states)).toEqual([false, true, false, false, false]);
    expect(sweepAll({}, states)).toEqual([false, false, false, false, false]);
  });

  test('concludes nothing from a list of open runs that was not read to its end', () => {
    const openRuns = [{ stackId: 'app', runId: '01RUN', state: 'PLANNING' }];
    const memory = { ...firstMemory(SINCE), openRuns };
    const input = { since: SINCE, windowMs: NO_WINDOW };
    const sighted = { recent: [], open: [], isOpenComplete: false };
    expect(decideSweep(memory, sighted, input, SINCE)).toMatchObject({ tellings: [], openRuns });
    const complete = decideSweep(memory, { ...sighted, isOpenComplete: true }, input, SINCE);
    expect(complete.openRuns).toEqual([]);
    expect(complete.tellings).toEqual([
      { stackId: 'app', runId: '01RUN', state: null, mayStart: false },
    ]);
  });

  test('a second within which a run ended counts as a whole', () => {
    const ended = (endedAt: number): ListedRun => ({
      stackId: 'app',
      runId: '01RUN',
      state: 'FINISHED',
      createdAt: SINCE - MINUTE,
      endedAt,
    });
    const decide = (endedAt: number) =>
      decideSweep(
        firstMemory(SINCE),
        { recent: [ended(endedAt)], open: [], isOpenComplete: true },
        { since: SINCE, windowMs: NO_WINDOW },
        SINCE,
      );
    expect(decide(SINCE - 1000)).toMatchObject({ tellings: [{ mayStart: true }], tooOld: 0 });
    expect(decide(SINCE - 1001)).toMatchObject({ tellings: [], tooOld: 1 });
  });

  test('remembers no more than 500 open and 500 ended runs', () => {
    const runs = (count: number, endedAt: number | null) =>
      Array.from({ length: count }, (_, index) => ({
        stackId: 'app',
        runId: `01RUN${endedAt === null ? 'OPEN' : 'ENDED'}${index}`,
        state: endedAt === null ? 'PLANNING' : 'FINISHED',
        createdAt: SINCE,
        endedAt,
      }));
    const sighted = { recent: runs(501, SINCE), open: runs(501, null), isOpenComplete: true };
    const { openRuns, settledRuns, tellings } = decideSweep(
      firstMemory(SINCE),
      sighted,
      { since: SINCE, windowMs: NO_WINDOW },
      SINCE,
    );
    expect([openRuns.length, settledRuns.length, tellings.length]).toEqual([500, 500, 1002]);
  });
});

describe('readLists()', () => {
  test('asks once in a quiet account, and reads no further back than the last sweep', async () => {
    const old = SINCE - OVERLAP_MS - 1;
    const asked: ListRunsQuery[] = [];
    const list = async (query: ListRunsQuery) => {
      asked.push(query);
      return {
        recent: { runs: [], length: 50, oldestCreatedAt: old, hasMore: true },
        open: { runs: [], length: 0, oldestCreatedAt: null, hasMore: false },
      };
    };
    const input = { account: 'demo', runTypes: ['TRACKED'], pagesLimit: 40 };
    const { sighted, unread } = await readLists(list, input, firstMemory(SINCE), SINCE);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ recent: { offset: 0 }, open: { offset: 0 } });
    expect(sighted.isOpenComplete).toBe(true);
    expect(unread).toEqual({ recent: null, open: null });
  });
});

describe('decideWebhook()', () => {
  const step = (
    before: ReturnType<typeof afterNotice> | undefined,
    state: 'enabled' | 'disabled',
    now: number,
  ) => {
    const { webhook, notice } = decideWebhook(before, 'bridge', state, now);
    return { webhook: notice === null ? webhook : afterNotice(webhook), notice };
  };

  test('one notice for each time it is switched off and on, with when it was last enabled', () => {
    let webhook: ReturnType<typeof afterNotice> | undefined;
    const notices = ['enabled', 'disabled', 'disabled', 'enabled', 'enabled', 'disabled'].map(
      (state, index) => {
        const stepped = step(webhook, state as 'enabled', index);
        ({ webhook } = stepped);
        return [stepped.notice, stepped.webhook.lastEnabledAt];
      },
    );
    expect(notices).toEqual([
      [null, 0],
      ['webhook-disabled', 0],
      [null, 0],
      ['webhook-enabled', 3],
      [null, 4],
      ['webhook-disabled', 4],
    ]);
  });

  test('tells of one that was never seen enabled, and again when the notice was not sent', () => {
    const first = decideWebhook(undefined, 'bridge', 'missing', 1);
    expect(first).toMatchObject({ notice: 'webhook-disabled', webhook: { lastEnabledAt: null } });
    expect(decideWebhook(first.webhook, 'bridge', 'missing', 2).notice).toBe('webhook-disabled');
    expect(decideWebhook(afterNotice(first.webhook), 'bridge', 'missing', 3).notice).toBeNull();
  });
});
