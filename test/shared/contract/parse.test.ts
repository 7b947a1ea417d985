import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { SpaceliftEventSchema } from '../../../shared/contract/events.ts';
import { utf8 } from '../../../shared/contract/hmac.ts';
import { parseBody, parsePayload } from '../../../shared/contract/parse.ts';

const HASH = 'a'.repeat(64);
const RECEIVED_AT = 1_760_000_000_000;
const CONTEXT = { account: null, bodyHash: HASH, receivedAt: RECEIVED_AT };
const OWN = { ...CONTEXT, account: 'acme' };

const fixture = (name: string): unknown =>
  JSON.parse(
    readFileSync(new URL(`../../fixtures/payloads/${name}.json`, import.meta.url), 'utf8'),
  );

/** The event, or the reason and field why there is none. */
function parse(payload: unknown, context: typeof CONTEXT | typeof OWN = CONTEXT) {
  const parsed = parsePayload(payload, context);
  return parsed.ok ? parsed.value : parsed.error;
}

const defaultRun = (change: object = {}, run: object = {}) => ({
  account: 'acme',
  state: 'FINISHED',
  stateVersion: 5,
  timestamp: 1_760_000_000,
  run: { id: 'RUN', type: 'TRACKED', branch: 'main', commit: { hash: 'abc' }, ...run },
  stack: { id: 'app', labels: ['a'] },
  ...change,
});

const runUpdated = (change: object = {}, run: object = {}) => ({
  account: { name: 'acme' },
  webhook_endpoints: [],
  run_updated: {
    state: 'FAILED',
    urls: { run: 'https://acme.app.spacelift.io/stack/app/run/RUN' },
    run: {
      id: 'RUN',
      state: 'FAILED',
      type: 'TRACKED',
      branch: 'main',
      commit: { hash: 'abc', author: 'somebody', message: 'private words' },
      creator_session: { login: 'somebody', creator_ip: '10.0.0.1' },
      drift_detection: true,
      triggered_by: 'api::KEY',
      updated_at: Number('1760000000123456789'),
      states_history: [{ new_state: 'QUEUED' }, { new_state: 'PLANNING' }, { new_state: 'FAILED' }],
      user_provided_metadata: ['m'],
      ...run,
    },
    stack: { id: 'app', labels: ['a'] },
    ...change,
  },
});

describe('parsePayload() on published examples', () => {
  test('parsePayload() reads the default payload of a finished run', () => {
    expect(parse(fixture('docs-default-run-finished'))).toEqual({
      about: 'run',
      type: 'completed',
      account: 'spacelift-io',
      stackId: 'spacelift-demo',
      runId: '01EF9PFPNFFM2MQXTJKHK1B869',
      state: 'FINISHED',
      stateVersion: 4,
      order: 'exact',
      family: 'default',
      occurredAt: 1_596_979_684_000,
      runType: 'TRACKED',
      branch: 'master',
      commit: '0ee3a3b7266daf5a1d44a193a0f48ce995fa75eb',
      driftDetection: false,
      triggeredBy: { kind: 'other' },
      url: null,
      labels: [],
      delta: { added: 0, changed: 0, deleted: 0 },
      userMetadata: [],
    });
  });

  test('parsePayload() reads an internal error', () => {
    expect(parse(fixture('docs-internal-error'))).toEqual({
      about: 'account',
      type: 'internal_error',
      account: 'spacelift-io',
      severity: 'ERROR',
      error: "policy triggered for Stack that doesn't exist",
      message: expect.stringContaining('this-is-not-a-stack'),
    });
  });

  test.each(['docs-audit-stack-create', 'docs-audit-webhook-set', 'docs-audit-webhook-delete'])(
    'parsePayload() knows no family yet for %s',
    (name) => {
      expect(parse(fixture(name))).toEqual({ reason: 'shape-unknown' });
    },
  );
});

