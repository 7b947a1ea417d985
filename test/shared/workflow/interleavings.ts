/**
 * What may happen to the telling of one run: a real course of states, told by both families, with and without positions,
 * dropped, doubled and shuffled, with looks in between. Shared by the tests of the decision and of real executions.
 */
import * as fc from 'fast-check';
import type { RunEvent } from '../../../shared/contract/events.ts';
import type { RunFacts } from '../../../shared/workflow/ports.ts';
import { runEvent } from '../../events.ts';

export type Course = readonly string[];

const BEGINNING = ['QUEUED', 'READY', 'PREPARING', 'INITIALIZING', 'PLANNING'];
const REPLAN = ['UNCONFIRMED', 'REPLAN_REQUESTED', 'PREPARING_REPLAN', 'PLANNING'];
const APPLY = ['CONFIRMED', 'PREPARING_APPLY', 'APPLYING'];

/** Replan loops, states of no known name, and every kind of end. */
export const courses: fc.Arbitrary<Course> = fc
  .record({
    replans: fc.nat({ max: 3 }),
    unknown: fc.option(fc.constantFrom('BRAND_NEW_STATE', 'PREPARING_DANCE'), { freq: 3 }),
    end: fc.constantFrom(
      ['FINISHED'],
      ['FAILED'],
      ['STOPPED'],
      ['UNCONFIRMED', 'DISCARDED'],
      ['UNCONFIRMED', ...APPLY, 'FINISHED'],
      ['UNCONFIRMED', ...APPLY, 'FAILED'],
      ['PENDING_REVIEW', 'FINISHED'],
    ),
  })
  .map(({ replans, unknown, end }) => [
    ...BEGINNING,
    ...(unknown === null ? [] : [unknown]),
    ...Array.from({ length: replans }, () => REPLAN).flat(),
    ...end,
  ]);

export const START_AT = 1_760_000_000_000;

const atOf = (stateVersion: number) => START_AT + stateVersion * 1000;

export type Telling = 'exact' | 'derived' | 'absent';

/** An event as a family tells it; a telling without position is sound only where the state is had once. */
export function tell(
  run: { readonly stackId: string; readonly runId: string },
  course: Course,
  stateVersion: number,
  telling: Telling,
): RunEvent {
  const state = course[stateVersion] ?? 'QUEUED';
  const isAbsent = telling === 'absent' && course.filter((other) => other === state).length === 1;
  if (isAbsent)
    return runEvent(run.stackId, run.runId, state, null, { family: 'short', occurredAt: null });
  return runEvent(run.stackId, run.runId, state, stateVersion, {
    order: telling === 'exact' ? 'exact' : 'derived',
    family: telling === 'exact' ? 'default' : 'run_updated',
    occurredAt: telling === 'exact' ? atOf(stateVersion) : null,
  });
}

/** What Spacelift says of the run when it has come this far. */
export const factsAt = (course: Course, stateVersion: number): RunFacts => ({
  state: course[stateVersion] ?? 'QUEUED',
  stateVersion,
  runType: 'TRACKED',
  url: null,
  hold: null,
  history: course
    .slice(0, stateVersion + 1)
    .map((state, version) => ({ state, stateVersion: version, at: atOf(version) })),
});

export type Happening =
  | { readonly what: 'event'; readonly stateVersion: number; readonly telling: Telling }
  | { readonly what: 'look'; readonly stateVersion: number };

/** In any order, some never told, some told often. */
export const happenings = (course: Course): fc.Arbitrary<readonly Happening[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          what: fc.constant('event' as const),
          stateVersion: fc.nat({ max: course.length - 1 }),
          telling: fc.constantFrom<Telling>('exact', 'derived', 'absent'),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          what: fc.constant('look' as const),
          stateVersion: fc.nat({ max: course.length - 1 }),
        }),
      },
    ),
    { maxLength: 24 },
  );
