import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createProgress, decideRunEvent, verdictOf } from '../../../shared/workflow/progress.ts';
import { readSignal } from '../../../shared/workflow/read-signal.ts';
import { runEvent } from '../../events.ts';

const RUN = { account: 'demo', stackId: 'network', runId: '01RUN' };
const DELIVERY = { key: 'run/demo/01RUN/PLANNING/exact.4', deliveryId: 'd', traceId: 't' };
const EVENT = runEvent('network', '01RUN', 'PLANNING', 4);

const VERDICT = {
  runId: '01RUN',
  state: 'FINISHED',
  outcome: 'completed',
  reason: null,
  steps: [{ step: 'FINISHED', at: null }],
};

/** What only workflow code does with what was read; it must take anything that gets this far. */
function takeIn(payload: unknown): void {
  const reading = readSignal(payload);
  if (reading.kind === 'verdict') {
    expect([...reading.verdict.steps]).toEqual(reading.verdict.steps);
    return;
  }
  const events = reading.kind === 'events' ? reading.events : [];
  const progress = events.reduce((progress, { event, delivery }) => {
    expect(typeof delivery.key).toBe('string');
    return decideRunEvent(progress, event).progress;
  }, createProgress(RUN));
  verdictOf(progress);
  for (const { at } of verdictOf(progress)?.steps ?? []) expect(typeof (at ?? '')).toBe('string');
}

/** Sound payloads with anything in the place of one field, at any depth. */
const almostSound = fc
  .tuple(
    fc.constantFrom<readonly string[]>(
      ['events'],
      ['events', '0'],
      ['events', '0', 'delivery'],
      ['events', '0', 'delivery', 'key'],
      ['events', '0', 'event'],
      ...Object.keys(EVENT).map((field) => ['events', '0', 'event', field]),
      ['verdict'],
      ...Object.keys(VERDICT).map((field) => ['verdict', field]),
    ),
    fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>(
        NaN,
        1e300,
        -1,
        0.5,
        9e15,
        'FINISHED',
        '__proto__',
        {},
        [],
        undefined,
      ),
    ),
  )
  .map(([path, value]) => {
    const isVerdict = path[0] === 'verdict';
    const payload: unknown = structuredClone(
      isVerdict ? { verdict: VERDICT } : { events: [{ event: EVENT, delivery: DELIVERY }] },
    );
    let place = payload as Record<string, unknown>;
    for (const step of path.slice(0, -1)) place = place[step] as Record<string, unknown>;
    place[path.at(-1) ?? ''] = value;
    return payload;
  });

describe('readSignal()', () => {
  test('reads what the starter and a run execution send', () => {
    expect(readSignal({ events: [{ event: EVENT, delivery: DELIVERY }] })).toEqual({
      kind: 'events',
      events: [{ event: EVENT, delivery: DELIVERY }],
      unread: 0,
    });
    expect(readSignal({ verdict: VERDICT })).toEqual({ kind: 'verdict', verdict: VERDICT });
  });

  test('keeps what can be read beside what cannot', () => {
    const events = [{ event: EVENT, delivery: DELIVERY }, { event: EVENT }, null];
    expect(readSignal({ events })).toMatchObject({ kind: 'events', unread: 2 });
  });

  test.each([undefined, null, 'text', 7, [], {}, { events: [] }, { events: 'x' }, { verdict: {} }])(
    'finds nothing to read in %j',
    (payload) => {
      expect(readSignal(payload)).toEqual({ kind: 'unreadable' });
    },
  );

  test.each([
    ['stateVersion', 'four'],
    ['stateVersion', -1],
    ['order', 'roughly'],
    ['occurredAt', '2026-11-25'],
    ['occurredAt', NaN],
    ['state', 'finished'],
    ['runId', null],
    ['url', 7],
    ['runType', {}],
  ])('does not let an event past whose %s is %j', (field, value) => {
    const reading = readSignal({
      events: [{ event: { ...EVENT, [field]: value }, delivery: DELIVERY }],
    });
    expect(reading).toEqual({ kind: 'events', events: [], unread: 1 });
  });

  test('lets nothing past that a run execution could stumble over, whatever is sent', () => {
    fc.assert(fc.property(fc.jsonValue(), takeIn), { numRuns: 20_000, seed: 1 });
    fc.assert(fc.property(almostSound, takeIn), { numRuns: 20_000, seed: 2 });
  });
});