describe('parsePayload() on default run payloads', () => {
  test.each([
    [{}, {}, { type: 'completed', stateVersion: 5, order: 'exact', commit: 'abc', labels: ['a'] }],
    [
      { stateVersion: 0, state: 'QUEUED' },
      {},
      { type: 'progressed', stateVersion: 0, order: 'exact' },
    ],
    [{ stateVersion: undefined }, {}, { stateVersion: null, order: 'absent' }],
    [{ stateVersion: null }, {}, { stateVersion: null, order: 'absent' }],
    [{ stateVersion: -1 }, {}, { stateVersion: null, order: 'absent' }],
    [{ stateVersion: 1.5 }, {}, { stateVersion: null, order: 'absent' }],
    [{ stateVersion: '5' }, {}, { stateVersion: null, order: 'absent' }],
    [{ timestamp_millis: 1_760_000_000_999 }, {}, { occurredAt: 1_760_000_000_999 }],
    [{ timestamp: null }, {}, { occurredAt: null }],
    [{ state: 'SOMETHING_NEW' }, {}, { type: 'progressed', state: 'SOMETHING_NEW' }],
    [{ account: { name: 'acme' } }, {}, { account: 'acme' }],
    [
      { event_type: 'run_state_changed_event', event_source: 'spacelift' },
      {},
      { family: 'default' },
    ],
    [{ stack: { id: 'app' } }, {}, { labels: [] }],
    [{ stack: { id: 'app', labels: ['a', 7, null] } }, {}, { labels: ['a'] }],
    [{}, { triggeredBy: null }, { triggeredBy: { kind: 'vcs' } }],
    [{}, { triggeredBy: 'api::KEY' }, { triggeredBy: { kind: 'api-key', keyId: 'KEY' } }],
    [{}, { triggeredBy: 'someone@example.com' }, { triggeredBy: { kind: 'other' } }],
    [{}, { delta: null, driftDetection: true }, { delta: null, driftDetection: true }],
    [{}, { delta: { added: -1, changed: 0, deleted: 0 } }, { delta: null }],
    [{}, { commit: null, branch: 7, type: null }, { commit: null, branch: null, runType: null }],
    [{}, { url: 'u'.repeat(501) }, { url: 'u'.repeat(500) }],
  ])('parsePayload() reads %j with run %j', (change, run, event) => {
    expect(parse(defaultRun(change, run))).toMatchObject({ about: 'run', runId: 'RUN', ...event });
  });

  test.each([
    ['account', { account: null }],
    ['account', { account: '' }],
    ['account', { account: 'a/b' }],
    ['state', { state: 7 }],
    ['state', { state: 'finished' }],
    ['run.id', { run: { id: 7 } }],
    ['runId', { run: { id: '../x' } }],
    ['stack.id', { stack: {} }],
    ['stackId', { stack: { id: '-' } }],
    ['stackId', { stack: { id: 'x'.repeat(201) } }],
  ])('parsePayload() keeps as unparsed for %s: %j', (field, change) => {
    expect(parse(defaultRun(change))).toEqual({ reason: 'field-invalid', field });
  });

  test('parsePayload() cuts texts and lists instead of refusing them', () => {
    const event = parse(
      defaultRun({
        stack: { id: 'app', labels: Array.from({ length: 150 }, () => 'l'.repeat(600)) },
      }),
    );
    expect(event).toMatchObject({ labels: { length: 100 } });
    expect('labels' in event && event.labels[0]).toHaveLength(500);
  });
});

