import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../shared/contract/events.ts';
import {
  createProgress,
  currentTransition,
  decideRunEvent,
  decideRunFacts,
  hasEnded,
  verdictOf,
  withoutTerminal,
} from '../../../shared/workflow/progress.ts';
import { runEvent } from '../../events.ts';

const RUN = { account: 'demo', stackId: 'network', runId: '01RUN' };

const eventOf = (state: string, stateVersion: number | null, changes: Partial<RunEvent> = {}) =>
  runEvent(RUN.stackId, RUN.runId, state, stateVersion, changes);

const take = (events: readonly RunEvent[]) =>
  events.reduce(
    ({ progress, actions }, event) => {
      const decision = decideRunEvent(progress, event);
      return { progress: decision.progress, actions: [...actions, ...decision.actions] };
    },
    { progress: createProgress(RUN), actions: [] as readonly { action: string }[] },
  );

const statesOf = (events: readonly RunEvent[]) =>
  take(events).progress.transitions.map(({ state }) => state);

/** With a replan, so that states repeat. */
const REPLANNED = [
  'QUEUED',
  'PREPARING',
  'PLANNING',
  'UNCONFIRMED',
  'REPLAN_REQUESTED',
  'PREPARING_REPLAN',
  'PLANNING',
  'UNCONFIRMED',
  'CONFIRMED',
  'APPLYING',
  'FINISHED',
];

const DELIVERED = REPLANNED.flatMap((state, version) => [
  eventOf(state, version),
  eventOf(state, version, { order: 'derived', family: 'run_updated', occurredAt: 5 }),
]);

describe('decideRunEvent()', () => {
  test('orders by stateVersion, not by arrival', () => {
    const events = REPLANNED.map((state, version) => eventOf(state, version));
    expect(statesOf(events.toReversed())).toEqual(REPLANNED);
  });

  test('ends the same for every permutation, duplication and mix of families', () => {
    const expected = take(DELIVERED).progress;
    fc.assert(
      fc.property(
        fc.shuffledSubarray(DELIVERED, { minLength: DELIVERED.length }),
        fc.array(fc.constantFrom(...DELIVERED)),
        (events, again) => {
          expect(take([...events, ...again]).progress).toEqual(expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('tells a duplicate of another family apart from news', () => {
    const { progress } = take([eventOf('PLANNING', 4)]);
    const again = eventOf('PLANNING', 4, { order: 'derived', family: 'run_updated' });
    expect(decideRunEvent(progress, again)).toMatchObject({ isDuplicate: true, actions: [] });
    expect(decideRunEvent(progress, eventOf('PLANNING', 6)).isDuplicate).toBe(false);
  });

  test('notifies of each wait once, and again after a replan', () => {
    const told = ['UNCONFIRMED', 'UNCONFIRMED'].map(() => eventOf('UNCONFIRMED', 3));
    const replanned = [eventOf('PLANNING', 5), eventOf('UNCONFIRMED', 6)];
    expect(take(told).actions).toHaveLength(1);
    expect(take([...told, ...replanned]).actions).toHaveLength(2);
  });

  test('takes stateVersion 0 for a position', () => {
    expect(statesOf([eventOf('READY', 1), eventOf('QUEUED', 0)])).toEqual(['QUEUED', 'READY']);
  });

  test('lets a terminal state stand however stale its stateVersion', () => {
    const { progress } = take([eventOf('APPLYING', 7), eventOf('FAILED', 2)]);
    expect(currentTransition(progress)?.state).toBe('FAILED');
    expect(hasEnded(progress)).toBe(true);
  });

  test('does not let a state without a position hide where the run is', () => {
    const { progress } = take([eventOf('PLANNING', 4), eventOf('QUEUED', null)]);
    expect(currentTransition(progress)?.state).toBe('PLANNING');
  });

  test('does nothing more once the run has ended', () => {
    const { actions } = take([eventOf('FINISHED', 5), eventOf('UNCONFIRMED', 4)]);
    expect(actions).toEqual([]);
  });

  test.each(['BRAND_NEW_STATE', 'toString', '__proto__'])('takes %s for progress', (state) => {
    expect(hasEnded(take([eventOf(state, 3)]).progress)).toBe(false);
  });
});

describe('decideRunFacts()', () => {
  const history = ['QUEUED', 'PLANNING', 'FAILED'].map((state, stateVersion) => ({
    state,
    stateVersion,
    at: 1_760_000_000_000 + stateVersion,
  }));
  const facts = {
    state: 'FAILED',
    stateVersion: 2,
    runType: 'TRACKED',
    url: 'https://x.test',
    history,
  };

  test('fills gaps', () => {
    const { progress } = take([eventOf('PLANNING', 1)]);
    const decision = decideRunFacts(progress, facts);
    expect(decision.progress.transitions.map(({ state }) => state)).toEqual([
      'QUEUED',
      'PLANNING',
      'FAILED',
    ]);
    expect(hasEnded(decision.progress)).toBe(true);
  });

  test('does not cut off the milliseconds that a delivery told', () => {
    const { progress } = take([eventOf('PLANNING', 1, { occurredAt: 1_760_000_000_777 })]);
    const told = [{ state: 'PLANNING', stateVersion: 1, at: 1_760_000_000_000 }];
    const decision = decideRunFacts(progress, { ...facts, state: 'PLANNING', history: told });
    expect(decision.progress.transitions.map(({ at }) => at)).toEqual([1_760_000_000_777]);
  });

  test('puts its own terminal state over a signalled one', () => {
    const { progress } = take([eventOf('FINISHED', 9)]);
    const verdict = verdictOf(decideRunFacts(progress, facts).progress);
    expect(verdict).toMatchObject({ state: 'FAILED', reason: 'run failed in PLANNING' });
  });
});

describe('withoutTerminal()', () => {
  test('takes the end back and nothing else', () => {
    const { progress } = take([eventOf('PLANNING', 4), eventOf('FINISHED', 5)]);
    expect(verdictOf(withoutTerminal(progress))).toBeNull();
    expect(currentTransition(withoutTerminal(progress))?.state).toBe('PLANNING');
  });
});
