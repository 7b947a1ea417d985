import { describe, expect, test } from 'vitest';
import {
  createProgress,
  decideRunEvent,
  decideRunFacts,
} from '../../../shared/workflow/progress.ts';
import { traitsOf } from '../../../shared/workflow/run-traits.ts';
import { ACCOUNT, runEvent } from '../../events.ts';

const RUN = { account: ACCOUNT, stackId: 'app', runId: '01RUN' };
const delta = (added: number) => ({ added, changed: 0, deleted: 0 });
const event = (state: string, version: number | null, changes: object) =>
  runEvent('app', '01RUN', state, version, changes);

const afterEvents = (events: readonly ReturnType<typeof event>[]) =>
  events.reduce((known, each) => decideRunEvent(known, each).progress, createProgress(RUN));

describe('traits of a run', () => {
  test('are the same in whatever order its events come, the delta of the newest state', () => {
    const events = [
      event('UNCONFIRMED', 3, { delta: delta(1), labels: ['a'] }),
      event('UNCONFIRMED', 6, { delta: delta(2), driftDetection: true }),
      event('APPLYING', null, { delta: delta(9), branch: null }),
      event('FINISHED', 9, { commit: 'abc1234' }),
    ];
    const expected = {
      branch: 'main',
      commit: 'abc1234',
      labels: ['a'],
      driftDetection: true,
      delta: delta(2),
      deltaVersion: 6,
    };
    expect(traitsOf(afterEvents(events))).toMatchObject(expected);
    expect(traitsOf(afterEvents(events.toReversed()))).toMatchObject(expected);
  });

  test('name the intent only where an API key triggered the run', () => {
    const userMetadata = ['spacelift-temporal/key.a;cause=network'];
    const byPerson = event('QUEUED', 0, { userMetadata, triggeredBy: { kind: 'other' } });
    const byKey = event('QUEUED', 0, { userMetadata, triggeredBy: { kind: 'api-key' } });
    expect(traitsOf(afterEvents([byPerson])).intentKey).toBeNull();
    expect(traitsOf(afterEvents([byKey])).intentKey).toBe('key.a');
  });

  test('are as Spacelift itself says, and stay where it says nothing', () => {
    const known = afterEvents([event('PLANNING', 2, { labels: ['old'], delta: delta(1) })]);
    const facts = { state: 'PLANNING', stateVersion: 2, runType: null, url: null, history: [] };
    const traits = {
      branch: 'next',
      commit: null,
      labels: ['new'],
      space: 'prod',
      repository: 'acme/infra',
      driftDetection: false,
      triggeredBy: null,
      delta: null,
    };
    expect(traitsOf(decideRunFacts(known, { ...facts, traits }).progress)).toMatchObject({
      branch: 'next',
      labels: ['new'],
      space: 'prod',
      repository: 'acme/infra',
      triggeredBy: { kind: 'vcs' },
      delta: delta(1),
    });
    expect(traitsOf(decideRunFacts(known, facts).progress)).toEqual(traitsOf(known));
  });
});
