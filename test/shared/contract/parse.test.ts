import { describe, expect, test } from 'vitest';
import { parsePayload } from '../../../shared/contract/parse.ts';

const HASH = 'a'.repeat(64);
const RECEIVED_AT = 1_760_000_000_000;
const CONTEXT = { account: null, bodyHash: HASH, receivedAt: RECEIVED_AT };
const OWN = { ...CONTEXT, account: 'acme' };

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
    ['account', { account: 'a/b' }],
    ['state', { state: 7 }],
    ['state', { state: 'finished' }],
    ['runId', { run: { id: 7 } }],
    ['runId', { run: { id: '../x' } }],
    ['stackId', { stack: { id: '-' } }],
    ['stackId', { stack: { id: 'x'.repeat(201) } }],
  ])('parsePayload() keeps as unparsed for %s: %j', (field, change) => {
    expect(parse(defaultRun(change))).toEqual({ reason: 'field-invalid', field });
  });

  test.each([{ stack: {} }, { stack: { id: 7 } }, { stack: { id: '' } }])(
    'parsePayload() needs the id of a stack: %j',
    (change) => {
      expect(parse(defaultRun(change))).toEqual({ reason: 'stack-id-missing' });
    },
  );

  test('parsePayload() takes a module for the stack, and a stack before a module', () => {
    const module = { id: 'vpc', labels: ['m'] };
    expect(parse(defaultRun({ stack: undefined, module }))).toMatchObject({
      stackId: 'vpc',
      labels: ['m'],
    });
    expect(parse(defaultRun({ module }))).toMatchObject({ stackId: 'app', labels: ['a'] });
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
    [{ stack: undefined, module: { id: 'vpc' } }, {}, { stackId: 'vpc', labels: [] }],
    [{}, { triggered_by: undefined }, { triggeredBy: { kind: 'vcs' } }],
    [{}, { triggered_by: '' }, { triggeredBy: { kind: 'vcs' } }],
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
      field: 'state',
    });
    expect(parse(runUpdated({ stack: undefined }))).toEqual({ reason: 'stack-id-missing' });
    expect(parse(runUpdated({ run: null }))).toEqual({ reason: 'field-invalid', field: 'runId' });
  });

  const history = (...states: readonly unknown[]) => states.map((new_state) => ({ new_state }));

  test.each([
    ['its end', history('QUEUED', 'PLANNING', 'FAILED'), 2],
    ['its only place', history('FAILED'), 0],
    ['its last of several places', history('FAILED', 'QUEUED', 'FAILED', 'QUEUED'), 2],
    ['before what has happened since', history('PLANNING', 'FAILED', 'FINISHED'), 1],
    ['behind a history that lacks it', history('QUEUED', 'PLANNING'), 2],
    ['behind a history of which some is not known', [...history('QUEUED'), 7, {}], 3],
    ['the end of a history that names no state', history(1, null, {}), 2],
    ['the end of a history of texts', ['QUEUED', 'FAILED', 'x'], 2],
  ])('parsePayload() finds the position of a state at %s', (_, states_history, position) => {
    expect(parse(runUpdated({}, { states_history }))).toMatchObject({
      stateVersion: position,
      order: 'derived',
    });
  });

  test.each([undefined, null, [], {}, 'x', 7])(
    'parsePayload() knows no position without a history: %j',
    (states_history) => {
      expect(parse(runUpdated({}, { states_history }))).toMatchObject({
        stateVersion: null,
        order: 'absent',
      });
    },
  );

  test('parsePayload() does not take a projection’s silence for a push', () => {
    const { triggered_by: _, ...run } = runUpdated().run_updated.run;
    expect(parse(runUpdated({ run }))).toMatchObject({ triggeredBy: null });
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

describe('parsePayload() on module versions', () => {
  const version = (change: object = {}, told: object = {}) => ({
    account: 'acme',
    module_version: {
      module: { id: 'vpc' },
      version: { id: 'V1', number: '1.0.0', state: 'ACTIVE', latest: true, ...change },
      ...told,
    },
  });

  test.each([
    [
      { number: null, latest: null, commit: null },
      { number: null, latest: false, commit: null },
    ],
    [{ state: 'RETRACTED' }, { state: 'RETRACTED' }],
    [{ latest: 'yes' }, { latest: false }],
    [{ test_runs: null, created_at: 1_760_000_000 }, { occurredAt: RECEIVED_AT }],
    [
      { test_runs: [null, {}, { updated_at: 1_760_000_001 }, { updated_at: 1_760_000_000 }] },
      { occurredAt: RECEIVED_AT + 1000 },
    ],
    [{ id: 'v'.repeat(64) }, { versionId: 'v'.repeat(64) }],
  ])('parsePayload() reads a version with %j', (change, event) => {
    expect(parse(version(change))).toMatchObject({ about: 'module', moduleId: 'vpc', ...event });
  });

  test.each([
    ['versionId', {}, { version: null }],
    ['versionId', { id: 'v'.repeat(65) }, {}],
    ['versionId', { id: 7 }, {}],
    ['moduleId', {}, { module: {} }],
    ['state', { state: null }, {}],
    ['state', { state: 'active' }, {}],
  ])('parsePayload() keeps a version as unparsed for %s: %j %j', (field, change, told) => {
    expect(parse(version(change, told))).toEqual({ reason: 'field-invalid', field });
  });

  test('parsePayload() takes as many test runs as a body can hold', () => {
    const test_runs = Array.from({ length: 500_000 }, () => ({ updated_at: 1_760_000_000 }));
    expect(parse(version({ test_runs }))).toMatchObject({ occurredAt: RECEIVED_AT });
  });
});

describe('parsePayload() on the audit trail', () => {
  const entry = (change: object = {}) => ({
    account: 'acme',
    action: 'stack.create',
    actor: 'github::somebody',
    context: { mutation: 'stackCreate' },
    timestamp: RECEIVED_AT,
    ...change,
  });

  test.each([
    [{ actor: 'api::KEY' }, { actor: { kind: 'api-key', keyId: 'KEY' } }],
    [{ actor: 'somebody::api::KEY' }, { actor: { kind: 'other' } }],
    [{ actor: null }, { actor: { kind: 'other' } }],
    [{ actor: { toString: 1 } }, { actor: { kind: 'other' } }],
    [{ context: null }, { mutation: null }],
    [{ context: {} }, { mutation: null }],
    [{ timestamp: null }, { occurredAt: null }],
    [{ data: undefined, remoteIP: null, actor_roles: 7 }, { action: 'stack.create' }],
  ])('parsePayload() reads an entry with %j', (change, event) => {
    expect(parse(entry(change))).toMatchObject({ about: 'audit', ...event });
  });

  test('parsePayload() needs the action', () => {
    expect(parse(entry({ action: null }))).toEqual({ reason: 'field-invalid', field: 'action' });
    expect(parse(entry({ action: undefined, actor: undefined }))).toMatchObject({
      reason: 'field-invalid',
    });
  });
});

describe('parsePayload() on accounts', () => {
  const payloads: readonly (readonly [string, object])[] = [
    ['default run', defaultRun()],
    ['run_updated', runUpdated()],
    ['short form', { event_type: 'triggered', stack_id: 'app' }],
    ['internal error', { title: 't', error: 'e', severity: 'ERROR' }],
    ['internal error of a policy', { internal_error: { error: 'e' } }],
    [
      'module version',
      { module_version: { module: { id: 'm' }, version: { id: 'v', state: 'ACTIVE' } } },
    ],
    ['audit', { action: 'a.b', actor: 'api::K' }],
  ];

  test.each(payloads)('parsePayload() takes the account of a %s from where it is', (_, payload) => {
    for (const account of ['named', { name: 'named' }, { name: 'named', id: 7 }])
      expect(parse({ ...payload, account }, OWN)).toMatchObject({ account: 'named' });
    for (const account of [undefined, null, '', 7, [], {}, { name: '' }, { name: null }]) {
      expect(parse({ ...payload, account }, OWN)).toMatchObject({ account: 'acme' });
      expect(parse({ ...payload, account })).toEqual({ reason: 'account-missing' });
    }
    for (const account of ['a b', '-', { name: 'a/b' }])
      expect(parse({ ...payload, account }, OWN)).toEqual({
        reason: 'field-invalid',
        field: 'account',
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
      command: null,
      retryOf: null,
      deadlineMs: null,
      stopAtDeadline: false,
      metadata: [],
      cause: [],
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
    [{ run_type: 'task', command: 'terraform taint x' }, OWN, { command: 'terraform taint x' }],
    [{ run_type: 'TASK', command: 'x'.repeat(4000) }, OWN, { command: 'x'.repeat(4000) }],
    [
      { deadline_ms: 60_000, stop_at_deadline: true },
      OWN,
      { deadlineMs: 60_000, stopAtDeadline: true },
    ],
    [
      { metadata: ['ticket 7'], cause: ['network'] },
      OWN,
      { metadata: ['ticket 7'], cause: ['network'] },
    ],
    [
      { retry: { maximum_attempts: 5, backoffCoefficient: 1.5 } },
      OWN,
      { retry: { maximumAttempts: 5, backoffCoefficient: 1.5 } },
    ],
    [
      { retry: { maximum_attempts: 100, backoff_coefficient: 100, initial_interval_ms: 1 } },
      OWN,
      { retry: { maximumAttempts: 100, backoffCoefficient: 100, initialIntervalMs: 1 } },
    ],
    [
      { retry: { maximum_attempts: 1, maximum_interval_ms: 2_592_000_000, of: 'no matter' } },
      OWN,
      { retry: { maximumAttempts: 1, maximumIntervalMs: 2_592_000_000 } },
    ],
    [{ run_id: null }, OWN, { about: 'intent' }],
    [
      { run_type: null, commit_sha: null, idempotency_key: null, retry: null },
      OWN,
      { about: 'intent', runType: 'TRACKED', commit: null, retry: {} },
    ],
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
    ['field-invalid', 'runType', { run_type: 'APPLY' }],
    ['field-invalid', 'runType', { run_type: 7 }],
    ['field-invalid', 'runType', { run_type: {} }],
    ['field-invalid', 'commit', { commit_sha: 'main' }],
    ['field-invalid', 'commit', { commit_sha: 7 }],
    ['field-invalid', 'key', { idempotency_key: 7 }],
    ['field-invalid', 'retry', { retry: 'often' }],
    ['field-invalid', 'key', { idempotency_key: 'x'.repeat(197) }],
    ['field-invalid', 'retry.maximumAttempts', { retry: { maximum_attempts: 0 } }],
    ['field-invalid', 'retry.maximumAttempts', { retry: { maximum_attempts: 101 } }],
    ['field-invalid', 'retry.maximumAttempts', { retry: { maximum_attempts: null } }],
    ['field-invalid', 'retry.backoffCoefficient', { retry: { backoff_coefficient: 0.9 } }],
    ['field-invalid', 'retry.backoffCoefficient', { retry: { backoff_coefficient: 100.1 } }],
    ['field-invalid', 'retry.initialIntervalMs', { retry: { initial_interval_ms: 0 } }],
    ['field-invalid', 'retry.initialIntervalMs', { retry: { initial_interval_ms: 1.5 } }],
    ['field-invalid', 'retry.maximumIntervalMs', { retry: { maximum_interval_ms: 2_592_000_001 } }],
    ['field-invalid', 'runId', { run_id: 7 }],
    ['field-invalid', 'command', { run_type: 'TASK' }],
    ['field-invalid', 'command', { run_type: 'TASK', command: '' }],
    ['field-invalid', 'command', { run_type: 'TASK', command: 'x'.repeat(4001) }],
    ['field-invalid', 'command', { command: 'terraform taint x' }],
    ['field-invalid', 'deadlineMs', { deadline_ms: 0 }],
    ['field-invalid', 'deadlineMs', { deadline_ms: 30 * 24 * 60 * 60 * 1000 + 1 }],
    ['field-invalid', 'stopAtDeadline', { stop_at_deadline: 'yes' }],
    ['field-invalid', 'metadata', { metadata: 'ticket 7' }],
    ['field-invalid', 'cause', { cause: Array.from({ length: 51 }, () => 'network') }],
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

describe('parsePayload() on payloads that two families know', () => {
  const version = { module: { id: 'vpc' }, version: { id: 'V1', state: 'ACTIVE' } };
  const entry = { action: 'a.b', actor: 'api::KEY' };
  const short = { event_type: 'failed', stack_id: 'app' };

  test.each([
    ['run_updated before all', { ...runUpdated(), ...short, module_version: version }, 'run'],
    ['a module version before a short form', { module_version: version, ...short }, 'module'],
    [
      'an internal error before a short form',
      { internal_error: { error: 'e' }, ...short },
      'account',
    ],
    ['a short form before a run', { ...defaultRun(), ...short }, 'stack'],
    ['a short form before the audit trail', { ...entry, ...short }, 'stack'],
    ['a run before the audit trail', { ...entry, ...defaultRun() }, 'run'],
    [
      'what is there before what is null',
      { run_updated: null, module_version: null, internal_error: { error: 'e' } },
      'account',
    ],
  ])('parsePayload() takes %s', (_, payload, about) => {
    expect(parse(payload, OWN)).toMatchObject({ about });
  });
});

describe('parsePayload() on what is no payload', () => {
  test.each([[null], [undefined], [7], ['text'], [[]], [{}], [{ run: {}, stack: {} }]])(
    'parsePayload() knows no shape of %j',
    (payload) => {
      expect(parse(payload)).toEqual({ reason: 'shape-unknown' });
    },
  );
});
