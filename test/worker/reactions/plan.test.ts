import { describe, expect, test } from 'vitest';
import type { ReactionEvent } from '../../../shared/workflow/reactions.ts';
import { checkReactions, type Reactions } from '../../../worker/reactions/check.ts';
import type { Where } from '../../../worker/reactions/define.ts';
import { planReactions } from '../../../worker/reactions/plan.ts';
import { EXECUTION_ID, reactionEvent } from './events.ts';

const OWN = '01OWN';
const isOwnKey = (account: string, keyId: string) => account === 'demo' && keyId === OWN;

function reactionsOf(...rules: object[]): Reactions {
  const checked = checkReactions({ routes: { log: { to: 'log' }, ops: { to: 'log' } }, rules });
  if (!checked.ok) throw new Error(checked.error.join('\n'));
  return checked.value;
}

const plan = (event: ReactionEvent, ...rules: object[]) =>
  planReactions(reactionsOf(...rules), event, isOwnKey);

const doneBy = (event: ReactionEvent, ...rules: object[]) =>
  plan(event, ...rules).actions.map(({ ruleId, action }) => `${ruleId}: ${action}`);

const waiting = (changes: Partial<ReactionEvent> = {}) =>
  reactionEvent({ on: 'waiting', state: 'UNCONFIRMED', topic: 'run-waiting', ...changes });

describe('conditions', () => {
  const matches = (where: Where, changes: Partial<ReactionEvent> = {}) =>
    doneBy(reactionEvent(changes), { id: 'a', on: 'failed', where, do: { notify: 'log' } }).length >
    0;

  test.each<[Where, Partial<ReactionEvent>, boolean]>([
    [{}, {}, true],
    [{ account: 'demo' }, {}, true],
    [{ account: 'dem' }, {}, false],
    [{ stack: 'app' }, {}, true],
    [{ stack: 'ap' }, {}, false],
    [{ stack: 'app' }, { stackId: 'app-2' }, false],
    [{ stack: ['x', 'a*'] }, {}, true],
    [{ stack: 'app' }, { stackId: null }, false],
    [{ label: 'prod' }, {}, true],
    [{ label: 'prod' }, { labels: ['prod-2', 'non-prod'] }, false],
    [{ label: 'team:*' }, {}, true],
    [{ label: '*' }, { labels: [] }, false],
    [{ space: 'root' }, {}, false],
    [{ space: 'root' }, { space: 'root' }, true],
    [{ branch: 'release/*' }, { branch: 'release/1' }, true],
    [{ branch: 'main' }, { branch: null }, false],
    [{ runType: 'TRACKED' }, {}, true],
    [{ runType: ['TASK', 'DESTROY'] }, {}, false],
    [{ state: 'FAILED' }, {}, true],
    [{ drift: false }, {}, true],
    [{ drift: true }, {}, false],
    [{ drift: true }, { driftDetection: true }, true],
    [{ triggeredBy: 'vcs' }, {}, true],
    [{ triggeredBy: 'own-key' }, { triggeredBy: { kind: 'api-key', keyId: OWN } }, true],
    [{ triggeredBy: 'other-key' }, { triggeredBy: { kind: 'api-key', keyId: OWN } }, false],
    [{ triggeredBy: 'other-key' }, { triggeredBy: { kind: 'api-key', keyId: 'x' } }, true],
    [{ triggeredBy: 'api-key' }, { triggeredBy: { kind: 'api-key' } }, true],
    [{ triggeredBy: 'other' }, { triggeredBy: null }, false],
    [{ topic: 'run-*' }, {}, true],
    [{ stack: 'app', label: 'prod', branch: 'main' }, {}, true],
    [{ stack: 'app', label: 'dev', branch: 'main' }, {}, false],
  ])('%j of a run with %j: %s', (where, changes, expected) => {
    expect(matches(where, changes)).toBe(expected);
  });

  test('hold only on the event types of the rule', () => {
    const rule = { id: 'a', on: ['ended', 'completed'], do: { notify: 'log' } };
    expect(doneBy(reactionEvent({ on: 'ended' }), rule)).toHaveLength(1);
    expect(doneBy(reactionEvent(), rule)).toEqual([]);
  });
});

