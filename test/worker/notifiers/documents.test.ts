import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { NOTIFIERS } from '../../../worker/notifiers/registry.ts';
import { FIELDS } from '../../../worker/notifiers/template.ts';

const page = readFileSync(
  fileURLToPath(new URL('../../../docs/notifiers.md', import.meta.url)),
  'utf8',
);

describe('docs/notifiers.md', () => {
  test.each(NOTIFIERS.map(({ name, deduplicates }) => [name, deduplicates] as const))(
    'has a chapter about %s, and says how often it may tell the same: once is %s',
    (name, deduplicates) => {
      expect(page).toContain(`\n## ${name}\n`);
      const [, said] = new RegExp(`\n\\| \`${name}\` \\| (once|twice)`).exec(page) ?? [];
      expect(said).toBe(deduplicates ? 'once' : 'twice');
    },
  );

  test('names every field of templates', () => {
    for (const field of FIELDS) expect(page).toContain(`\`${field}\``);
  });
});
