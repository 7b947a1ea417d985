import { describe, expect, test } from 'vitest';
import { SpaceliftFailure } from '../../../shared/activities/spacelift/failure.ts';
import type { Notice, NoticeTopic } from '../../../shared/workflow/notice-messages.ts';
import type { TrackedRun } from '../../../worker/notifiers/definition.ts';
import { type Answer, type Received, startOutlet } from './outlet.ts';
import { HOSTILE_NOTICE, routeOf, RUN_NOTICE, send } from './support.ts';

const KEY = '0123456789abcdef0123456789abcdef';

type PagerEvent = {
  readonly routing_key?: string;
  readonly event_action?: string;
  readonly dedup_key?: string;
  readonly links?: readonly { readonly href: string }[];
  readonly payload?: {
    readonly summary?: string;
    readonly source?: string;
    readonly severity?: string;
  };
};

/** What PagerDuty documents of an event, and refuses by. */
function answerOf({ method, path, headers, body }: Received): Answer {
  const {
    routing_key,
    event_action,
    dedup_key = '',
    links = [],
    payload,
  } = JSON.parse(body) as PagerEvent;
  const faults = [
    method !== 'POST' || path !== '/v2/enqueue' || headers['content-type'] !== 'application/json',
    routing_key?.length !== 32,
    !['trigger', 'acknowledge', 'resolve'].includes(event_action ?? ''),
    dedup_key.length > 255,
    event_action === 'resolve' && dedup_key === '',
    event_action === 'trigger' && (payload?.summary ?? '') === '',
    (payload?.summary?.length ?? 0) > 1024,
    event_action === 'trigger' && (payload?.source ?? '') === '',
    event_action === 'trigger' &&
      !['critical', 'error', 'warning', 'info'].includes(payload?.severity ?? ''),
    links.some(({ href }) => !/^https?:/.test(href)),
    body.length > 512 * 1024,
  ];
  return faults.includes(true)
    ? { status: 400, body: { status: 'invalid event' } }
    : { status: 202, body: { status: 'success', message: 'Event processed', dedup_key } };
}

async function page(
  notices: readonly Notice[],
  latest: TrackedRun | null | Error = null,
): Promise<{ outcomes: readonly string[]; events: readonly PagerEvent[] }> {
  await using outlet = await startOutlet(answerOf);
  const route = routeOf(
    { to: 'pagerduty', routingKeyFrom: 'PAGERDUTY_KEY', apiUrl: outlet.url },
    {
      env: { PAGERDUTY_KEY: KEY },
      latestTrackedRun: async () => {
        if (latest instanceof Error) throw latest;
        return latest;
      },
    },
  );
  const outcomes: string[] = [];
  for (const notice of notices) outcomes.push((await send(route, { notice })).outcome);
  return { outcomes, events: outlet.received.map(({ body }) => JSON.parse(body) as PagerEvent) };
}

const of = (topic: NoticeTopic, changes: Partial<Notice> = {}): Notice => ({
  ...RUN_NOTICE,
  topic,
  ...changes,
});

const runIn = (runId: string, state: string): TrackedRun => ({ runId, state, commit: null });

const STACK_PAIRS: readonly [string, Partial<Notice>][] = [
  ['stack', { stackId: 'other' }],
  ['account', { account: 'beta' }],
];

describe('pagerduty', () => {
  test('opens for a failed run and resolves for a later one by the same key', async () => {
    const { outcomes, events } = await page([
      of('run-failed'),
      of('run-completed', { runId: '02RUN', state: 'FINISHED' }),
    ]);
    expect(outcomes).toEqual(['sent', 'sent']);
    expect(events).toMatchObject([
      {
        routing_key: KEY,
        event_action: 'trigger',
        payload: { summary: RUN_NOTICE.text, source: 'demo/app', severity: 'error' },
        links: [{ href: RUN_NOTICE.url }, {}],
      },
      { event_action: 'resolve' },
    ]);
    expect(events[0]?.dedup_key).toBe(events[1]?.dedup_key);
  });

  test.each(STACK_PAIRS)('has another key for another %s', async (_, changes) => {
    const { events } = await page([of('run-failed'), of('run-failed', changes)]);
    expect(events[0]?.dedup_key).not.toBe(events[1]?.dedup_key);
  });

  test.each([
    ['run-failed', 'FINISHED', 'stale'],
    ['run-failed', 'FAILED', 'sent'],
    ['run-failed', 'PLANNING', 'sent'],
    ['run-completed', 'FAILED', 'stale'],
    ['run-completed', 'FINISHED', 'sent'],
    ['run-completed', 'PLANNING', 'sent'],
  ] as const)('%s while a later run is %s: %s', async (topic, state, outcome) => {
    const { outcomes, events } = await page([of(topic)], runIn('02RUN', state));
    expect(outcomes).toEqual([outcome]);
    expect(events).toHaveLength(outcome === 'sent' ? 1 : 0);
  });

  test('the latest run itself is no later one', async () => {
    const { outcomes } = await page([of('run-failed')], runIn('01RUN', 'FINISHED'));
    expect(outcomes).toEqual(['sent']);
  });

  test('pages when Spacelift refuses to say, and waits while it cannot', async () => {
    const refused = new SpaceliftFailure('look up', 'no API key', 'final');
    expect((await page([of('run-failed')], refused)).outcomes).toEqual(['sent']);
    const down = new SpaceliftFailure('look up', 'status is 503', 'retryable', {
      retryAfterMs: 5000,
    });
    await expect(page([of('run-failed')], down)).rejects.toMatchObject({
      isFinal: false,
      retryAfterMs: 5000,
    });
  });

  test('a run that is not tracked touches nothing of the stack', async () => {
    const proposed = { runType: 'PROPOSED' };
    const { outcomes, events } = await page([
      of('run-failed'),
      of('run-failed', proposed),
      of('run-completed', proposed),
    ]);
    expect(outcomes).toEqual(['sent', 'sent', 'muted']);
    expect(events[1]?.dedup_key).not.toBe(events[0]?.dedup_key);
  });

  test.each(['run-progressed', 'run-ended', 'webhook-enabled'] as const)(
    'has nothing to say of %s',
    async (topic) => {
      expect(await page([of(topic)])).toEqual({ outcomes: ['muted'], events: [] });
    },
  );

  test.each(['run-waiting', 'webhook-disabled', 'intent-in-doubt', 'digest'] as const)(
    'opens an incident of its own for %s',
    async (topic) => {
      const { events } = await page([of('run-failed'), of(topic)]);
      expect(events[1]).toMatchObject({ event_action: 'trigger' });
      expect(events[1]?.dedup_key).not.toBe(events[0]?.dedup_key);
    },
  );

  test('is taken with whatever names a stack may have', async () => {
    const long = 'x'.repeat(5000);
    const { outcomes, events } = await page([
      { ...HOSTILE_NOTICE },
      { ...HOSTILE_NOTICE, stackId: long, text: long, branch: long },
      { ...HOSTILE_NOTICE, text: '\n' },
    ]);
    expect(outcomes).toEqual(['sent', 'sent', 'sent']);
    expect(events[0]?.payload?.summary).not.toMatch(/\p{Cc}/u);
  });

  test('refuses a key of the wrong length at start, without showing it', () => {
    const make = () =>
      routeOf({ to: 'pagerduty', routingKeyFrom: 'K' }, { env: { K: 'too-short' } });
    expect(make).toThrow('route "ops", routingKeyFrom: environment variable K holds no key of 32');
    expect(make).not.toThrow('too-short');
  });
});
