import { describe, expect, test } from 'vitest';
import { backoffMs, parseRetryAfter } from '../../edge/inbox/backoff.ts';
import { DEFAULT_PACING } from '../../edge/config.ts';
import { globMatches } from '../../edge/grants.ts';
import { cut, packBody, unpackBody } from '../../edge/inbox/gzip.ts';
import { decideSettlement, lengthenOutage, nextWakeAt } from '../../edge/inbox/settle.ts';

const BOUNDS = { backoffBaseMs: 1000, backoffCapMs: 60_000 };
const NOW = 1_760_000_000_000;

describe('backoffMs()', () => {
  test.each([
    [1, 500, 1000],
    [2, 1000, 2000],
    [6, 16_000, 32_000],
    [7, 30_000, 60_000],
    [5000, 30_000, 60_000],
  ])('backoffMs() lies in the upper half of the ceiling at attempt %i', (attempt, least, most) => {
    expect(backoffMs(attempt, BOUNDS, 0)).toBe(least);
    expect(backoffMs(attempt, BOUNDS, 1)).toBe(most);
  });
});

describe('parseRetryAfter()', () => {
  test.each([
    [null, null],
    ['7', 7000],
    [' 7 ', 7000],
    ['0', 0],
    ['900', 900_000],
    ['901', 900_000],
    ['-1', 0],
    ['soon', null],
    ['', null],
    [new Date(NOW + 5000).toUTCString(), 5000],
    [new Date(NOW - 5000).toUTCString(), 0],
    [new Date(NOW + 86_400_000).toUTCString(), 900_000],
  ])('parseRetryAfter() reads %j as %j ms', (header, wait) => {
    expect(parseRetryAfter(header, NOW)).toBe(wait);
  });
});

describe('nextWakeAt()', () => {
  test.each([
    [{ dueAt: null, outageUntil: null, pruneAt: null }, null],
    [{ dueAt: null, outageUntil: 5, pruneAt: null }, null],
    [{ dueAt: 0, outageUntil: null, pruneAt: null }, 0],
    [{ dueAt: 3, outageUntil: 5, pruneAt: null }, 5],
    [{ dueAt: 7, outageUntil: 5, pruneAt: null }, 7],
    [{ dueAt: null, outageUntil: null, pruneAt: 9 }, 9],
    [{ dueAt: 3, outageUntil: null, pruneAt: 9 }, 3],
    [{ dueAt: 3, outageUntil: 12, pruneAt: 9 }, 9],
  ])('nextWakeAt() of %j is %j', (facts, at) => {
    expect(nextWakeAt(facts)).toBe(at);
  });
});

describe('decideSettlement()', () => {
  const facts = (more: object = {}) => ({
    now: NOW,
    random: 1,
    retryAfterMs: null,
    pacing: DEFAULT_PACING,
    outage: null,
    hasDeliveredSince: () => true,
    ...more,
  });
  const fresh = { attempts: 0, retryingSince: null, receivedAt: NOW, history: null };

  test.each(['started', 'signalled', 'already-handled'] as const)(
    'decideSettlement() takes %s for delivered',
    (verdict) => {
      const settlement = decideSettlement(fresh, { id: 'k', verdict, executionId: 'e' }, facts());
      expect(settlement).toMatchObject({ status: 'delivered', verdict, executionId: 'e' });
    },
  );

  test.each([
    ['one ms before its age', DEFAULT_PACING.parkAfterMs, true, 'pending'],
    ['past its age', DEFAULT_PACING.parkAfterMs + 1, true, 'parked'],
    [
      'past its age when nothing else gets through',
      DEFAULT_PACING.parkAfterMs + 1,
      false,
      'pending',
    ],
  ])('decideSettlement() on a retry %s', (_, age, hasDelivered, status) => {
    const settlement = decideSettlement(
      { ...fresh, attempts: 9, retryingSince: NOW - age },
      { id: 'k', verdict: 'retry', reason: 'temporal is away' },
      facts({ hasDeliveredSince: () => hasDelivered }),
    );
    expect(settlement).toMatchObject({ status, attempts: 10, lastError: 'temporal is away' });
  });

  test('decideSettlement() waits by its own backoff or as long as the starter says', () => {
    const retry = { id: 'k', verdict: 'retry' } as const;
    expect(decideSettlement(fresh, retry, facts())).toMatchObject({
      nextAttemptAt: NOW + 1000,
      retryingSince: NOW,
      settledAt: null,
    });
    expect(decideSettlement(fresh, retry, facts({ retryAfterMs: 5000 }))).toMatchObject({
      nextAttemptAt: NOW + 5000,
    });
  });

  test('decideSettlement() parks a refused one with a reason, of bounded length', () => {
    const refused = (reason?: string) =>
      decideSettlement(
        fresh,
        { id: 'k', verdict: 'refused', ...(reason !== undefined && { reason }) },
        facts(),
      );
    expect(refused('stack-unknown')).toMatchObject({ status: 'parked', reason: 'stack-unknown' });
    expect(refused()).toMatchObject({ status: 'parked', reason: 'refused' });
    expect(refused('x'.repeat(501)).reason).toHaveLength(500);
  });
});

