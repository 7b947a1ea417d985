import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROJECT_ROOT } from '../../dev/launcher/toolchain.ts';

const FOLDERS = ['edge', 'worker', 'shared', 'dev', 'cli'];

/** One file, one thing to understand. */
const LINES_LIMIT = 200;

/** Lines that hold more than a comment. */
function countCodeLines(source: string): number {
  let isInComment = false;
  return source.split('\n').filter((line) => {
    const text = line.trim();
    if (isInComment) {
      isInComment = !text.includes('*/');
      return false;
    }
    if (text.startsWith('/*')) {
      isInComment = !text.includes('*/');
      return false;
    }
    return text !== '' && !text.startsWith('//');
  }).length;
}

const files = (
  await Promise.all(
    FOLDERS.map(async (folder) =>
      (await readdir(join(PROJECT_ROOT, folder), { recursive: true }))
        .filter((name) => name.endsWith('.ts'))
        .map((name) => join(folder, name)),
    ),
  )
).flat();

describe('sources', () => {
  test('are there', () => {
    for (const folder of FOLDERS)
      expect(files.some((file) => file.startsWith(`${folder}/`))).toBe(true);
  });

  test.each(files)('%s has at most 200 lines of code, and nothing left to do', async (file) => {
    const source = await readFile(join(PROJECT_ROOT, file), 'utf8');
    expect(countCodeLines(source)).toBeLessThanOrEqual(LINES_LIMIT);
    expect(source).not.toMatch(/TODO|FIXME/);
  });
});

describe('countCodeLines()', () => {
  test('leaves blank lines and comments out', () => {
    const source = `/** One
 * comment.
 */
// Another.
const a = 1; // code

  /* third */
const b = '/* text */';
`;
    expect(countCodeLines(source)).toBe(2);
  });

  test('counts every line of code', () => {
    expect(countCodeLines('a();\n'.repeat(LINES_LIMIT + 1))).toBe(LINES_LIMIT + 1);
  });
});
