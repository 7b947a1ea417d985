import { describe, expect, test } from 'vitest';
import { checkRoutes, createRoutes } from '../../../worker/notifiers/routes.ts';
import { NOTIFIERS } from '../../../worker/notifiers/registry.ts';
import { contextOf, routeOf, RUN_NOTICE, send } from './support.ts';

/** What reached the log, and a context with that log. */
function listen() {
  const lines: { readonly text?: string; readonly key?: string }[] = [];
  const log = { warn: (line: object) => void lines.push(line) };
  return { lines, changes: { log } as never };
}

describe('createRoutes()', () => {
  test('makes a route of each entry, which sends through its notifier', async () => {
    const { lines, changes } = listen();
    const routes = createRoutes(
      { log: { to: 'log', default: true }, night: { to: 'log' } },
      contextOf(changes),
    );
    expect(routes.map(({ name, isDefault }) => [name, isDefault])).toEqual([
      ['log', true],
      ['night', false],
    ]);
    expect(await routes[1]?.send({ notice: RUN_NOTICE, key: 'k' })).toEqual({ outcome: 'sent' });
    expect(lines).toEqual([{ ...RUN_NOTICE, key: 'k' }]);
  });

  test.each([
    ['not an object', { ops: 'log' }, 'route "ops": '],
    ['no notifier', { ops: {} }, 'route "ops", to: '],
    [
      'an unknown notifier',
      { ops: { to: 'pigeon' } },
      'route "ops", to: no notifier "pigeon" (there are log',
    ],
    ['a name with a slash', { 'a/b': { to: 'log' } }, 'route "a/b": a name has letters'],
    [
      'labels that are no list',
      { ops: { to: 'log', muteLabels: 'x' } },
      'route "ops", muteLabels: ',
    ],
    [
      'a template with a field that there is not',
      { ops: { to: 'log', template: 'stack {stack}' } },
      'route "ops", template: unknown field stack (there are text, topic',
    ],
  ])('refuses %s by route and field', (_, routes, message) => {
    expect(() => createRoutes(routes, contextOf())).toThrow(`Cannot use routes: ${message}`);
    expect(checkRoutes(routes).join()).toContain(message);
  });

  test('names every fault at once', () => {
    expect(() => createRoutes({ a: {}, b: { to: 'pigeon' } }, contextOf())).toThrow(
      /route "a", to: .*; route "b", to: /,
    );
  });

  test('says nothing of sound routes', () => {
    expect(checkRoutes({ log: { to: 'log' } })).toEqual([]);
  });
});

describe('a route', () => {
  test('mutes what carries one of its labels, and nothing else', async () => {
    const { lines, changes } = listen();
    const route = routeOf({ to: 'log', muteLabels: ['quiet'] }, changes);
    const labelled = (labels: readonly string[]) =>
      send(route, { notice: { ...RUN_NOTICE, labels } });
    expect(await labelled(['team', 'quiet'])).toEqual({ outcome: 'muted' });
    expect(lines).toHaveLength(0);
    expect(await labelled(['team', 'quieter'])).toEqual({ outcome: 'sent' });
    expect(lines).toHaveLength(1);
  });

  test.each([
    ['a text with fields', '{stackId} on {branch}: {state}', 'app on main: FAILED'],
    ['a function of fields', (fields: { runId: string }) => `see ${fields.runId}`, 'see 01RUN'],
    ['none', undefined, RUN_NOTICE.text],
    [
      'links',
      '{runUrl} {executionUrl}',
      'https://demo.app.spacelift.io/stack/app/run/01RUN https://temporal.example.com/namespaces/default/workflows/spacelift%2Fdemo%2Fapp%2Frun%2F01RUN',
    ],
  ])('writes by its template: %s', async (_, template, written) => {
    const { lines, changes } = listen();
    await send(routeOf({ to: 'log', ...(template !== undefined && { template }) }, changes));
    expect(lines[0]?.text).toBe(written);
  });

  test.each(['javascript:alert(1)', 'data:text/html,x', 'not a url', '//evil.example'])(
    'links to no page that is none: %s',
    async (url) => {
      const { lines, changes } = listen();
      await send(routeOf({ to: 'log', template: '[{runUrl}]' }, changes), {
        notice: { ...RUN_NOTICE, url },
      });
      expect(lines[0]?.text).toBe('[]');
    },
  );

  test('writes links so that they cannot end in any markup', async () => {
    const { lines, changes } = listen();
    await send(routeOf({ to: 'log', template: '{runUrl}' }, changes), {
      notice: { ...RUN_NOTICE, url: `https://demo.example/<a>|b)]'"*\`\\c` },
    });
    expect(lines[0]?.text).toMatch(/^https:\/\/demo\.example\/[\w%/.-]+$/);
  });
});

describe('NOTIFIERS', () => {
  test('has one row for each name', () => {
    const names = NOTIFIERS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
