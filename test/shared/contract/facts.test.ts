import { describe, expect, test } from 'vitest';
import {
  BATCH_EVENTS_LIMIT,
  BatchAnswerSchema,
  createEnvelope,
} from '../../../shared/contract/envelope.ts';
import { EnvelopeSchema, ForeignEnvelopeSchema } from '../../../shared/contract/envelope-schema.ts';
import type { SpaceliftEvent } from '../../../shared/contract/events.ts';
import {
  eventExecutionId,
  intentExecutionId,
  laneExecutionId,
  parseExecutionId,
  runExecutionId,
} from '../../../shared/contract/ids.ts';
import {
  deliveryKeyOf,
  intentKeyOf,
  REPEAT_WINDOW_MS,
  unparsedKeyOf,
} from '../../../shared/contract/keys.ts';
import { REFUSALS } from '../../../shared/contract/refusals.ts';
import { eventTypeOfState, isTerminalState, RUN_STATES } from '../../../shared/contract/states.ts';
import { continueTrace, traceIdOf } from '../../../shared/contract/trace.ts';
import { auditEvent, intentEvent, moduleVersionEvent, runEvent, stackEvent } from '../../events.ts';
import * as v from 'valibot';

const AT = 1_760_000_400_000;
const HASH = 'ab'.repeat(32);
const SHORT = HASH.slice(0, 24);
const FACTS = { bodyHash: HASH, receivedAt: AT };
const WINDOW = Math.floor(AT / REPEAT_WINDOW_MS);

const ACME = { account: 'acme' };
const run = runEvent('app', 'RUN', 'FINISHED', 5, {
  ...ACME,
  occurredAt: AT - 1000,
  triggeredBy: null,
});
const intent = intentEvent('app', 'key.release-1', ACME);
const stack = stackEvent('app', ACME);

const moduleVersion = moduleVersionEvent('vpc', { ...ACME, state: 'FAILED' });
const auditEntry = auditEvent(ACME);

const account: SpaceliftEvent = {
  about: 'account',
  type: 'internal_error',
  account: 'acme',
  severity: 'ERROR',
  error: 'e',
  message: null,
};

describe('eventTypeOfState()', () => {
  test.each([
    ['completed', true, ['FINISHED']],
    ['failed', true, ['FAILED']],
    ['ended', true, ['DISCARDED', 'STOPPED', 'CANCELED', 'SKIPPED']],
    ['waiting', false, ['UNCONFIRMED', 'PENDING_REVIEW']],
    [
      'progressed',
      false,
      (
        'QUEUED READY PENDING PREPARING INITIALIZING PLANNING CONFIRMED PREPARING_APPLY APPLYING PERFORMING ' +
        'DESTROYING REPLAN_REQUESTED PREPARING_REPLAN'
      ).split(' '),
    ],
  ])('eventTypeOfState() says %s of its states, terminal: %j', (type, isTerminal, states) => {
    const ofType = RUN_STATES.filter((state) => eventTypeOfState(state) === type);
    expect(ofType.toSorted()).toEqual(states.toSorted());
    for (const state of states) {
      expect(eventTypeOfState(state)).toBe(type);
      expect(isTerminalState(state)).toBe(isTerminal);
    }
  });

  test.each(['SOMETHING_NEW', 'finished', '', 'constructor', '__proto__'])(
    'eventTypeOfState() says progressed of %j, which it does not know',
    (state) => {
      expect(eventTypeOfState(state)).toBe('progressed');
    },
  );
});

