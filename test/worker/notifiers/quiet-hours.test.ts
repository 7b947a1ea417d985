import { describe, expect, test } from 'vitest';
import { safeParse } from 'valibot';
import type { HeldNotice } from '../../../shared/workflow/notice-messages.ts';
import { QuietHoursSchema, quietUntil } from '../../../worker/notifiers/quiet-hours.ts';
import { checkRoutes } from '../../../worker/notifiers/routes.ts';
import { routeOf, RUN_NOTICE, send } from './support.ts';

const NIGHT = { timeZone: 'Europe/Berlin', windows: [{ from: '22:00', to: '07:00' }] };
const WEEKEND = {
  timeZone: 'UTC',
  windows: [
    { days: ['sat' as const, 'sun' as const], from: '00:00', to: '24:00' },
    { days: ['fri' as const], from: '18:00', to: '24:00' },
  ],
};

const at = (iso: string) => Date.parse(iso);
const until = (quiet: typeof NIGHT | typeof WEEKEND, iso: string) => {
  const over = quietUntil(quiet, at(iso));
  return over === null ? null : new Date(over).toISOString();
};

describe('quietUntil()', () => {
  test.each([
    ['before', '2026-07-01T19:59:59Z', null],
    ['with the first minute', '2026-07-01T20:00:00Z', '2026-07-02T05:00:00.000Z'],
    ['over midnight', '2026-07-01T23:30:17Z', '2026-07-02T05:00:00.000Z'],
    ['with the last', '2026-07-02T04:59:59.999Z', '2026-07-02T05:00:00.000Z'],
    ['after', '2026-07-02T05:00:00Z', null],
    ['in winter, an hour later by UTC', '2026-12-01T21:00:00Z', '2026-12-02T06:00:00.000Z'],
    ['the night that is an hour short', '2026-03-28T22:00:00Z', '2026-03-29T05:00:00.000Z'],
    ['the night that is an hour long', '2026-10-24T22:00:00Z', '2026-10-25T06:00:00.000Z'],
  ])('is in the time of the place: %s', (_, now, over) => {
    expect(until(NIGHT, now)).toBe(over);
  });

  test.each([
    ['Thursday evening', '2026-07-02T20:00:00Z', null],
    [
      'Friday evening, through all that follows',
      '2026-07-03T18:00:00Z',
      '2026-07-06T00:00:00.000Z',
    ],
    ['Sunday', '2026-07-05T23:59:00Z', '2026-07-06T00:00:00.000Z'],
    ['Monday', '2026-07-06T00:00:00Z', null],
  ])('knows days: %s', (_, now, over) => {
    expect(until(WEEKEND, now)).toBe(over);
  });

  test('a window belongs to the day on which it begins', () => {
    const friday = {
      timeZone: 'UTC',
      windows: [{ days: ['fri' as const], from: '22:00', to: '06:00' }],
    };
    expect(until(friday, '2026-07-04T05:00:00Z')).toBe('2026-07-04T06:00:00.000Z');
    expect(until(friday, '2026-07-03T05:00:00Z')).toBeNull();
    expect(until(friday, '2026-07-04T22:00:00Z')).toBeNull();
  });
});

describe('QuietHoursSchema', () => {
  test.each([
    ['a zone that there is not', { ...NIGHT, timeZone: 'Mars/Olympus' }, 'no such time zone'],
    [
      'an hour that there is not',
      { ...NIGHT, windows: [{ from: '25:00', to: '07:00' }] },
      'must be a time',
    ],
    [
      'a day that there is not',
      { ...NIGHT, windows: [{ days: ['someday'], from: '01:00', to: '02:00' }] },
      'days.0',
    ],
    ['no windows', { ...NIGHT, windows: [] }, 'windows'],
    ['no end', { ...NIGHT, windows: [{ from: '00:00', to: '24:00' }] }, 'is never over'],
  ])('refuses %s, by route and field', (_, quietHours, message) => {
    const faults = checkRoutes({ ops: { to: 'log', quietHours } });
    expect(faults.join()).toContain('route "ops", quietHours');
    expect(faults.join()).toContain(message);
  });

  test('takes nights and weekends', () => {
    for (const quiet of [NIGHT, WEEKEND])
      expect(safeParse(QuietHoursSchema, quiet).success).toBe(true);
  });
});

describe('a route with quiet hours', () => {
  const make = (now: string) => {
    const held: [string, HeldNotice][] = [];
    const lines: object[] = [];
    const route = routeOf(
      { to: 'log', quietHours: NIGHT, muteLabels: ['quiet'] },
      {
        now: () => at(now),
        hold: async (name, one) => void held.push([name, one]),
        log: { warn: (line: object) => void lines.push(line) } as never,
      },
    );
    return { route, held, lines };
  };

  test('holds what comes in them, with its key and their end', async () => {
    const { route, held, lines } = make('2026-07-01T23:00:00Z');
    expect(await send(route, { key: 'k' })).toEqual({ outcome: 'held' });
    expect(held).toEqual([
      ['ops', { notice: RUN_NOTICE, key: 'k', until: at('2026-07-02T05:00:00Z') }],
    ]);
    expect(lines).toEqual([]);
  });

  test('sends what comes outside of them', async () => {
    const { route, held, lines } = make('2026-07-01T12:00:00Z');
    expect(await send(route)).toEqual({ outcome: 'sent' });
    expect([held.length, lines.length]).toEqual([0, 1]);
  });

  test('sends a digest whenever it comes, and holds nothing that it mutes', async () => {
    const { route, held } = make('2026-07-01T23:00:00Z');
    const digest = { ...RUN_NOTICE, topic: 'digest' as const, labels: [] };
    expect(await send(route, { notice: digest })).toEqual({ outcome: 'sent' });
    const muted = { ...RUN_NOTICE, labels: ['quiet'] };
    expect(await send(route, { notice: muted })).toEqual({ outcome: 'muted' });
    expect(held).toEqual([]);
  });

  test.each([
    { to: 'pagerduty', routingKeyFrom: 'K' },
    { to: 'github', tokenFrom: 'K' },
  ] as const)('cannot be $to, which keeps a record', (input) => {
    expect(() => routeOf({ ...input, quietHours: NIGHT }, { env: { K: 'k'.repeat(32) } })).toThrow(
      'route "ops", quietHours: a notifier that keeps a record is never quiet',
    );
  });
});
