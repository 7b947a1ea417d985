import { describe, expect, test } from 'vitest';
import type { SpaceliftEvent } from '../../../shared/contract/events.ts';
import { type Route, routeBatch, type Routing } from '../../../worker/starter/route.ts';
import { SETTINGS } from '../../shared/workflow/settings.ts';
import { auditEvent, INTERNAL_ERROR, moduleVersionEvent } from '../../events.ts';
import { envelopeOf, intentOf, runEventOf, STACK_EVENT, TRACE_ID } from '../envelopes.ts';

const ROUTING: Routing = { settings: SETTINGS, observedRunTypes: ['TRACKED', 'TASK'] };

const route = (...events: readonly SpaceliftEvent[]): readonly Route[] =>
  routeBatch(
    events.map((event) => envelopeOf(event)),
    ROUTING,
  );

const signalOf = (routed: Route | undefined) =>
  routed === undefined || routed.by === 'start' ? null : routed.signal.name;

describe('routeBatch()', () => {
  test('takes several events of one run in one call, in their order', () => {
    const events = ['QUEUED', 'PREPARING', 'PLANNING'].map((state, version) =>
      runEventOf('01RUN', state, version),
    );
    const [routed, ...others] = route(...events);
    expect(others).toEqual([]);
    expect(routed).toMatchObject({
      by: 'signal-with-start',
      executionId: 'spacelift/demo/app/run/01RUN',
      keys: [
        'run/demo/01RUN/QUEUED/exact.0',
        'run/demo/01RUN/PREPARING/exact.1',
        'run/demo/01RUN/PLANNING/exact.2',
      ],
      start: { workflowId: 'spacelift/demo/app/run/01RUN', input: { kind: 'run', runId: '01RUN' } },
      signal: {
        name: 'handle_run_events',
        payload: {
          events: events.map((event, version) => ({
            event,
            delivery: {
              key: `run/demo/01RUN/${event.state}/exact.${version}`,
              deliveryId: `delivery of run/demo/01RUN/${event.state}/exact.${version}`,
              traceId: TRACE_ID,
            },
          })),
        },
      },
    });
  });

  test.each([
    [['QUEUED'], 'handle_run_events'],
    [['UNCONFIRMED'], 'handle_run_events'],
    [['FINISHED'], 'handle_completed_run'],
    [['FAILED'], 'handle_failed_run'],
    [['STOPPED'], 'handle_run_events'],
    [['QUEUED', 'FINISHED'], 'handle_completed_run'],
    [['FINISHED', 'QUEUED', 'APPLYING'], 'handle_completed_run'],
    [['PLANNING', 'FAILED', 'PREPARING'], 'handle_failed_run'],
    [['UNHEARD_OF'], 'handle_run_events'],
  ])('sends %j by the most decisive signal: %s', (states, name) => {
    const events = states.map((state, version) => runEventOf('01RUN', state, version));
    const routes = route(...events);
    expect(routes).toHaveLength(1);
    expect(signalOf(routes[0])).toBe(name);
  });

  test('has one route an execution, in the order of their first events', () => {
    const routes = route(
      runEventOf('01A', 'QUEUED', 0),
      intentOf('key.1'),
      runEventOf('01B', 'QUEUED', 0),
      runEventOf('01A', 'FINISHED', 1),
      INTERNAL_ERROR,
      runEventOf('01A', 'QUEUED', 0, { stackId: 'other' }),
    );
    expect(routes.map(({ executionId, keys }) => [executionId, keys.length])).toEqual([
      ['spacelift/demo/app/run/01A', 2],
      ['spacelift/demo/app/trigger/key.1', 1],
      ['spacelift/demo/app/run/01B', 1],
      [expect.stringMatching(/^spacelift\/demo\/-\/event\//), 1],
      ['spacelift/demo/other/run/01A', 1],
    ]);
  });

  test.each([
    ['TRACKED', 'signal-with-start'],
    ['TASK', 'signal-with-start'],
    ['PROPOSED', 'signal'],
    ['DESTROY', 'signal'],
    [null, 'signal-with-start'],
  ])('a run of type %s goes by %s', (runType, by) => {
    expect(route(runEventOf('01RUN', 'FINISHED', 3, { runType }))).toMatchObject([
      { by, executionId: 'spacelift/demo/app/run/01RUN', signal: { name: 'handle_completed_run' } },
    ]);
  });

  test('knows the type of a run by any of its events', () => {
    const events = [
      runEventOf('01RUN', 'QUEUED', null, { runType: null }),
      runEventOf('01RUN', 'FINISHED', 3, { runType: 'PROPOSED' }),
    ];
    expect(route(...events)).toMatchObject([{ by: 'signal' }]);
  });

  test.each([
    ['an intent', intentOf('key.1'), 'spacelift/demo/app/trigger/key.1', 'intent'],
    ['a stack event', STACK_EVENT, `spacelift/demo/app/event/`, 'event'],
    ['an internal error', INTERNAL_ERROR, `spacelift/demo/-/event/`, 'event'],
    [
      'a module version',
      moduleVersionEvent('vpc'),
      'spacelift/demo/vpc/event/module/demo/vpc/01VERSION/ACTIVE',
      'event',
    ],
    [
      'an entry of the audit trail',
      auditEvent(),
      `spacelift/demo/-/event/audit/demo/body.${'ab'.repeat(12)}`,
      'event',
    ],
  ])('starts an execution for %s, with its delivery', (_, event, executionId, kind) => {
    const [routed] = route(event);
    const { id } = envelopeOf(event);
    expect(routed).toMatchObject({
      by: 'start',
      keys: [id],
      start: {
        workflowType: 'SpaceliftWebhookWorkflow',
        input: {
          kind,
          event,
          delivery: { key: id, deliveryId: `delivery of ${id}`, traceId: TRACE_ID },
          settings: SETTINGS,
        },
      },
    });
    expect(routed?.executionId).toContain(executionId);
  });

  test.each([
    [[], ['b'], ['b']],
    [['spacelift-temporal/k.1;cause=a'], ['b'], ['a', 'b']],
    [['spacelift-temporal/k.1;cause=a'], ['a', 'b'], ['a', 'b']],
    [['ticket 7'], [], []],
  ])('puts the cause in an intent metadata %j before its own %j: %j', (metadata, cause, whole) => {
    const [routed] = route({ ...intentOf('key.1'), metadata, cause });
    const input = routed?.by === 'start' ? routed.start.input : null;
    expect(input).toMatchObject({ event: { cause: whole } });
  });

  test('gives the same execution to the same intent of two deliveries', () => {
    const [first, second] = route(intentOf('key.1'), intentOf('key.1'));
    expect(first?.executionId).toBe(second?.executionId);
  });

  test('tells what is known of the run by search attributes', () => {
    const [routed] = route(runEventOf('01RUN', 'PLANNING', 2));
    const pairs = routed?.by === 'signal-with-start' ? routed.start.searchAttributes : [];
    expect(Object.fromEntries(pairs.map(({ key, value }) => [key.name, value]))).toEqual({
      SpaceliftAccount: 'demo',
      SpaceliftStack: 'app',
      SpaceliftRun: '01RUN',
      SpaceliftState: 'PLANNING',
      SpaceliftEventType: 'progressed',
    });
  });

  test('routes nothing to nowhere', () => {
    expect(route()).toEqual([]);
  });

  test('lets a redelivery start anew what has failed, and nothing else do so', () => {
    const reuses = (...redeliveries: number[]) =>
      routeBatch(
        redeliveries.flatMap((redelivery, version) => [
          envelopeOf(runEventOf('01RUN', 'PLANNING', version), { redelivery }),
          envelopeOf(intentOf(`key.${version}`), { redelivery }),
        ]),
        ROUTING,
      ).map((routed) => (routed.by === 'signal' ? null : routed.reuse));
    expect(reuses(0, 0)).toEqual(['never', 'never', 'never']);
    expect(reuses(0, 1)).toEqual(['after-failure', 'never', 'after-failure']);
  });
});
