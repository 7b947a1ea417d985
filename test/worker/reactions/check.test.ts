import { describe, expect, test } from 'vitest';
import { checkReactions } from '../../../worker/reactions/check.ts';
import { defineReactions } from '../../../worker/reactions/define.ts';

const ROUTES = { log: { to: 'log' } } as const;

const faultsOf = (file: unknown): readonly string[] => {
  const checked = checkReactions(file);
  return checked.ok ? [] : checked.error;
};

const rulesFault = (...rules: unknown[]) => faultsOf({ routes: ROUTES, rules });

describe('checkReactions()', () => {
  test('takes every field there is', () => {
    const file = defineReactions({
      routes: { log: { to: 'log' }, ops: { to: 'log', muteLabels: ['quiet'] } },
      rules: [
        {
          id: 'everything',
          on: ['failed', 'ended', 'trouble'],
          where: {
            account: 'acme',
            stack: ['app', 'net-*'],
            label: 'prod',
            space: 'root',
            branch: 'release/*',
            runType: 'TRACKED',
            state: 'FAILED',
            drift: false,
            triggeredBy: ['own-key', 'vcs'],
            topic: 'webhook-disabled',
          },
          do: { notify: ['log', 'ops'], triggerStack: { stack: 'after', commit: 'same' } },
          then: { callWebhook: { urlFrom: 'HOOK_URL', secretFrom: 'HOOK_SECRET' } },
          stop: true,
        },
        { id: 'late', on: 'waiting', after: '4h', do: { notify: 'ops' } },
        { id: 'confirm', on: 'waiting', do: { confirm: { note: 'by rule' } } },
        { id: 'discard', on: 'waiting', after: '2d', do: { discard: true } },
        { id: 'dependents', on: 'completed', do: { triggerDependents: true } },
        {
          id: 'retry',
          on: 'failed',
          do: {
            retryRun: {
              attempts: 2,
              backoff: { first: '30s', factor: 3, atMost: '10m' },
              failedIn: 'PREPARING',
            },
          },
        },
      ],
    });
    const checked = checkReactions(file);
    expect(checked).toMatchObject({ ok: true });
    const rules = checked.ok ? checked.value.rules : [];
    expect(rules[1]).toMatchObject({ on: ['waiting'], after: 4 * 3_600_000 });
    expect(rules[5]?.do.retryRun).toEqual({
      attempts: 2,
      backoff: { first: 30_000, factor: 3, atMost: 600_000 },
      failedIn: ['PREPARING'],
    });
  });

  test('adds the route log where the file has none', () => {
    const checked = checkReactions({
      routes: {},
      rules: [{ id: 'a', on: 'failed', do: { notify: 'log' } }],
    });
    expect(checked).toMatchObject({ ok: true, value: { routes: { log: { to: 'log' } } } });
  });

  test.each([
    [null, 'the file must be an object'],
    [{ routes: {} }, 'rules is missing'],
    [{ routes: {}, rules: [], extra: 1 }, 'extra there is no such field'],
    [{ routes: [], rules: {} }, 'rules must be a list'],
    [{ routes: { ops: { to: 'pigeon' } }, rules: [] }, 'route "ops", to: no notifier "pigeon"'],
  ])('refuses the file %j: %s', (file, fault) => {
    expect(faultsOf(file).join('\n')).toContain(fault);
  });

  const notify = { notify: 'log' };

  test.each([
    [{ on: 'failed', do: notify }, 'rule 1, id: is missing'],
    [{ id: 'a b', on: 'failed', do: notify }, 'rule "a b", id: must have letters'],
    [{ id: 'a', do: notify }, 'rule "a", on: is missing'],
    [{ id: 'a', on: 'finished', do: notify }, 'rule "a", on: must be one of waiting,'],
    [{ id: 'a', on: [], do: notify }, 'rule "a", on: must not be empty'],
    [{ id: 'a', on: 'failed' }, 'rule "a", do: is missing'],
    [{ id: 'a', on: 'failed', do: {} }, 'rule "a", do: must not be empty'],
    [{ id: 'a', on: 'failed', do: { page: 'log' } }, 'rule "a", do.page: there is no such field'],
    [
      { id: 'a', on: 'failed', do: { notify: 'ops' } },
      'rule "a", do.notify: no route "ops" (there are log)',
    ],
    [{ id: 'a', on: 'failed', do: { notify: [] } }, 'rule "a", do.notify: must not be empty'],
    [{ id: 'a', on: 'failed', when: 1, do: notify }, 'rule "a", when: there is no such field'],
    [
      { id: 'a', on: 'failed', where: { stak: 'x' }, do: notify },
      'rule "a", where.stak: there is no such field',
    ],
    [
      { id: 'a', on: 'failed', where: { stack: 7 }, do: notify },
      'rule "a", where.stack: must be a text',
    ],
    [
      { id: 'a', on: 'failed', where: { stack: ['x', ''] }, do: notify },
      'rule "a", where.stack.1: must not be empty',
    ],
    [
      { id: 'a', on: 'failed', where: { drift: 'no' }, do: notify },
      'rule "a", where.drift: must be true or false',
    ],
    [
      { id: 'a', on: 'failed', where: { triggeredBy: 'me' }, do: notify },
      'rule "a", where.triggeredBy: must be one of vcs',
    ],
    [{ id: 'a', on: 'failed', after: '4h', do: notify }, 'rule "a", after: only a rule on waiting'],
    [{ id: 'a', on: 'waiting', after: '4 hours', do: notify }, 'rule "a", after: must be like 90s'],
    [{ id: 'a', on: 'waiting', after: '31d', do: notify }, 'rule "a", after: must be like 90s'],
    [
      { id: 'a', on: 'failed', do: { triggerDependents: true } },
      'rule "a", do.triggerDependents: only a rule on completed',
    ],
    [
      { id: 'a', on: ['failed', 'ended'], do: { retryRun: { attempts: 1 } } },
      'rule "a", do.retryRun: only a rule on failed',
    ],
    [
      { id: 'a', on: 'failed', do: { retryRun: { attempts: 0 } } },
      'rule "a", do.retryRun.attempts: must be a whole number from 1 to 20',
    ],
    [{ id: 'a', on: 'failed', do: { retryRun: {} } }, 'rule "a", do.retryRun.attempts: is missing'],
    [
      { id: 'a', on: 'completed', then: { confirm: true }, do: notify },
      'rule "a", then.confirm: only a rule on waiting',
    ],
    [
      { id: 'a', on: 'waiting', do: { confirm: true, discard: true } },
      'rule "a", do: cannot both confirm and discard',
    ],
    [
      { id: 'a', on: 'failed', do: { triggerStack: { stack: 'a/b' } } },
      'rule "a", do.triggerStack.stack: must be the id of a stack',
    ],
    [
      { id: 'a', on: 'failed', do: { triggerStack: { stack: 'b', runType: 'TASK' } } },
      'rule "a", do.triggerStack.runType: must be one of',
    ],
    [
      { id: 'a', on: 'failed', do: { callWebhook: { url: 'https://x.example' } } },
      'rule "a", do.callWebhook.secretFrom: is missing',
    ],
    [
      { id: 'a', on: 'failed', do: { callWebhook: { secretFrom: 'S' } } },
      'rule "a", do.callWebhook: must have either url or urlFrom',
    ],
    [
      { id: 'a', on: 'failed', do: { callWebhook: { url: 'file:///etc', secretFrom: 'S' } } },
      'rule "a", do.callWebhook.url: must be http or https',
    ],
    [{ id: 'a', on: 'failed', stop: 'yes', do: notify }, 'rule "a", stop: must be true'],
  ])('refuses the rule %j by name', (rule, fault) => {
    expect(rulesFault(rule).join('\n')).toContain(fault);
  });

  test('refuses two rules of one id, and names every fault at once', () => {
    const faults = rulesFault(
      { id: 'a', on: 'failed', do: notify },
      { id: 'a', on: 'ended', do: { notify: 'ops' } },
    );
    expect(faults).toEqual([
      'rule "a", id: another rule has the same',
      'rule "a", do.notify: no route "ops" (there are log)',
    ]);
  });
});