describe('parsePayload() on policy inputs', () => {
  test('parsePayload() reads run_updated and counts its position from the history', () => {
    const event = parse(runUpdated());
    expect(event).toEqual({
      about: 'run',
      type: 'failed',
      account: 'acme',
      stackId: 'app',
      runId: 'RUN',
      state: 'FAILED',
      stateVersion: 2,
      order: 'derived',
      family: 'run_updated',
      occurredAt: 1_760_000_000_123,
      runType: 'TRACKED',
      branch: 'main',
      commit: 'abc',
      driftDetection: true,
      triggeredBy: { kind: 'api-key', keyId: 'KEY' },
      url: 'https://acme.app.spacelift.io/stack/app/run/RUN',
      labels: ['a'],
      delta: null,
      userMetadata: ['m'],
    });
    expect(JSON.stringify(event)).not.toMatch(/somebody|private words|10\.0\.0\.1/);
  });

  test.each([
    [{ state: undefined }, {}, { state: 'FAILED' }],
    [{ urls: null }, {}, { url: null }],
    [{}, { states_history: undefined }, { stateVersion: null, order: 'absent' }],
    [{}, { states_history: [] }, { stateVersion: null, order: 'absent' }],
    [{}, { states_history: 'x' }, { stateVersion: null, order: 'absent' }],
    [
      {},
      { updated_at: null, user_provided_metadata: null },
      { occurredAt: null, userMetadata: [] },
    ],
  ])('parsePayload() reads the projection %j with run %j', (change, run, event) => {
    expect(parse(runUpdated(change, run))).toMatchObject({ about: 'run', ...event });
  });

  test('parsePayload() needs a state, and the whole of run and stack', () => {
    expect(parse(runUpdated({ state: null }, { state: null }))).toEqual({
      reason: 'field-invalid',
      field: 'run_updated.state',
    });
    expect(parse(runUpdated({ stack: undefined }))).toMatchObject({ reason: 'field-invalid' });
  });

  test('parsePayload() reads the policy form of an internal error', () => {
    const payload = {
      account: { name: 'acme' },
      internal_error: { error: 'e', message: 'm', severity: 'WARNING' },
    };
    expect(parse(payload)).toEqual({
      about: 'account',
      type: 'internal_error',
      account: 'acme',
      severity: 'WARNING',
      error: 'e',
      message: 'm',
    });
    expect(parse({ ...payload, internal_error: { error: 'e', severity: 'FATAL' } })).toMatchObject({
      severity: 'ERROR',
      message: null,
    });
  });
});

describe('parsePayload() on the short form', () => {
  const intent = (more: object = {}) => ({ event_type: 'triggered', stack_id: 'app', ...more });

  test('parsePayload() reads triggered without a run as an intent of the webhook’s account', () => {
    expect(parse(intent(), OWN)).toEqual({
      about: 'intent',
      type: 'triggered',
      account: 'acme',
      stackId: 'app',
      key: `body.${HASH.slice(0, 24)}.${Math.floor(RECEIVED_AT / 600_000)}`,
      runType: 'TRACKED',
      commit: null,
      retry: {},
    });
  });

  test.each([
    [{ account: 'other' }, OWN, { account: 'other' }],
    [{ account: '' }, OWN, { account: 'acme' }],
    [{ account: 'other' }, CONTEXT, { account: 'other' }],
    [{ idempotency_key: 'release 1/ä' }, OWN, { key: 'key.release%201%2f%c3%a4' }],
    [{ idempotency_key: '' }, OWN, { key: expect.stringMatching(/^body\./) }],
    [
      { run_type: 'proposed', commit_sha: 'abcdef0' },
      OWN,
      { runType: 'PROPOSED', commit: 'abcdef0' },
    ],
    [
      { retry: { maximum_attempts: 5, backoffCoefficient: 1.5 } },
      OWN,
      { retry: { maximumAttempts: 5, backoffCoefficient: 1.5 } },
    ],
    [{ run_id: null }, OWN, { about: 'intent' }],
    [
      { event_type: undefined, eventType: 'triggered', stack_id: undefined, stackId: 'app' },
      OWN,
      { about: 'intent' },
    ],
    [
      { run_id: 'RUN' },
      OWN,
      { about: 'run', type: 'progressed', state: 'QUEUED', order: 'absent' },
    ],
  ])('parsePayload() reads triggered with %j', (more, context, event) => {
    expect(parse(intent(more), context)).toMatchObject(event);
  });

  test.each([
    ['completed', {}, { about: 'stack', type: 'completed', error: null, occurredAt: null }],
    [
      'failed',
      { error: 'boom', timestamp: 1_760_000_000 },
      { about: 'stack', type: 'failed', error: 'boom', occurredAt: RECEIVED_AT },
    ],
    [
      'completed',
      { run_id: 'RUN' },
      { about: 'run', type: 'completed', state: 'FINISHED', family: 'short' },
    ],
    ['failed', { run_id: 'RUN' }, { about: 'run', type: 'failed', state: 'FAILED' }],
  ])('parsePayload() reads %s with %j', (type, more, event) => {
    expect(parse({ event_type: type, stack_id: 'app', ...more }, OWN)).toMatchObject(event);
  });

  test.each([
    ['stack-id-missing', undefined, { stack_id: undefined }],
    ['stack-id-missing', undefined, { stack_id: null }],
    ['stack-id-missing', undefined, { stack_id: 7 }],
    ['stack-id-missing', undefined, { stack_id: '' }],
    ['field-invalid', 'stackId', { stack_id: 'a/b' }],
    ['field-invalid', 'runType', { run_type: 'TASK' }],
    ['field-invalid', 'runType', { run_type: 7 }],
    ['field-invalid', 'commit', { commit_sha: 'main' }],
    ['field-invalid', 'key', { idempotency_key: 'x'.repeat(197) }],
    ['field-invalid', 'retry.maximumAttempts', { retry: { maximum_attempts: 0 } }],
    ['field-invalid', 'retry.maximumAttempts', { retry: { maximum_attempts: 101 } }],
    ['field-invalid', 'retry.backoffCoefficient', { retry: { backoff_coefficient: 0.9 } }],
    ['field-invalid', 'runId', { run_id: 'a b' }],
  ])('parsePayload() keeps as unparsed with %s %s: %j', (reason, field, more) => {
    expect(parse(intent(more), OWN)).toEqual({ reason, ...(field !== undefined && { field }) });
  });

  test('parsePayload() needs an account from somewhere', () => {
    expect(parse(intent())).toEqual({ reason: 'account-missing' });
  });

  test.each([1, 196])('parsePayload() takes an idempotency key of %i characters', (length) => {
    expect(parse(intent({ idempotency_key: 'x'.repeat(length) }), OWN)).toMatchObject({
      about: 'intent',
    });
  });
});

