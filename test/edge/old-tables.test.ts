import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import DUMP from '../fixtures/inbox-v1.sql?raw';
import {
  deliver,
  eventually,
  fakeStarter,
  inboxOf,
  memoOf,
  request,
  rowsOf,
  runPayload,
  skipWait,
  unique,
} from './kit.ts';

const operator = { headers: { Authorization: 'Bearer operator-token' } };

/** An object whose storage is what version 1 left behind, before today's code sees it. */
async function openOld(name: string): Promise<void> {
  await runInDurableObject(inboxOf(name), async (_, state) => {
    for (const table of ['deliveries', 'bodies', 'memos'])
      state.storage.sql.exec(`DROP TABLE IF EXISTS ${table}`);
    state.storage.sql.exec(DUMP);
    await state.storage.setAlarm(Date.now() + 3_600_000);
  });
  await evictDurableObject(inboxOf(name));
}

describe('openTables()', () => {
  test('openTables() understands rows of version 1: pending ones are delivered in order, the others are kept', async () => {
    const inbox = `acme/${unique('old')}`;
    const starter = fakeStarter('acme/network');
    await openOld(inbox);
    expect(await memoOf(inbox, 'schema')).toBe(2);
    expect((await rowsOf(inbox)).map(({ status }) => status)).toEqual([
      'delivered',
      'delivered',
      'parked',
      'pending',
      'pending',
      'parked',
      'delivered',
      'pending',
      'unparsed',
      'unparsed',
    ]);
    await skipWait(inbox);
    await eventually(() => expect(starter.calls.flatMap(({ events }) => events)).toHaveLength(3));
    expect(starter.calls.flatMap(({ events }) => events.map(({ id }) => id))).toEqual([
      'run/acme/01HELD/QUEUED/exact.0',
      'run/acme/01HELD/FINISHED/exact.1',
      'run/acme/01PENDING/QUEUED/exact.0',
    ]);
    await eventually(async () =>
      expect((await rowsOf(inbox)).filter(({ status }) => status === 'pending')).toEqual([]),
    );
  });

  test('openTables() keeps what tells duplicates and gives new deliveries the next place', async () => {
    const stack = unique('old');
    await openOld(`acme/${stack}`);
    const again = await deliver(runPayload(stack, '01DELIVERED', 'FINISHED', 5));
    expect(again.body.status).toBe('duplicate');
    expect((await deliver(runPayload(stack, '01NEW', 'QUEUED', 0))).body.status).toBe('accepted');
    expect((await rowsOf(`acme/${stack}`)).at(-1)).toMatchObject({
      seq: 11,
      headers: expect.any(String),
      secretLabel: 'current',
    });
  });

  test('openTables() shows an old delivery with what is known of it', async () => {
    const inbox = `acme/${unique('old')}`;
    await openOld(inbox);
    const [row] = await rowsOf(inbox);
    const response = await request(
      `/inbox/${row?.['deliveryId']}?inbox=${encodeURIComponent(inbox)}`,
      operator,
    );
    expect(await response.json()).toMatchObject({
      delivery: { key: 'run/acme/01DELIVERED/QUEUED/exact.0', secretLabel: null },
      headers: {},
      attempts: [],
      body: { form: 'redacted', content: { state: 'QUEUED', stateVersion: 0 } },
    });
  });

  test('openTables() refuses tables of a later version, and nothing is accepted', async () => {
    const stack = unique('new');
    await runInDurableObject(inboxOf(`acme/${stack}`), (_, state) => {
      state.storage.sql.exec("UPDATE memos SET json = '3' WHERE name = 'schema'");
    });
    await evictDurableObject(inboxOf(`acme/${stack}`));
    expect((await deliver(runPayload(stack, 'R', 'QUEUED', 0))).status).toBe(503);
  });
});
