/** The worked example of CONTRIBUTING.md, "An event type": from a payload to a notice, in the places the compiler names. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createCleanCopy } from './clean-copy.ts';

const PATCH = 'test/examples/event-type.patch';

const COMPILING_MS = 300_000;

const patch = readFileSync(fileURLToPath(new URL('event-type.patch', import.meta.url)), 'utf8');
const paths = [...patch.matchAll(/^\+\+\+ b\/(.*)$/gm)].map(([, path]) => path ?? '');

test('the example of an event type touches the places that CONTRIBUTING.md names', () => {
  const guide = readFileSync(
    fileURLToPath(new URL('../../CONTRIBUTING.md', import.meta.url)),
    'utf8',
  );
  const chapter = guide.split('\n').find((line) => line.startsWith('**An event type.**')) ?? '';
  const sources = paths.filter((path) => /^(shared|worker)\//.test(path));
  const named = sources.filter((path) => !path.includes('/families/pool-starved'));
  expect(named.filter((path) => !chapter.includes(path.split('/').at(-1) ?? path))).toEqual([]);
});

test(
  'the example of an event type does not compile without one of its places',
  async () => {
    await using copy = await createCleanCopy();
    await copy.apply(PATCH, '--exclude=shared/workflow/*', '--exclude=test/*');
    const fault = await copy.tool('tsc', '--project', 'shared/workflow').then(
      () => '',
      (error: unknown) => String(error),
    );
    for (const name of ['single-event.ts', 'reaction-event.ts', 'record-event.ts', 'notices.ts'])
      expect(fault).toContain(`shared/workflow/${name}`);
  },
  COMPILING_MS,
);

test(
  'the example of an event type applies, compiles and runs',
  async () => {
    await using copy = await createCleanCopy();
    await copy.apply(PATCH);
    await copy.tool('tsc', '-b');
    const tests = ['pool-starved', 'families'].map(
      (name) => `test/shared/contract/${name}.test.ts`,
    );
    const ran = await copy.tool(
      'vitest',
      'run',
      '--project=shared',
      '--reporter=tap-flat',
      ...tests,
    );
    expect(ran).toContain('ok 1 - ');
    expect(ran).toContain('a payload of a worker pool becomes an event');
    expect(ran).not.toContain('not ok');
    const explained = await copy.tool(
      'node',
      'worker/reactions/main.ts',
      'explain',
      'test/fixtures/payloads/pool-starved.json',
    );
    expect(explained).toContain('pool_starved: the account (account acme)');
    expect(explained).toContain('notify log (rule no-rule)');
  },
  COMPILING_MS,
);
