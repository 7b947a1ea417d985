/**
 * What holds for every body: `parseBody()` never throws, what it yields is an event by every schema on its way, and the
 * key and the execution of any event are text that inbox and Temporal take. Bodies are any JSON, any bytes, and above
 * all the fixtures with something replaced, left out, renamed or repeated.
 */
import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { createEnvelope, type Envelope } from '../../../shared/contract/envelope.ts';
import { EnvelopeSchema, SpaceliftEventSchema } from '../../../shared/contract/envelope-schema.ts';
import type { SpaceliftEvent } from '../../../shared/contract/events.ts';
import { utf8 } from '../../../shared/contract/hmac.ts';
import { parseExecutionId } from '../../../shared/contract/ids.ts';
import { deliveryKeyOf } from '../../../shared/contract/keys.ts';
import { parseBody, parsePayload } from '../../../shared/contract/parse.ts';
import { routeBatch } from '../../../worker/starter/route.ts';
import { SETTINGS } from '../workflow/settings.ts';

const FOLDER = new URL('../../fixtures/payloads/', import.meta.url);
const FIXTURES: readonly unknown[] = readdirSync(FOLDER).map((name) =>
  JSON.parse(readFileSync(new URL(name, FOLDER), 'utf8')),
);

const CONTEXT = { account: 'acme', bodyHash: 'a1'.repeat(32), receivedAt: 1_760_000_000_000 };
const NAMELESS = { ...CONTEXT, account: null };

/** Every key the families read, and those that are dangerous to read. */
const KEYS = [...new Set(FIXTURES.flatMap(keysIn))];
const DANGEROUS = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'toJSON',
  'length',
];
const key = fc.oneof(fc.constantFrom(...KEYS), fc.constantFrom(...DANGEROUS), fc.string());

/** What some field takes, or almost takes. */
const WORDS =
  'triggered completed failed FINISHED FAILED ACTIVE api:: app a/b - ../.. % run_state_changed_event';
const ODD_ONES = ['', ' ', '\ud800', 'x'.repeat(200), 'X'.repeat(65), true, false, null];
const NUMBERS = [0, -0, -1, 1.5, 1e9, 1e15, 1e18, 1e300, 2 ** 53, 2 ** 53 + 2];
const scalar = fc.oneof(
  fc.constantFrom<unknown>(...WORDS.split(' '), ...ODD_ONES, ...NUMBERS),
  fc.jsonValue({ maxDepth: 1 }),
);

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    scalar,
    fc.array(tie('json'), { maxLength: 4 }),
    fc
      .array(fc.tuple(key, tie('json')), { maxLength: 8 })
      .map((entries): unknown => withOwn(entries)),
  ),
}));

/** One change at one place of a fixture; the place is a number for each step down. */
const mutation = fc.record({
  path: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
  change: fc.oneof(
    fc.record({ replace: json }),
    fc.record({ rename: key }),
    fc.constant({ remove: true } as const),
    fc.record({ copyTo: key }),
  ),
});
type Mutation = typeof mutation extends fc.Arbitrary<infer T> ? T : never;

const mutated = fc
  .tuple(fc.constantFrom(...FIXTURES), fc.array(mutation, { minLength: 1, maxLength: 4 }))
  .map(([fixture, mutations]) => mutations.reduce<unknown>(mutate, fixture));

const payload = fc.oneof({ arbitrary: mutated, weight: 4 }, { arbitrary: json, weight: 1 });
const bodyOf = (value: unknown) => utf8(JSON.stringify(value) ?? 'null');

/** Reads a body; an event must be sound by itself, in its envelope, and after the envelope's way to the starter. */
function receive(body: Uint8Array<ArrayBuffer>, context: typeof CONTEXT | typeof NAMELESS) {
  const parsed = parseBody(body, context);
  if (!parsed.ok) return null;
  expect(v.parse(SpaceliftEventSchema, parsed.value)).toEqual(parsed.value);
  const { key } = deliveryKeyOf(parsed.value, context);
  const envelope = createEnvelope(parsed.value, {
    key,
    deliveryId: 'd',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    receivedAt: context.receivedAt,
  });
  const arrived: unknown = JSON.parse(JSON.stringify(envelope));
  expect(v.parse(EnvelopeSchema, arrived)).toEqual(arrived);
  return { event: parsed.value, envelope };
}

