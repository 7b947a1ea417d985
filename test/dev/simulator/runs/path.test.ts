import { describe, expect, it } from 'vitest';
import type { Run, RunType, Script } from '../../../../dev/simulator/model.ts';
import { planPath, statesAhead } from '../../../../dev/simulator/runs/path.ts';

const START = 'READY PREPARING INITIALIZING';

const plan = (type: RunType, script: Script = {}, more = {}) =>
  planPath({
    request: { type, skipInitialization: false },
    script,
    destroyStates: ['DESTROYING'],
    ...more,
  }).join(' ');

const afterPlan = (type: RunType, script: Script, stack = {}, forceApply = false) => {
  const history = [{ state: 'PLANNING', stateVersion: 4, at: 0, note: null, username: '' }];
  const run = { type, script, history, forceApply, path: [] } as unknown as Run;
  return statesAhead(run, { autodeploy: true, lock: null, ...stack }).join(' ');
};

const MANUAL = { autodeploy: false };
const LOCKED = { lock: { by: 'ada', at: 0, note: '' } };

describe('planPath()', () => {
  it.each([
    ['TRACKED', `${START} PLANNING`],
    ['PROPOSED', `${START} PLANNING`],
    ['TASK', `${START} PERFORMING FINISHED`],
    ['TESTING', `${START} PLANNING APPLYING DESTROYING FINISHED`],
    ['DESTROY', `${START} DESTROYING FINISHED`],
    ['PARSE', `${START} PLANNING FINISHED`],
  ] as const)('plans a %s run as far as that can be told', (type, path) => {
    expect(plan(type)).toBe(path);
  });

  it('leaves INITIALIZING out of a task that skips it', () => {
    const request = { type: 'TASK', skipInitialization: true } as const;
    expect(plan('TASK', {}, { request })).toBe('READY PREPARING PERFORMING FINISHED');
  });

  it('fails after the scripted state and not before', () => {
    expect(plan('TRACKED', { failAt: 'PLANNING' })).toBe(`${START} PLANNING FAILED`);
    expect(plan('TRACKED', { failAt: 'QUEUED' })).toBe('FAILED');
  });

  it('destroys after a module test whose apply failed', () => {
    expect(plan('TESTING', { failAt: 'APPLYING' })).toMatch(/APPLYING DESTROYING FAILED$/);
  });

  it('takes a scripted sequence as it stands, with or without QUEUED', () => {
    expect(plan('TRACKED', { states: ['QUEUED', 'READY', 'SKIPPED'] })).toBe('READY SKIPPED');
    expect(plan('TRACKED', { states: ['READY', 'SKIPPED'] })).toBe('READY SKIPPED');
  });
});

describe('statesAhead()', () => {
  it.each([
    ['TRACKED', {}, {}, 'APPLYING FINISHED'],
    ['TRACKED', {}, MANUAL, 'UNCONFIRMED'],
    ['TRACKED', {}, LOCKED, 'UNCONFIRMED'],
    ['TRACKED', { warns: true }, {}, 'UNCONFIRMED'],
    ['TRACKED', { changes: false }, MANUAL, 'FINISHED'],
    ['TRACKED', { failAt: 'APPLYING' }, {}, 'APPLYING FAILED'],
    ['PROPOSED', {}, {}, 'FINISHED'],
    ['PROPOSED', { warns: true }, {}, 'PENDING_REVIEW'],
    ['PROPOSED', { failAt: 'APPLYING' }, {}, 'FINISHED'],
  ] as const)(
    'after the plan of a %s run with %j on a stack with %j',
    (type, script, stack, path) => {
      expect(afterPlan(type, script, stack)).toBe(path);
    },
  );

  it('applies an empty plan when the caller forces it', () => {
    expect(afterPlan('TRACKED', { changes: false }, {}, true)).toBe('APPLYING FINISHED');
  });
});
