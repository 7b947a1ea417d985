import { describe, expect, test } from 'vitest';
import type { DeliverySummary, Inbox, ListQuery } from '../../../edge/inbox/inbox.ts';
import {
  findDeliveries,
  findDelivery,
  namesAt,
  selectDeliveries,
  whereOf,
} from '../../../edge/operator/select.ts';

const summaryOf = (deliveryId: string, seq: number): DeliverySummary => ({
  seq,
  deliveryId,
  key: `key-of-${deliveryId}`,
  webhook: 'default',
  eventType: 'completed',
  status: 'delivered',
  reason: null,
  attempts: 1,
  redeliveries: 0,
  nextAttemptAt: 0,
  lastError: null,
  verdict: 'started',
  executionId: 'e',
  receivedAt: seq,
  settledAt: seq,
  bodyBytes: 1,
  traceId: 't',
  secretLabel: 'current',
  hasEnvelope: true,
});

const unused = () => Promise.reject(new Error('Cannot answer: not part of this test'));

/** More inboxes than objects can be made for in a test; counts what is asked of them, for that is what it is about. */
function manyInboxes(names: readonly string[], deliveries: Readonly<Record<string, string[]>>) {
  const sorted = names.toSorted();
  const asked = { lists: [] as string[], names: 0 };
  const inbox: Inbox = {
    accept: unused,
    body: unused,
    count: unused,
    redeliver: unused,
    remove: unused,
    async names(limit, cursor) {
      asked.names += 1;
      const after = sorted.filter((name) => name > (cursor ?? ''));
      const inboxes = after.slice(0, limit);
      return { inboxes, nextCursor: after.length > limit ? (inboxes.at(-1) ?? null) : null };
    },
    async list(name, { ids, before, limit }: ListQuery) {
      asked.lists.push(name);
      return (deliveries[name] ?? [])
        .map((id, index) => summaryOf(id, index + 1))
        .filter(
          ({ deliveryId, seq }) => (ids?.includes(deliveryId) ?? true) && seq < (before ?? 1e9),
        )
        .toReversed()
        .slice(0, limit);
    },
    async show(name, deliveryId) {
      const index = deliveries[name]?.indexOf(deliveryId) ?? -1;
      return index === -1
        ? null
        : {
            outage: null,
            delivery: summaryOf(deliveryId, index + 1),
            traceparent: '',
            headers: {},
            attempts: [],
            envelope: null,
          };
    },
  };
  return { inbox, asked };
}

const numbered = (count: number, prefix = 'acme/app') =>
  Array.from({ length: count }, (_, index) => `${prefix}-${String(index).padStart(5, '0')}`);

const ALL = { prefix: '' };

describe('whereOf()', () => {
  test.each([
    [{}, { prefix: '' }],
    [{ account: 'acme' }, { prefix: 'acme/' }],
    [{ account: 'acme', stack: 'app' }, { inbox: 'acme/app' }],
    [{ account: 'acme', stack: '-' }, { inbox: 'acme/-' }],
    [{ inbox: 'webhook:default' }, { inbox: 'webhook:default' }],
    [{ inbox: 'webhook:default', account: 'acme', stack: 'app' }, { inbox: 'webhook:default' }],
  ])('whereOf(%j) is %j', (place, where) => {
    expect(whereOf(place)).toEqual(where);
  });
});

describe('namesAt()', () => {
  test.each([40, 41, 80, 81])('namesAt() names all of %i inboxes, 40 a page', async (count) => {
    const names = numbered(count);
    const { inbox, asked } = manyInboxes(['aaa/first', ...names, 'acmf/last'], {});
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof namesAt>> = await namesAt(
        inbox,
        whereOf({ account: 'acme' }),
        cursor,
      );
      expect(page.inboxes.length).toBeLessThanOrEqual(40);
      seen.push(...page.inboxes);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(names);
    expect(asked.names).toBeLessThanOrEqual(Math.ceil(count / 40) + 1);
  });

  test('namesAt() does not take an account for another whose name begins alike', async () => {
    const { inbox } = manyInboxes(['acme/a', 'acme-2/a', 'acme.x/a', 'acme0/a', 'webhook:w'], {});
    expect(await namesAt(inbox, whereOf({ account: 'acme' }), null)).toEqual({
      inboxes: ['acme/a'],
      nextCursor: null,
    });
  });
});

describe('selectDeliveries()', () => {
  test('selectDeliveries() sees each delivery once, whatever the size of its pages', async () => {
    const names = numbered(45);
    const deliveries = Object.fromEntries(
      names.map((name, index) => [name, numbered(index % 4, name)]),
    );
    const wanted = Object.values(deliveries).flat().toSorted();
    for (const limit of [1, 2, 3, 7, 200]) {
      const { inbox } = manyInboxes(names, deliveries);
      const seen: string[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const page: Awaited<ReturnType<typeof selectDeliveries>> = await selectDeliveries(
          inbox,
          ALL,
          { limit, ...(cursor !== '' && { cursor }) },
        );
        expect(page.deliveries.length).toBeLessThanOrEqual(limit);
        seen.push(...page.deliveries.map(({ deliveryId }) => deliveryId));
        cursor = page.nextCursor;
      }
      expect(seen.toSorted()).toEqual(wanted);
    }
  });

  test('selectDeliveries() goes on in an inbox whose name holds what a cursor holds', async () => {
    const { inbox } = manyInboxes(['webhook:a@7'], { 'webhook:a@7': ['d1', 'd2'] });
    const first = await selectDeliveries(inbox, ALL, { limit: 1 });
    expect(first.nextCursor).toBe('webhook:a@7@2');
    const next = await selectDeliveries(inbox, ALL, { limit: 1, cursor: 'webhook:a@7@2' });
    expect(next.deliveries.map(({ deliveryId }) => deliveryId)).toEqual(['d1']);
  });
});

describe('findDeliveries()', () => {
  test('findDeliveries() asks each inbox once, for all ids together, and stops when it has all', async () => {
    const names = numbered(100);
    const { inbox, asked } = manyInboxes(names, {
      'acme/app-00003': ['d1', 'other'],
      'acme/app-00050': ['d2'],
    });
    const found = await findDeliveries(inbox, ALL, ['d1', 'd2']);
    expect(found.map(({ inbox: name, deliveryId }) => `${name} ${deliveryId}`)).toEqual([
      'acme/app-00003 d1',
      'acme/app-00050 d2',
    ]);
    expect(asked.lists).toEqual(names.slice(0, 80));
  });

  test.each([
    [1000, 'acme/app-00999', true],
    [1001, 'acme/app-01000', false],
  ])('findDeliveries() looks through 1,000 inboxes: of %i, in %s', async (count, name, isFound) => {
    const { inbox, asked } = manyInboxes(numbered(count), { [name]: ['d1'] });
    expect(await findDeliveries(inbox, ALL, ['d1'])).toHaveLength(isFound ? 1 : 0);
    expect(asked.lists).toHaveLength(1000);
  });

  test('findDelivery() asks one inbox alone when it is told which', async () => {
    const { inbox, asked } = manyInboxes(numbered(100), { 'acme/app-00099': ['d1'] });
    const where = whereOf({ account: 'acme', stack: 'app-00099' });
    expect(await findDelivery(inbox, where, 'd1')).toMatchObject({ inbox: 'acme/app-00099' });
    expect(await findDelivery(inbox, where, 'd2')).toBeNull();
    expect(asked).toEqual({ lists: ['acme/app-00099', 'acme/app-00099'], names: 0 });
  });
});
