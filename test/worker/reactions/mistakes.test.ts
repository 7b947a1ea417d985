/**
 * Mistakes in a reactions file that must not compile: `tsc` fails on this file where one of them does, since nothing is
 * left to be expected. Each is refused at load as well.
 */
import { expect, test } from 'vitest';
import { checkReactions } from '../../../worker/reactions/check.ts';
import { defineReactions } from '../../../worker/reactions/define.ts';

const routes = { log: { to: 'log' } } as const;

const MISTAKES: Readonly<Record<string, () => unknown>> = {
  'an unknown notifier': () =>
    // @ts-expect-error -- no notifier has that name
    defineReactions({ routes: { ops: { to: 'pigeon' } }, rules: [] }),
  'an unknown route': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- no route has that name
      rules: [{ id: 'a', on: 'failed', do: { notify: 'ops' } }],
    }),
  'an unknown event type': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- finished is no event type
      rules: [{ id: 'a', on: 'finished', do: { notify: 'log' } }],
    }),
  'a rule without an id': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- keys are made of ids
      rules: [{ on: 'failed', do: { notify: 'log' } }],
    }),
  'a rule that does nothing': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- do is missing
      rules: [{ id: 'a', on: 'failed' }],
    }),
  'an unknown condition': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- it is written stack
      rules: [{ id: 'a', on: 'failed', where: { stak: 'x' }, do: { notify: 'log' } }],
    }),
  'an unknown trigger': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- nobody is named
      rules: [{ id: 'a', on: 'failed', where: { triggeredBy: 'ada' }, do: { notify: 'log' } }],
    }),
  'an unknown deed': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- it is written notify
      rules: [{ id: 'a', on: 'failed', do: { page: 'log' } }],
    }),
  'dependents of a failed run': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- only of a completed one
      rules: [{ id: 'a', on: 'failed', do: { triggerDependents: true } }],
    }),
  'a retry of a completed run': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- only of a failed one
      rules: [{ id: 'a', on: 'completed', do: { retryRun: { attempts: 1 } } }],
    }),
  'a confirmation of a failed run': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- only of a waiting one
      rules: [{ id: 'a', on: 'failed', do: { confirm: true } }],
    }),
  'an escalation of what does not wait': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- only a wait can last
      rules: [{ id: 'a', on: 'failed', after: '4h', do: { notify: 'log' } }],
    }),
  'a duration without a unit': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- of what
      rules: [{ id: 'a', on: 'waiting', after: '4', do: { notify: 'log' } }],
    }),
  'a task': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- a task needs a command
      rules: [{ id: 'a', on: 'failed', do: { triggerStack: { stack: 'b', runType: 'TASK' } } }],
    }),
  'a webhook without a secret': () =>
    defineReactions({
      routes,
      // @ts-expect-error -- it is signed
      rules: [{ id: 'a', on: 'failed', do: { callWebhook: { url: 'https://x.example' } } }],
    }),
};

test.each(Object.entries(MISTAKES))('%s does not compile, and is refused at load', (_, write) => {
  expect(checkReactions(write()).ok).toBe(false);
});