describe('deliveryKeyOf()', () => {
  test.each<[string, SpaceliftEvent, string, string | null]>([
    ['an exact position', run, 'run/acme/RUN/FINISHED/exact.5', null],
    ['a derived position', { ...run, order: 'derived' }, 'run/acme/RUN/FINISHED/derived.5', null],
    [
      'no position',
      { ...run, order: 'absent', stateVersion: null },
      `run/acme/RUN/FINISHED/body.${SHORT}`,
      null,
    ],
    ['an intent with a key', intent, 'intent/acme/app/key.release-1', null],
    [
      'an intent without a key',
      { ...intent, key: `body.${SHORT}.${WINDOW}` },
      `intent/acme/app/body.${SHORT}.${WINDOW}`,
      `intent/acme/app/body.${SHORT}.${WINDOW - 1}`,
    ],
    [
      'a stack',
      stack,
      `stack/acme/app/body.${SHORT}.${WINDOW}`,
      `stack/acme/app/body.${SHORT}.${WINDOW - 1}`,
    ],
    [
      'an account',
      account,
      `account/acme/body.${SHORT}.${WINDOW}`,
      `account/acme/body.${SHORT}.${WINDOW - 1}`,
    ],
    ['a module version', moduleVersion, 'module/acme/vpc/01VERSION/FAILED', null],
    ['an audit entry', auditEntry, `audit/acme/body.${SHORT}`, null],
  ])('deliveryKeyOf() an event with %s', (_, event, key, earlierKey) => {
    expect(deliveryKeyOf(event, FACTS)).toEqual({ key, earlierKey });
  });

  test('deliveryKeyOf() is another in the next window, which knows the one before', () => {
    const next = deliveryKeyOf(stack, { ...FACTS, receivedAt: AT + REPEAT_WINDOW_MS });
    expect(next.key).not.toBe(deliveryKeyOf(stack, FACTS).key);
    expect(next.earlierKey).toBe(deliveryKeyOf(stack, FACTS).key);
  });

  test('deliveryKeyOf() an intent takes no sender’s key for one of its own making', () => {
    const key = intentKeyOf(`body.${SHORT}.${WINDOW}`, FACTS);
    expect(deliveryKeyOf({ ...intent, key }, FACTS).earlierKey).toBeNull();
  });

  test('deliveryKeyOf() an audit entry is the same however late it comes', () => {
    const later = deliveryKeyOf(auditEntry, { ...FACTS, receivedAt: AT + 10 * REPEAT_WINDOW_MS });
    expect(later).toEqual(deliveryKeyOf(auditEntry, FACTS));
  });

  test('unparsedKeyOf() is the hash of the body', () => {
    expect(unparsedKeyOf(FACTS)).toEqual({ key: `unparsed/${HASH}`, earlierKey: null });
  });

  test.each([
    ['a-b_c.d:e', 'key.a-b_c.d:e'],
    ['a b', 'key.a%20b'],
    ['a/b%', 'key.a%2fb%25'],
    ['€', 'key.%e2%82%ac'],
    [' ac', 'key.%20ac'],
    ['💥', 'key.%f0%9f%92%a5'],
  ])('intentKeyOf() writes %j as %j', (idempotencyKey, key) => {
    expect(intentKeyOf(idempotencyKey, FACTS)).toBe(key);
  });
});