describe('planReactions()', () => {
  test('keys an action by execution, rule, action, state and stateVersion', () => {
    const rule = {
      id: 'a',
      on: 'waiting',
      do: { notify: ['log', 'ops'], confirm: true },
      then: { callWebhook: { url: 'https://x.example', secretFrom: 'S' } },
    };
    expect(plan(waiting(), rule).actions.map(({ key }) => key)).toEqual([
      `${EXECUTION_ID}/a/notify:log/UNCONFIRMED/4`,
      `${EXECUTION_ID}/a/notify:ops/UNCONFIRMED/4`,
      `${EXECUTION_ID}/a/confirm/UNCONFIRMED/4`,
      `${EXECUTION_ID}/a/call-webhook:1/UNCONFIRMED/4`,
    ]);
    const replanned = plan(waiting({ stateVersion: 7 }), rule).actions;
    expect(replanned.every(({ key }) => key.endsWith('/UNCONFIRMED/7'))).toBe(true);
  });

  test('puts what a rule does then behind what it does', () => {
    const rule = { id: 'a', on: 'failed', do: { notify: 'log' }, then: { notify: 'ops' } };
    expect(plan(reactionEvent(), rule).actions).toMatchObject([
      { route: 'log', step: 0 },
      { route: 'ops', step: 1 },
    ]);
  });

  test('leaves out what stands below a rule that matches and stops, and only then', () => {
    const rules = (where: Where) => [
      { id: 'first', on: 'failed', where, do: { notify: 'ops' }, stop: true },
      { id: 'second', on: 'failed', do: { notify: 'log' } },
    ];
    expect(doneBy(reactionEvent(), ...rules({ label: 'prod' }))).toEqual(['first: notify']);
    expect(doneBy(reactionEvent(), ...rules({ label: 'dev' }))).toEqual(['second: notify']);
  });

  test('does the same once, whichever rules want it', () => {
    const { actions, omitted } = plan(
      waiting(),
      { id: 'a', on: 'waiting', do: { notify: 'log', triggerStack: { stack: 'b' } } },
      {
        id: 'b',
        on: 'waiting',
        do: { notify: 'log', triggerStack: { stack: 'b' }, discard: true },
      },
      { id: 'c', on: 'waiting', do: { confirm: true } },
      { id: 'd', on: 'waiting', after: '4h', do: { notify: 'log' } },
    );
    expect(actions.map(({ ruleId, action, afterMs }) => [ruleId, action, afterMs])).toEqual([
      ['a', 'notify', 0],
      ['a', 'trigger-stack', 0],
      ['b', 'discard', 0],
      ['d', 'notify', 4 * 3_600_000],
    ]);
    expect(omitted).toEqual([
      { ruleId: 'b', reason: 'notify: rule a does' },
      { ruleId: 'b', reason: 'trigger-stack: rule a does' },
      { ruleId: 'c', reason: 'confirm: rule b does' },
    ]);
  });

  test('retries a run as often as the rule says, ever later, and counts what was made', () => {
    const rule = {
      id: 'retry',
      on: 'failed',
      do: { retryRun: { attempts: 3, backoff: { first: '10s', factor: 3, atMost: '1m' } } },
    };
    const after = (...intentKeys: string[]) => plan(reactionEvent({ intentKeys }), rule);
    expect(after('key.a').actions).toMatchObject([{ attempt: 1, delayMs: 10_000 }]);
    expect(after('retry.1.abc').actions).toMatchObject([{ attempt: 2, delayMs: 30_000 }]);
    expect(after('retry.2.abc').actions).toMatchObject([{ attempt: 3, delayMs: 60_000 }]);
    expect(after('retry.3.abc')).toEqual({
      actions: [],
      omitted: [{ ruleId: 'retry', reason: 'retry-run: it was retried 3 times' }],
    });
  });

  test('retries only what failed in one of the states', () => {
    const rule = {
      id: 'a',
      on: 'failed',
      do: { retryRun: { attempts: 1, failedIn: 'PREPARING' } },
    };
    expect(doneBy(reactionEvent({ failedIn: 'PREPARING' }), rule)).toHaveLength(1);
    expect(doneBy(reactionEvent({ failedIn: 'APPLYING' }), rule)).toEqual([]);
    expect(doneBy(reactionEvent({ failedIn: null }), rule)).toEqual([]);
  });

  test('leaves out what cannot be done without a run, a commit or a stateVersion', () => {
    const { actions, omitted } = plan(
      waiting({ commit: null, stateVersion: null }),
      { id: 'a', on: 'waiting', do: { confirm: true } },
      { id: 'b', on: 'waiting', do: { triggerStack: { stack: 'b', commit: 'same' } } },
    );
    expect(actions).toEqual([]);
    expect(omitted).toHaveLength(2);
    const noRun = reactionEvent({ on: 'completed', runId: null });
    expect(doneBy(noRun, { id: 'a', on: 'completed', do: { triggerDependents: true } })).toEqual(
      [],
    );
  });

  test('tells trouble to the log where no rule wants it, and nothing else', () => {
    const trouble = reactionEvent({ on: 'trouble', runId: null, topic: 'webhook-disabled' });
    const quiet = { id: 'other', on: 'ended', do: { notify: 'ops' } };
    expect(doneBy(trouble, quiet)).toEqual(['no-rule: notify']);
    expect(doneBy(reactionEvent({ on: 'internal_error', runId: null }), quiet)).toHaveLength(1);
    expect(doneBy(reactionEvent({ runId: null, topic: 'stack-failed' }), quiet)).toHaveLength(1);
    expect(doneBy(reactionEvent(), quiet)).toEqual([]);
    expect(doneBy(reactionEvent({ on: 'module_version', topic: null }), quiet)).toEqual([]);
    expect(doneBy(trouble, { id: 'mine', on: 'trouble', do: { notify: 'ops' } })).toEqual([
      'mine: notify',
    ]);
  });
});
