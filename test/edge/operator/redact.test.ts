import { describe, expect, test } from 'vitest';
import { redactBody } from '../../../edge/operator/redact.ts';

const FIXTURES = import.meta.glob<string>('../../fixtures/payloads/*.json', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Keys of texts, and of objects, in which Spacelift's payloads hold people, their words and addresses, and secrets. */
const PERSONAL =
  /\.[^.]*(?:author|actor|login|user|creator|email|name|message|note|ip|session|team|triggered_?by|locked_by|description|secret|token|password|value|endpoint|error|title|text|flags|labels|before_|after_|command|url|address)[^.]*$|environment|session/i;

/** Texts that are the ids of something too, and stay for that. */
const idsIn = (json: unknown): readonly string[] =>
  leavesOf(json).flatMap(([path, text]) =>
    /(?:^|\.)(?:id|\w+_id|\w+Id|account)$/.test(path) ? [text] : [],
  );

type Leaf = readonly [path: string, text: string];

/** Every text with the keys above it; those of arrays go by the array's. */
function leavesOf(json: unknown, path = ''): readonly Leaf[] {
  if (typeof json === 'string') return [[path, json]];
  if (json === null || typeof json !== 'object') return [];
  return Object.entries(json).flatMap(([key, field]) =>
    leavesOf(field, Array.isArray(json) ? path : `${path}.${key}`),
  );
}

const text = (json: unknown) => JSON.stringify(redactBody(JSON.stringify(json)));

describe('redactBody()', () => {
  test('there are fixtures', () => {
    expect(Object.keys(FIXTURES).length).toBeGreaterThan(4);
  });

  test.each(Object.entries(FIXTURES))('redactBody() hides people and secrets of %s', (_, body) => {
    const json: unknown = JSON.parse(body);
    const shown = leavesOf(redactBody(body)).map(([, leaf]) => leaf);
    const ids = idsIn(json);
    const personal = leavesOf(json).flatMap(([path, leaf]) =>
      PERSONAL.test(path) && leaf !== '' && !ids.includes(leaf) ? [leaf] : [],
    );
    for (const leaf of personal) expect(shown).not.toContain(leaf);
    const whole = JSON.stringify(redactBody(body));
    expect(whole).not.toMatch(/\w@\w|\d+\.\d+\.\d+\.\d+|https?:/);
  });

  test('redactBody() shows ids, states, numbers and the shape', () => {
    const body = FIXTURES['../../fixtures/payloads/docs-default-run-finished.json'] ?? '';
    expect(redactBody(body)).toEqual({
      account: 'spacelift-io',
      state: 'FINISHED',
      stateVersion: 4,
      timestamp: 1_596_979_684,
      run: {
        id: '01EF9PFPNFFM2MQXTJKHK1B869',
        branch: '[redacted]',
        commit: {
          authorLogin: '[redacted]',
          authorName: '[redacted]',
          hash: '0ee3a3b7266daf5a1d44a193a0f48ce995fa75eb',
          message: '[redacted]',
          timestamp: 1_596_705_932,
          url: '[redacted]',
        },
        createdAt: 1_596_979_665,
        delta: { added: 0, changed: 0, deleted: 0, resources: 1 },
        triggeredBy: '[redacted]',
        type: 'TRACKED',
      },
      stack: {
        id: 'spacelift-demo',
        name: '[redacted]',
        description: '[redacted]',
        labels: [],
      },
    });
  });

  test.each([
    ['an address under a harmless key', { id: 'someone@example.com' }],
    ['words under a harmless key', { state: 'someone was here' }],
    ['a long text under a harmless key', { id: `someone${'x'.repeat(94)}` }],
    ['an object under a harmless key', { id: { first: 'someone' } }],
    ['a list under a harmless key', { id: ['someone'] }],
    ['keys that users make', { environment: { someone: 1 }, data: { someone: true } }],
    ['the text of a body that is a text', 'someone'],
    ['a key of an object’s own prototype', JSON.parse('{"__proto__":{"name":"someone"}}')],
  ])('redactBody() hides %s', (_, json) => {
    expect(text(json)).not.toContain('someone');
  });

  test.each([
    ['an id of 100 characters', { id: 'x'.repeat(100) }],
    ['booleans and nulls', { autodeploy: false, delta: null }],
    ['an empty list', []],
  ])('redactBody() shows %s', (_, json) => {
    expect(text(json)).toBe(JSON.stringify(json));
  });

  test.each(['', '{', 'not json', '\u0000'])('redactBody() shows nothing of %j', (body) => {
    expect(redactBody(body)).toBeNull();
  });
});