describe('createEnvelope()', () => {
  const facts = {
    key: 'k',
    deliveryId: 'd',
    traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    receivedAt: AT,
  };

  test.each<[string, SpaceliftEvent, object]>([
    [
      'run',
      run,
      {
        source: '/acme/app',
        type: 'io.spacelift.run.completed',
        subject: 'RUN',
        time: new Date(AT - 1000).toISOString(),
      },
    ],
    [
      'intent',
      intent,
      {
        source: '/acme/app',
        type: 'io.spacelift.intent.triggered',
        time: new Date(AT).toISOString(),
      },
    ],
    [
      'stack',
      stack,
      { source: '/acme/app', type: 'io.spacelift.stack.failed', time: new Date(AT).toISOString() },
    ],
    ['account', account, { source: '/acme', type: 'io.spacelift.internal_error' }],
    [
      'module',
      moduleVersion,
      {
        source: '/acme',
        type: 'io.spacelift.module_version',
        time: new Date(moduleVersion.occurredAt ?? Number.NaN).toISOString(),
      },
    ],
    ['audit', auditEntry, { source: '/acme', type: 'io.spacelift.audit' }],
  ])('createEnvelope() of a %s event is one that its schema takes', (_, event, head) => {
    const envelope = createEnvelope(event, facts);
    expect(envelope).toMatchObject({
      ...head,
      specversion: '1.0',
      id: 'k',
      deliveryid: 'd',
      redelivery: 0,
      data: event,
    });
    expect(v.parse(EnvelopeSchema, JSON.parse(JSON.stringify(envelope)))).toEqual(envelope);
    if (event.about !== 'run') expect(envelope).not.toHaveProperty('subject');
  });

  test.each([
    ['another version of the event', { dataschema: 'urn:spacelift-temporal:event:2' }, true],
    ['another event', { data: { about: 'weather' } }, true],
    ['no id', { id: '' }, false],
    ['no traceparent', { traceparent: 'x' }, false],
    ['a redelivery below zero', { redelivery: -1 }, false],
    ['another version of CloudEvents', { specversion: '0.3' }, false],
  ])('EnvelopeSchema refuses %s', (_, change, isForeign) => {
    const envelope = { ...createEnvelope(run, facts), ...change };
    expect(v.is(EnvelopeSchema, envelope)).toBe(false);
    expect(v.is(ForeignEnvelopeSchema, envelope)).toBe(isForeign);
  });

  test('BatchAnswerSchema takes the verdicts of the contract and no other', () => {
    const verdict = (text: string) => ({ verdicts: [{ id: 'k', verdict: text }] });
    for (const known of ['started', 'signalled', 'already-handled', 'refused', 'retry'])
      expect(v.is(BatchAnswerSchema, verdict(known))).toBe(true);
    expect(v.is(BatchAnswerSchema, verdict('done'))).toBe(false);
    expect(v.is(BatchAnswerSchema, { verdicts: [] })).toBe(true);
    expect(BATCH_EVENTS_LIMIT).toBe(100);
  });
});

describe('parseExecutionId()', () => {
  test.each([
    [
      runExecutionId('acme', 'app', 'RUN'),
      { account: 'acme', stackId: 'app', kind: 'run', key: 'RUN' },
    ],
    [
      intentExecutionId('acme', 'app', 'key.a%2fb'),
      { account: 'acme', stackId: 'app', kind: 'trigger', key: 'key.a%2fb' },
    ],
    [
      eventExecutionId('acme', null, 'account/acme/body'),
      { account: 'acme', stackId: null, kind: 'event', key: 'account/acme/body' },
    ],
    [laneExecutionId('acme', 'app'), null],
    ['spacelift/acme/app/run/', null],
    ['spacelift/acme/app/walk/RUN', null],
    ['other/acme/app/run/RUN', null],
    ['', null],
  ])('parseExecutionId() of %j', (id, parts) => {
    expect(parseExecutionId(id)).toEqual(parts);
  });
});

describe('continueTrace()', () => {
  const trace = 'a'.repeat(32);

  test('continueTrace() keeps the trace and its flags, in a span of its own', () => {
    const header = `00-${trace}-${'b'.repeat(16)}-00`;
    const continued = continueTrace(header);
    expect(continued).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`));
    expect(continued).not.toBe(header);
    expect(traceIdOf(continued)).toBe(trace);
  });

  test.each([
    null,
    '',
    'x',
    `01-${trace}-${'b'.repeat(16)}-01`,
    `00-${trace}-${'b'.repeat(16)}-01-x`,
  ])('continueTrace() begins a trace for header %j', (header) => {
    const begun = continueTrace(header);
    expect(begun).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(traceIdOf(begun)).not.toBe(trace);
  });

  test('traceIdOf() is empty for no traceparent', () => {
    expect(traceIdOf('x')).toBe('');
  });
});

describe('REFUSALS', () => {
  test.each(Object.entries(REFUSALS))(
    'REFUSALS answers %s on purpose',
    (_, { status, message }) => {
      expect([400, 401, 404, 405, 413, 503]).toContain(status);
      expect(message).toMatch(/^Cannot /);
    },
  );

  test('REFUSALS tells no signature fault from another', () => {
    expect(REFUSALS['signature-missing']).toBe(REFUSALS['signature-wrong']);
    expect(REFUSALS['signature-malformed']).toBe(REFUSALS['signature-wrong']);
  });
});