describe('lengthenOutage()', () => {
  test('lengthenOutage() counts failures from the first on', () => {
    const fault = { error: 'down', retryAfterMs: null, isConfiguration: false };
    const facts = { now: NOW, random: 1, pacing: DEFAULT_PACING };
    const first = lengthenOutage(null, fault, facts);
    expect(first).toEqual({
      failures: 1,
      since: NOW,
      at: NOW,
      until: NOW + 1000,
      lastError: 'down',
    });
    expect(lengthenOutage(first, fault, { ...facts, now: NOW + 1000 })).toEqual({
      failures: 2,
      since: NOW,
      at: NOW + 1000,
      until: NOW + 3000,
      lastError: 'down',
    });
  });
});

describe('globMatches()', () => {
  test.each([
    ['app', 'app', true],
    ['app', 'apps', false],
    ['*', '', true],
    ['*', 'anything', true],
    ['app-*', 'app-1', true],
    ['app-*', 'app-', true],
    ['app-*', 'my-app-1', false],
    ['*-prod', 'app-prod', true],
    ['*-prod', 'app-prod-2', false],
    ['a*b*c', 'a-b-c', true],
    ['a*b*c', 'a-c-b', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['a**a', 'aa', true],
    ['a*ab', 'ab', false],
    ['*x*', 'axb', true],
    ['a.c', 'abc', false],
    ['', 'a', false],
  ])('globMatches(%j, %j) is %j', (glob, text, matches) => {
    expect(globMatches(glob, text)).toBe(matches);
  });

  test('globMatches() is quick on a glob made to be slow', () => {
    const start = performance.now();
    expect(globMatches(`${'a*'.repeat(40)}b`, 'a'.repeat(200))).toBe(false);
    expect(performance.now() - start).toBeLessThan(100);
  });
});

describe('cut()', () => {
  test.each([
    [0, []],
    [1, [1]],
    [4, [4]],
    [5, [4, 1]],
    [8, [4, 4]],
  ])('cut() makes pieces of at most 4 of %i bytes', (size, sizes) => {
    expect(cut(new Uint8Array(size), 4).map(({ length }) => length)).toEqual(sizes);
  });
});

describe('packBody()', () => {
  test.each([[0], [8 * 1024]])('packBody() keeps a body of %i bytes as it is', async (size) => {
    const body = new Uint8Array(size).fill(7);
    const packed = await packBody(body);
    expect(packed).toEqual({ body, chunks: [] });
    expect(await unpackBody(packed)).toEqual(body);
  });

  test('packBody() makes a body of one byte more smaller', async () => {
    const body = new Uint8Array(8 * 1024 + 1).fill(7);
    const packed = await packBody(body);
    expect(packed).toMatchObject({ body: null, chunks: [expect.any(Uint8Array)] });
    expect(packed.chunks[0]?.length).toBeLessThan(200);
    expect(await unpackBody(packed)).toEqual(body);
  });
});
