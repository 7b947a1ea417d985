import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { PROJECT_ROOT } from '../../dev/launcher/toolchain.ts';
import { createDocument } from '../../edge/openapi/document.ts';

const readJson = async (path: string): Promise<unknown> =>
  JSON.parse(await readFile(join(PROJECT_ROOT, path), 'utf8'));

const written = (await readJson('docs/openapi.json')) as ReturnType<typeof createDocument>;

type Leaf = readonly [path: string, words: unknown];

/** Every object below, with the way to it. */
function* objectsIn(json: unknown, path = ''): Generator<readonly [string, object]> {
  if (json === null || typeof json !== 'object') return;
  yield [path, json];
  for (const [key, field] of Object.entries(json)) yield* objectsIn(field, `${path}/${key}`);
}

describe('docs/openapi.json', () => {
  test('is what `npm run openapi` would write', async () => {
    const { version } = (await readJson('package.json')) as { version: string };
    expect(written).toEqual(JSON.parse(JSON.stringify(createDocument(version))));
  });

  test('is sound OpenAPI 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(written))).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('refers to nothing that is not there, and holds nothing that is not referred to', () => {
    const references = [...objectsIn(written)].flatMap(([, object]) =>
      '$ref' in object ? [String(object.$ref)] : [],
    );
    expect(new Set(references)).toEqual(
      new Set(
        Object.keys(written.components.schemas).map((name) => `#/components/schemas/${name}`),
      ),
    );
  });

  test('has words for every operation, parameter, field and answer', () => {
    const silent: Leaf[] = [];
    for (const [path, object] of objectsIn(written.paths)) {
      const isParameter = /\/parameters\/\d+$/.test(path);
      const isField = /\/schema\/properties\/\w+$/.test(path) && !path.includes('/responses/');
      const isAnswer = /\/responses\/\d+$/.test(path);
      if (!isParameter && !isField && !isAnswer) continue;
      if (!('description' in object) || String(object.description).length < 5)
        silent.push([path, object]);
    }
    expect(silent).toEqual([]);
    expect([...objectsIn(written.paths)].length).toBeGreaterThan(100);
  });

  test('names every operation once', () => {
    const names = [...objectsIn(written.paths)].flatMap(([, object]) =>
      'operationId' in object && 'responses' in object ? [object.operationId] : [],
    );
    expect(names).toEqual([...new Set(names)]);
    expect(names).toHaveLength(9);
  });
});
