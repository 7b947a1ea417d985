/** The worked example of CONTRIBUTING.md, "A notifier": one file and one row make an outlet that works. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createCleanCopy } from './clean-copy.ts';

const PATCH = 'test/examples/notifier.patch';

const COMPILING_MS = 300_000;

const patch = readFileSync(fileURLToPath(new URL('notifier.patch', import.meta.url)), 'utf8');

test('the example of a notifier is a file, a row, a chapter and a test, and no workflow code', () => {
  const paths = [...patch.matchAll(/^\+\+\+ b\/(.*)$/gm)].map(([, path]) => path);
  expect(paths).toEqual([
    'docs/notifiers.md',
    'test/worker/notifiers/ntfy.test.ts',
    'worker/notifiers/ntfy.ts',
    'worker/notifiers/registry.ts',
  ]);
});

test(
  'the example of a notifier applies, compiles and sends',
  async () => {
    await using copy = await createCleanCopy();
    await copy.apply(PATCH);
    await copy.tool('tsc', '--project', 'worker');
    await copy.tool('tsc', '--project', 'test');
    await copy.tool(
      'vitest',
      'run',
      '--project=worker',
      '--reporter=json',
      '--outputFile.json=report.json',
      'test/worker/notifiers/ntfy.test.ts',
      'test/worker/notifiers/documents.test.ts',
    );
    const { success, numPassedTests } = JSON.parse(
      readFileSync(join(copy.directory, 'report.json'), 'utf8'),
    ) as {
      success: boolean;
      numPassedTests: number;
    };
    expect(success).toBe(true);
    expect(numPassedTests).toBeGreaterThanOrEqual(12);
  },
  COMPILING_MS,
);
