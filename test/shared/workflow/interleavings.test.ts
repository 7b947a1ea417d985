import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTerminalState } from '../../../shared/contract/states.ts';
import type { RunAction } from '../../../shared/workflow/progress.ts';
import {
  createProgress,
  currentTransition,
  decideRunEvent,
  decideRunFacts,
  hasEnded,
  verdictOf,
} from '../../../shared/workflow/progress.ts';
import type { RunProgress } from '../../../shared/workflow/run-memory.ts';
import {
  courses,
  type Course,
  factsAt,
  type Happening,
  happenings,
  tell,
} from './interleavings.ts';

const RUN = { account: 'demo', stackId: 'network', runId: '01RUN' };
const RUNS = 100_000;

type Told = RunAction & { readonly stateVersion: number | null };

/** What an execution would know and would have told people of. */
function take(course: Course, happened: readonly Happening[], known = createProgress(RUN)) {
  let progress: RunProgress = known;
  const told: Told[] = [];
  for (const happening of happened) {
    const decision =
      happening.what === 'event'
        ? decideRunEvent(progress, tell(RUN, course, happening.stateVersion, happening.telling))
        : decideRunFacts(progress, factsAt(course, happening.stateVersion));
    progress = decision.progress;
    const stateVersion = currentTransition(progress)?.stateVersion ?? null;
    told.push(...decision.actions.map((action) => ({ ...action, stateVersion })));
  }
  return { progress, told };
}

const inOrder = (course: Course): readonly Happening[] =>
  course.map((_, stateVersion) => ({ what: 'event', stateVersion, telling: 'exact' }));

const LOOK = (course: Course): Happening => ({ what: 'look', stateVersion: course.length - 1 });

const courseAndHappenings = courses.chain((course) =>
  fc.tuple(fc.constant(course), happenings(course)),
);

/** Some seconds each; the machine may be busy. Expectations are met by comparison first: a matcher costs more than the test. */
const TIMEOUT_MS = 180_000;

const check = <T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void, seed: number): void =>
  fc.assert(fc.property(arbitrary, holds), { numRuns: RUNS, seed });

describe(
  'decideRunEvent() and decideRunFacts(), by the hundred thousand',
  { timeout: TIMEOUT_MS },
  () => {
    test('whatever was dropped, doubled or shuffled: with a look at the end the record is whole and the verdict the same', () => {
      check(
        courseAndHappenings,
        ([course, happened]) => {
          const verdict = verdictOf(take(course, [...happened, LOOK(course)]).progress);
          const expected = verdictOf(take(course, inOrder(course)).progress);
          if (JSON.stringify(verdict) !== JSON.stringify(expected))
            expect(verdict).toEqual(expected);
          if (verdict?.steps.length !== course.length)
            expect(verdict?.steps.map(({ step }) => step)).toEqual(course);
        },
        1,
      );
    });

    test('a terminal state once told stands, however stale, whatever comes after and whatever is missing', () => {
      check(
        courseAndHappenings,
        ([course, happened]) => {
          const end = course.length - 1;
          const isTold = happened.some(({ stateVersion }) => stateVersion === end);
          const { progress } = take(course, happened);
          if (hasEnded(progress) !== isTold) expect(hasEnded(progress)).toBe(isTold);
          if (isTold && verdictOf(progress)?.state !== course[end])
            expect(verdictOf(progress)?.state).toBe(course[end]);
        },
        2,
      );
    });

    test('the same happenings in another order, and told twice, end in the same progress', () => {
      const shuffled = courseAndHappenings.chain(([course, happened]) =>
        fc.tuple(
          fc.constant(course),
          fc.constant(happened),
          fc.shuffledSubarray([...happened], { minLength: happened.length }),
        ),
      );
      check(
        shuffled,
        ([course, happened, again]) => {
          const left = take(course, happened).progress;
          const right = take(course, [...again, ...happened]).progress;
          if (JSON.stringify(left) !== JSON.stringify(right)) expect(left).toEqual(right);
        },
        3,
      );
    });

    test('people are told of a wait at most once, only of one the run is in, and of every one when all comes in order', () => {
      check(
        courseAndHappenings,
        ([course, happened]) => {
          const { told } = take(course, happened);
          const keys = told.map(({ state, stateVersion }) => `${state} ${stateVersion ?? ''}`);
          if (new Set(keys).size !== keys.length) expect(keys).toEqual([...new Set(keys)]);
          if (told.some(({ state }) => isTerminalState(state))) expect(told).toEqual([]);
          const waits = course.filter((state) => ['UNCONFIRMED', 'PENDING_REVIEW'].includes(state));
          const twice = inOrder(course).flatMap((event) => [event, event]);
          const all = take(course, twice).told.map(({ state }) => state);
          if (all.length !== waits.length) expect(all).toEqual(waits);
        },
        4,
      );
    });
  },
);