describe('parsePayload() on anything', () => {
  const words =
    'account state stateVersion run stack id labels run_updated event_type stack_id run_id error severity title ' +
    'internal_error name triggered completed FINISHED app acme retry commit delta __proto__';
  const known = fc.constantFrom(...words.split(' '));
  const { json } = fc.letrec<{ json: unknown }>((tie) => ({
    json: fc.oneof(
      { depthSize: 'medium', withCrossShrink: true },
      known,
      fc.jsonValue(),
      fc.array(tie('json'), { maxLength: 4 }),
      fc.dictionary(fc.oneof(known, fc.string()), tie('json'), { maxKeys: 8 }),
    ),
  }));
  const mutated = fc
    .tuple(
      fc.constantFrom(defaultRun(), runUpdated(), { event_type: 'triggered', stack_id: 'app' }),
      known,
      json,
    )
    .map(([payload, key, value]): unknown => ({ ...payload, [key]: value }));

  test('parsePayload() never throws, and yields nothing that its schema would not take', () => {
    fc.assert(
      fc.property(fc.oneof(json, mutated), fc.constantFrom(CONTEXT, OWN), (payload, context) => {
        const parsed = parsePayload(payload, context);
        if (!parsed.ok) return;
        expect(v.parse(SpaceliftEventSchema, parsed.value)).toEqual(parsed.value);
      }),
      { numRuns: 3000 },
    );
  });

  test('parseBody() never throws on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(parseBody(bytes, CONTEXT)).toHaveProperty('ok', false);
      }),
    );
  });

  test('parsePayload() cannot be made to write to a prototype', () => {
    const text = JSON.stringify(defaultRun()).replace('{', '{"__proto__":{"polluted":1},');
    expect(parseBody(utf8(text), CONTEXT).ok).toBe(true);
    expect('polluted' in {}).toBe(false);
  });

  test.each([[null], [undefined], [7], ['text'], [[]], [{}], [{ run: {}, stack: {} }]])(
    'parsePayload() knows no shape of %j',
    (payload) => {
      expect(parse(payload)).toEqual({ reason: 'shape-unknown' });
    },
  );
});
