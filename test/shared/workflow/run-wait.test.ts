import { describe, expect, test } from 'vitest';
import { holdOf, isNews, type Obstacles, waitOf } from '../../../shared/workflow/run-wait.ts';

const CLEAR: Obstacles = { needsApproval: false, isLocked: false, blocker: null, upstream: [] };
const RUN = { id: '01RUN', state: 'QUEUED' };
const OTHER = { id: '01OTHER', state: 'APPLYING' };

describe('holdOf()', () => {
  test.each([
    [
      'approval before all else',
      { needsApproval: true, isLocked: true, blocker: OTHER },
      { kind: 'approval' },
    ],
    [
      'the run in front',
      { isLocked: true, blocker: OTHER },
      { kind: 'run', runId: '01OTHER', isWaiting: false },
    ],
    [
      'the run in front that waits itself',
      { blocker: { id: '01OTHER', state: 'UNCONFIRMED' } },
      { kind: 'run', runId: '01OTHER', isWaiting: true },
    ],
    ['the lock', { isLocked: true, upstream: ['network'] }, { kind: 'lock' }],
    [
      'the stacks upstream',
      { upstream: ['network'] },
      { kind: 'dependency', stackIds: ['network'] },
    ],
    ['nothing', {}, null],
    ['nothing when the run blocks the stack itself', { blocker: { ...RUN } }, null],
  ])('names %s', (_, met: Partial<Obstacles>, hold) => {
    expect(holdOf(RUN, { ...CLEAR, ...met })).toEqual(hold);
  });

  test('sees nothing in the way of a run that is under way, whatever its stack', () => {
    const met = { needsApproval: true, isLocked: true, blocker: OTHER, upstream: ['network'] };
    expect(holdOf({ ...RUN, state: 'PLANNING' }, met)).toBeNull();
    expect(holdOf({ ...RUN, state: 'UNCONFIRMED' }, { ...met, needsApproval: false })).toBeNull();
    expect(holdOf({ ...RUN, state: 'UNCONFIRMED' }, met)).toEqual({ kind: 'approval' });
  });
});

describe('waitOf()', () => {
  test.each([
    ['UNCONFIRMED', null, 'confirm', true, true],
    ['UNCONFIRMED', { kind: 'approval' }, 'approve', true, true],
    ['PENDING_REVIEW', null, 'approve', true, true],
    ['QUEUED', { kind: 'approval' }, 'approve', true, true],
    ['QUEUED', { kind: 'lock' }, 'lock', true, true],
    ['QUEUED', { kind: 'run', runId: 'x', isWaiting: false }, 'busy', false, false],
    ['QUEUED', { kind: 'run', runId: 'x', isWaiting: true }, 'busy', false, true],
    ['QUEUED', { kind: 'dependency', stackIds: ['a'] }, 'dependency', false, true],
  ] as const)('%s held by %j waits for %s', (state, hold, kind, isForPerson, isLong) => {
    expect(waitOf(state, hold)).toMatchObject({ kind, isForPerson, isLong });
  });

  test.each(['QUEUED', 'READY', 'PLANNING', 'CONFIRMED', 'FINISHED', 'BRAND_NEW'])(
    '%s waits for nobody',
    (state) => {
      expect(waitOf(state, null)).toBeNull();
    },
  );

  test('a hold that lasts beyond the queue stops nobody', () => {
    expect(waitOf('PLANNING', { kind: 'lock' })).toBeNull();
  });
});

describe('isNews()', () => {
  const known = { state: 'QUEUED', stateVersion: 0, hold: null };

  test('a position that one side does not know is no news', () => {
    expect(isNews(known, { ...known, stateVersion: null })).toBe(false);
    expect(isNews({ ...known, stateVersion: null }, known)).toBe(false);
    expect(isNews(known, { ...known, stateVersion: 5 })).toBe(true);
  });

  test('the same hold is none, another is', () => {
    const held = { ...known, hold: { kind: 'run', runId: 'x', isWaiting: false } as const };
    expect(isNews(held, { ...held, hold: { ...held.hold } })).toBe(false);
    expect(isNews(held, { ...held, hold: { ...held.hold, isWaiting: true } })).toBe(true);
    expect(isNews({ state: 'QUEUED', stateVersion: 0 }, known)).toBe(false);
  });
});