const KEY_GRAMMAR = /^(?:run|intent|stack|account|module|audit)\/[A-Za-z0-9._:%/-]+$/;
const EXECUTION_GRAMMAR =
  /^spacelift\/[A-Za-z0-9][A-Za-z0-9._-]*\/(?:-|[A-Za-z0-9][A-Za-z0-9._-]*)\//;
/** Temporal's own limit, in bytes. */
const EXECUTION_ID_LIMIT = 1000;

function checkNames({ event, envelope }: { event: SpaceliftEvent; envelope: Envelope }) {
  expect(envelope.id).toMatch(KEY_GRAMMAR);
  expect(envelope.id.split('/')).not.toContain('');
  const [route] = routeBatch([envelope], { settings: SETTINGS, observedRunTypes: ['TRACKED'] });
  const executionId = route?.executionId ?? '';
  expect(executionId).toMatch(EXECUTION_GRAMMAR);
  expect(utf8(executionId).length).toBeLessThanOrEqual(EXECUTION_ID_LIMIT);
  expect(parseExecutionId(executionId)).toMatchObject({ account: event.account });
}

describe('parseBody()', () => {
  test('parseBody() of any JSON yields a sound event or a reason', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(payload, fc.constantFrom(CONTEXT, NAMELESS), (value, context) => {
        const received = receive(bodyOf(value), context);
        if (received === null) return;
        checkNames(received);
        seen.add(received.event.about);
      }),
      { numRuns: 4000 },
    );
    expect([...seen].toSorted()).toEqual(['account', 'audit', 'intent', 'module', 'run', 'stack']);
  });

  test('parsePayload() says the same of a payload, whoever parsed its JSON', () => {
    fc.assert(
      fc.property(payload, (value) => {
        const text = JSON.stringify(value) ?? 'null';
        expect(parseBody(utf8(text), CONTEXT)).toEqual(parsePayload(JSON.parse(text), CONTEXT));
      }),
    );
  });

  test('parseBody() of any bytes is a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(parseBody(bytes, CONTEXT)).toMatchObject({ ok: false });
      }),
    );
  });

  test('parseBody() of a fixture with any bytes changed does not throw', () => {
    const bodies = FIXTURES.map(bodyOf);
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(fc.constantFrom(...bodies), changes, (body, list) => {
        const changed = Uint8Array.from(body);
        for (const [at, byte] of list) changed[at % changed.length] = byte;
        receive(changed, CONTEXT);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(DANGEROUS)('parseBody() is not led astray by a key %s', (name) => {
    for (const fixture of FIXTURES) {
      const text = JSON.stringify(fixture);
      for (const value of ['{"polluted":1}', '7', 'null', '"x"']) {
        const body = text
          .replaceAll('{', `{${JSON.stringify(name)}:${value},`)
          .replaceAll(',}', '}');
        expect(parseBody(utf8(body), CONTEXT)).toEqual(parseBody(utf8(text), CONTEXT));
      }
    }
    expect('polluted' in {}).toBe(false);
  });

  test('parseBody() takes no field from a prototype', () => {
    const run = '{"account":"acme","state":"FINISHED","run":{"id":"R"},"stack":{"id":"app"}}';
    expect(parseBody(utf8(`{"__proto__":${run}}`), CONTEXT)).toEqual({
      ok: false,
      error: { reason: 'shape-unknown' },
    });
    const run2 = '{"state":"FINISHED","run":{"__proto__":{"id":"R"}},"stack":{"id":"app"}}';
    expect(parseBody(utf8(run2), CONTEXT)).toEqual({
      ok: false,
      error: { reason: 'field-invalid', field: 'runId' },
    });
  });

  const DEPTH = 60_000;
  const deepList = '['.repeat(DEPTH) + ']'.repeat(DEPTH);
  const deepObject = `${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`;

  test.each([
    ['a list', deepList],
    ['an object', deepObject],
    ['objects by the keys of a family', `${'{"run_updated":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}`],
    ['lists that never end', '['.repeat(DEPTH)],
  ])('parseBody() of %s 60,000 deep is a reason', (_, body) => {
    expect(parseBody(utf8(body), CONTEXT)).toMatchObject({ ok: false });
  });

  test.each([
    ['run', `{"state":"FINISHED","run":{"id":"R","commit":DEEP},"stack":{"id":"app"}}`],
    ['intent', `{"event_type":"triggered","stack_id":"app","extra":DEEP}`],
    ['audit', `{"action":"a.b","actor":DEEP,"context":DEEP,"data":DEEP}`],
  ])('parseBody() reads a %s around what is 60,000 deep', (about, body) => {
    for (const deep of [deepList, deepObject])
      expect(receive(utf8(body.replaceAll('DEEP', deep)), CONTEXT)).toMatchObject({
        event: { about },
      });
  });
});

describe('names of events', () => {
  const longest = (length: number) => 'x'.repeat(length);

  test.each<[string, object]>([
    [
      'run',
      { state: longest(64).toUpperCase(), run: { id: longest(200) }, stack: { id: longest(200) } },
    ],
    ['intent', { event_type: 'triggered', stack_id: longest(200), idempotency_key: longest(196) }],
    ['stack', { event_type: 'failed', stack_id: longest(200) }],
    ['account', { internal_error: { error: '' } }],
    [
      'module',
      {
        module_version: {
          module: { id: longest(200) },
          version: { id: longest(64), state: longest(64).toUpperCase() },
        },
      },
    ],
    ['audit', { action: '', actor: '' }],
  ])('the longest names of a %s event fit into an execution id', (about, value) => {
    const received = receive(bodyOf({ account: longest(200), ...value }), CONTEXT);
    expect(received?.event.about).toBe(about);
    if (received !== null) checkNames(received);
  });

  test('an idempotency key of any characters stays within the grammar, and is no other’s', () => {
    const keys = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
    const eventOf = (idempotency_key: string) =>
      receive(bodyOf({ event_type: 'triggered', stack_id: 'app', idempotency_key }), CONTEXT);
    fc.assert(
      fc.property(keys, keys, (one, other) => {
        const received = eventOf(one);
        expect(received).not.toBeNull();
        if (received !== null) checkNames(received);
        if (one !== other) expect(eventOf(other)?.envelope.id).not.toBe(received?.envelope.id);
      }),
    );
  });
});

function keysIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    Array.isArray(value) ? keysIn(inner) : [name, ...keysIn(inner)],
  );
}

