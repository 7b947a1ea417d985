import { describe, expect, it } from 'vitest';
import type { RunType, Script } from '../../../../dev/simulator/model.ts';
import { planPath } from '../../../../dev/simulator/runs/path.ts';

const plan = (type: RunType, script: Script = {}, more = {}) =>
  planPath({
    request: { type, skipInitialization: false, forceApply: false },
    stack: { autodeploy: true, lock: null },
    script,
    destroyStates: ['DESTROYING'],
    ...more,
  }).join(' ');

const MANUAL = { stack: { autodeploy: false, lock: null } };
const LOCKED = { stack: { autodeploy: true, lock: { by: 'ada', at: 0, note: '' } } };
const WITH_CONFIRM =
  'READY PREPARING INITIALIZING PLANNING UNCONFIRMED CONFIRMED PREPARING_APPLY APPLYING FINISHED';

describe('planPath()', () => {
  it.each([
    ['TRACKED', {}, {}, 'READY PREPARING INITIALIZING PLANNING APPLYING FINISHED'],
    ['TRACKED', {}, MANUAL, WITH_CONFIRM],
    ['TRACKED', {}, LOCKED, WITH_CONFIRM],
    ['TRACKED', { changes: false }, MANUAL, 'READY PREPARING INITIALIZING PLANNING FINISHED'],
    ['PROPOSED', {}, {}, 'READY PREPARING INITIALIZING PLANNING FINISHED'],
    ['TASK', {}, {}, 'READY PREPARING INITIALIZING PERFORMING FINISHED'],
    ['DESTROY', {}, {}, 'READY PREPARING INITIALIZING DESTROYING FINISHED'],
  ] as const)('plans a %s run with %j', (type, script, more, path) => {
    expect(plan(type, script, more)).toBe(path);
  });

  it('applies an empty plan when the caller forces it', () => {
    const request = { type: 'TRACKED', skipInitialization: false, forceApply: true } as const;
    expect(plan('TRACKED', { changes: false }, { request })).toContain('APPLYING FINISHED');
  });

  it('fails after the scripted state and not before', () => {
    expect(plan('TRACKED', { failAt: 'APPLYING' })).toBe(
      'READY PREPARING INITIALIZING PLANNING APPLYING FAILED',
    );
    expect(plan('TRACKED', { failAt: 'QUEUED' })).toBe('FAILED');
  });

  it('finishes a run that never gets to the failing state', () => {
    expect(plan('PROPOSED', { failAt: 'APPLYING' })).toMatch(/FINISHED$/);
  });

  it('destroys after a module test whose apply failed', () => {
    expect(plan('TESTING', { failAt: 'APPLYING' })).toMatch(/APPLYING DESTROYING FAILED$/);
  });

  it('takes a scripted sequence as it stands, with or without QUEUED', () => {
    expect(plan('TRACKED', { states: ['QUEUED', 'READY', 'SKIPPED'] })).toBe('READY SKIPPED');
    expect(plan('TRACKED', { states: ['READY', 'SKIPPED'] })).toBe('READY SKIPPED');
  });
});