/** As `JSON.parse` makes objects: `__proto__` is a key like any other. */
const withOwn = (entries: readonly (readonly [string, unknown])[]) => Object.fromEntries(entries);

/** Applies a change at the place the numbers lead to, as far down as there is one. */
function mutate(value: unknown, { path, change }: Mutation): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [step = 0, ...rest] = path;
  const at = entries[step % Math.max(entries.length, 1)];
  if (at === undefined) return value;
  const [name, inner] = at;
  const others = entries.filter(([other]) => other !== name);
  const isLeaf = typeof inner !== 'object' || inner === null || Object.keys(inner).length === 0;
  const changed =
    rest.length > 0 && !isLeaf
      ? [...others, [name, mutate(inner, { path: rest, change })] as const]
      : changeOf(others, name, inner, change);
  return Array.isArray(value) ? changed.map(([, entry]) => entry) : withOwn(changed);
}

function changeOf(
  others: readonly (readonly [string, unknown])[],
  name: string,
  inner: unknown,
  change: Mutation['change'],
): readonly (readonly [string, unknown])[] {
  if ('replace' in change) return [...others, [name, change.replace]];
  if ('rename' in change) return [...others, [change.rename, inner]];
  if ('copyTo' in change) return [...others, [name, inner], [change.copyTo, inner]];
  return others;
}
