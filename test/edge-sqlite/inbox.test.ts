import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openDatabase } from '../../edge/sqlite/database.ts';
import { openDirectory } from '../../edge/sqlite/directory.ts';
import { createOpenFiles } from '../../edge/sqlite/open-files.ts';
import {
  answer,
  DAY_MS,
  eventually,
  HOUR_MS,
  inboxOf,
  keep,
  keepStates,
  kept,
  openInbox,
  range,
  runPayload,
  settled,
  statusesOf,
  takesAll,
  temporaryFolder,
  unreachable,
  verdictOn,
} from './kit.ts';

/** Time stands still but for what a test lets pass. */
const stopTime = () => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });

afterEach(() => {
  vi.useRealTimers();
});

/** What a ringing alarm does takes a little real time, for the signing of batches. */
const RINGING_MS = 3;
const STEPS = 120;

/** Lets time pass in steps, so that what is due within it happens within it. */
async function pass(ms: number, steps = STEPS): Promise<void> {
  for (const _ of range(steps)) {
    await vi.advanceTimersByTimeAsync(ms / steps);
    await sleep(RINGING_MS);
  }
}

describe('accept()', () => {
  test('answers a duplicate with the first delivery id and forwards it once', async () => {
    using folder = temporaryFolder();
    const { inbox, starter } = openInbox(folder.path);
    const acceptances = await Promise.all(
      range(8).map(() => keep(inbox, runPayload('app', 'R', 'FINISHED', 5))),
    );
    expect(new Set(acceptances.map(({ deliveryId }) => deliveryId)).size).toBe(1);
    expect(acceptances.filter(({ isDuplicate }) => !isDuplicate)).toHaveLength(1);
    await settled(inbox, 'app', 1);
    expect(await keep(inbox, runPayload('app', 'R', 'FINISHED', 5))).toMatchObject({
      isDuplicate: true,
      deliveryId: acceptances[0]?.deliveryId,
      status: 'delivered',
    });
    expect(starter.batches).toHaveLength(1);
    await inbox.close();
  });

  test('is on disk, and its inbox known, when it answers', async () => {
    using folder = temporaryFolder();
    const { inbox } = openInbox(folder.path, { answering: unreachable });
    await keep(inbox, runPayload('app', 'R', 'QUEUED', 0));
    // What another process would find, were this one gone: the files as they are now.
    using copy = temporaryFolder();
    for (const name of readdirSync(folder.path))
      copyFileSync(join(folder.path, name), join(copy.path, name));
    const found = openInbox(copy.path);
    await found.inbox.wake();
    await settled(found.inbox, 'app', 1);
    await Promise.all([inbox.close(), found.inbox.close()]);
  });

  test('tries once more with the file opened anew', async () => {
    using folder = temporaryFolder();
    let failures = 1;
    let opened = 0;
    const files = createOpenFiles(10, (path) => {
      opened += 1;
      const database = openDatabase(path);
      return {
        ...database,
        transaction(work) {
          failures -= 1;
          if (failures >= 0) throw new Error('disk I/O error');
          return database.transaction(work);
        },
      };
    });
    const { inbox } = openInbox(folder.path, { files });
    expect(await keep(inbox, runPayload('app', 'R', 'QUEUED', 0))).toMatchObject({
      isDuplicate: false,
    });
    expect(opened).toBe(2);
    await settled(inbox, 'app', 1);
    failures = 1;
    expect(await keep(inbox, runPayload('app', 'R', 'FINISHED', 1))).toMatchObject({
      isDuplicate: false,
    });
    expect(opened).toBe(3);
    await settled(inbox, 'app', 2);
    failures = 2;
    await expect(keep(inbox, runPayload('app', 'S', 'QUEUED', 0))).rejects.toThrow(
      'disk I/O error',
    );
    await inbox.close();
  });

  test('rejects for a file that cannot be used, goes on with others, and with it once it can', async () => {
    using folder = temporaryFolder();
    const { inbox, lines } = openInbox(folder.path, { pacing: { backoffCapMs: 50 } });
    await keep(inbox, runPayload('app', 'R', 'QUEUED', 0));
    await settled(inbox, 'app', 1);
    await inbox.close();
    const path = join(folder.path, '1.db');
    const sound = readFileSync(path);
    writeFileSync(
      path,
      'no database at all, but long enough for its header to be looked at'.repeat(99),
    );

    const again = openInbox(folder.path, { pacing: { backoffCapMs: 50 } });
    await again.inbox.wake();
    await expect(keep(again.inbox, runPayload('app', 'R', 'FINISHED', 1))).rejects.toThrow(
      'not a database',
    );
    await keep(again.inbox, runPayload('other', 'R', 'QUEUED', 0));
    await settled(again.inbox, 'other', 1);
    const [said = ''] = again.lines.filter((line) => line.includes('Cannot use inbox'));
    expect(JSON.parse(said)).toMatchObject({ level: 'error', inbox: 'acme/app' });

    writeFileSync(path, sound);
    await keep(again.inbox, runPayload('app', 'R', 'FINISHED', 1));
    await settled(again.inbox, 'app', 2);
    await again.inbox.close();
    expect(lines.join()).not.toContain('Cannot use inbox');
  });
});

describe('forwarding', () => {
  test('keeps the order of arrival and sends what came meanwhile in the next batch', async () => {
    using folder = temporaryFolder();
    const { inbox, starter } = openInbox(folder.path);
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    starter.answering = async (events) => {
      await gate;
      return takesAll(events);
    };
    await keepStates(inbox, 'app', 'R', [0]);
    await eventually(() => expect(starter.batches).toHaveLength(1));
    await keepStates(inbox, 'app', 'R', [3, 1, 2]);
    release();
    await settled(inbox, 'app', 4);
    expect(starter.batches.map((events) => events.map(({ id }) => id.slice(-1)))).toEqual([
      ['0'],
      ['3', '1', '2'],
    ]);
    await inbox.close();
  });

  test('a refused delivery is parked, a retried one holds its own run only', async () => {
    using folder = temporaryFolder();
    stopTime();
    const { inbox, starter } = openInbox(folder.path, {
      answering: (events) =>
        answer(
          events.map((event) => {
            if (event.subject === 'BAD') return verdictOn(event, 'refused', { reason: 'no' });
            return verdictOn(event, event.subject === 'HELD' ? 'retry' : 'started');
          }),
        ),
    });
    await keepStates(inbox, 'app', 'HELD', [0]);
    await eventually(async () => expect((await kept(inbox, 'app'))[0]?.attempts).toBe(1));
    await keepStates(inbox, 'app', 'HELD', [1]);
    await keepStates(inbox, 'app', 'BAD', [0]);
    await keepStates(inbox, 'app', 'FREE', [0, 1]);
    await eventually(async () =>
      expect(await statusesOf(inbox, 'app')).toEqual([
        'pending',
        'pending',
        'parked',
        'delivered',
        'delivered',
      ]),
    );
    const [held, behind, bad] = await kept(inbox, 'app');
    expect(bad).toMatchObject({ reason: 'no', verdict: 'refused' });
    expect(held).toMatchObject({ verdict: 'retry' });
    expect(behind).toMatchObject({ attempts: 0 });

    starter.answering = takesAll;
    starter.batches.length = 0;
    await pass(60_000);
    await eventually(async () => expect((await kept(inbox, 'app'))[1]?.status).toBe('delivered'));
    expect(starter.batches.flat().map(({ subject, id }) => `${subject} ${id.slice(-1)}`)).toEqual([
      'HELD 0',
      'HELD 1',
    ]);
    await inbox.close();
  });

  test('an outage parks and loses nothing, backs off, and ends in batches in the old order', async () => {
    using folder = temporaryFolder();
    stopTime();
    const { inbox, starter } = openInbox(folder.path, { answering: unreachable });
    await keepStates(inbox, 'app', 'R', range(125));
    await eventually(() => expect(starter.batches).toHaveLength(1));
    await eventually(async () =>
      expect((await inbox.count(inboxOf('app'))).outage).toMatchObject({ failures: 1 }),
    );
    // 1, 2, 4, 8, 16 and 32 seconds, then a minute each time.
    await pass(63_000);
    await pass(HOUR_MS, 600);
    expect(new Set(await statusesOf(inbox, 'app'))).toEqual(new Set(['pending']));
    const failures = (await inbox.count(inboxOf('app'))).outage?.failures;
    expect(failures).toBeGreaterThanOrEqual(6 + 55);
    expect(failures).toBeLessThanOrEqual(7 + 60);
    expect(starter.batches).toHaveLength(Number(failures));

    starter.batches.length = 0;
    starter.answering = takesAll;
    await pass(60_000);
    await settled(inbox, 'app', 125);
    expect(starter.batches.map(({ length }) => length)).toEqual([100, 20, 5]);
    expect(starter.batches.flat().map(({ id }) => Number(id.split('.').at(-1)))).toEqual(
      range(125),
    );
    expect(await inbox.count(inboxOf('app'))).toMatchObject({ delivered: 125, outage: null });
    await inbox.close();
  });

  test('a new event gets through early while the backlog of fifty stacks drains', async () => {
    using folder = temporaryFolder();
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    // Thousands of commits at the pace of a busy disk would be waited for, and nothing learned from it.
    const files = createOpenFiles(200, (path) => {
      const database = openDatabase(path);
      database.run('PRAGMA synchronous = OFF');
      return database;
    });
    // Ten at a time, so that there are ten batches for each stack.
    const { inbox, starter } = openInbox(folder.path, {
      files,
      async answering(events) {
        await gate;
        await sleep(2);
        return answer(events.slice(0, 10).map((event) => verdictOn(event)));
      },
    });
    const stacks = range(50).map((number) => `app-${number}`);
    await Promise.all(stacks.map((stack) => keepStates(inbox, stack, 'R', range(100))));
    release();
    await eventually(() => expect(starter.batches.length).toBeGreaterThan(100));
    await keep(inbox, runPayload('new', 'R', 'QUEUED', 0));
    const before = starter.batches.length;
    await settled(inbox, 'new', 1);
    const place = starter.batches.findIndex(([first]) => first?.source === '/acme/new');
    // Each of the others has one batch at most before it, and they have had as many as each other.
    expect(place - before).toBeLessThanOrEqual(stacks.length);
    const shares = stacks.map(
      (stack) =>
        starter.batches.slice(0, place).filter(([first]) => first?.source === `/acme/${stack}`)
          .length,
    );
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(2);
    for (const stack of stacks) await settled(inbox, stack, 100);
    expect(starter.batches.length).toBeGreaterThanOrEqual(501);
    await inbox.close();
  });

  test('no more than six batches are on their way at a time', async () => {
    using folder = temporaryFolder();
    let under = 0;
    let most = 0;
    const { inbox } = openInbox(folder.path, {
      async answering(events) {
        most = Math.max(most, (under += 1));
        await new Promise((resolve) => setTimeout(resolve, 20));
        under -= 1;
        return takesAll(events);
      },
    });
    const stacks = range(20).map((number) => `app-${number}`);
    await Promise.all(stacks.map((stack) => keepStates(inbox, stack, 'R', range(3))));
    for (const stack of stacks) await settled(inbox, stack, 3);
    expect(most).toBe(6);
    await inbox.close();
  });
});

describe('time', () => {
  test('body and envelope go after one retention, the key after a longer one', async () => {
    using folder = temporaryFolder();
    stopTime();
    const { inbox, starter } = openInbox(folder.path);
    await keep(inbox, runPayload('app', 'R', 'QUEUED', 0));
    await settled(inbox, 'app', 1);
    const [delivery] = await kept(inbox, 'app');
    const body = () => inbox.body(inboxOf('app'), delivery?.deliveryId ?? '');
    await pass(3 * DAY_MS - HOUR_MS);
    expect(await body()).not.toBeNull();
    await pass(2 * HOUR_MS);
    expect(await body()).toBeNull();
    expect(await kept(inbox, 'app')).toMatchObject([{ status: 'delivered', hasEnvelope: false }]);
    expect(await keep(inbox, runPayload('app', 'R', 'QUEUED', 0))).toMatchObject({
      isDuplicate: true,
    });
    await pass(27 * DAY_MS - 2 * HOUR_MS);
    expect(await kept(inbox, 'app')).toHaveLength(1);
    await pass(2 * HOUR_MS);
    expect(await kept(inbox, 'app')).toEqual([]);
    expect(starter.batches).toHaveLength(1);
    await inbox.close();
  });

  test('a pruning is due after a restart as before it', async () => {
    using folder = temporaryFolder();
    stopTime();
    const first = openInbox(folder.path);
    await keep(first.inbox, runPayload('app', 'R', 'QUEUED', 0));
    await settled(first.inbox, 'app', 1);
    await Promise.all([first.inbox.close(), pass(10)]);
    const { inbox } = openInbox(folder.path);
    await Promise.all([inbox.wake(), pass(10)]);
    await pass(3 * DAY_MS + HOUR_MS);
    expect(await kept(inbox, 'app')).toMatchObject([{ hasEnvelope: false }]);
    await inbox.close();
  });
});

describe('reading', () => {
  test('list(), show(), body(), count() and names() tell what is kept', async () => {
    using folder = temporaryFolder();
    const { inbox } = openInbox(folder.path, {
      answering: (events) =>
        answer(
          events.map((event) => verdictOn(event, event.subject === 'BAD' ? 'refused' : 'started')),
        ),
    });
    const payload = runPayload('app', 'BAD', 'QUEUED', 0);
    const { deliveryId } = await keep(inbox, payload);
    await keep(inbox, runPayload('app', 'GOOD', 'QUEUED', 0));
    await keep(inbox, 'no JSON');
    await eventually(async () =>
      expect(await statusesOf(inbox, 'app')).toEqual(['parked', 'delivered']),
    );
    const name = inboxOf('app');
    expect(await inbox.show(name, deliveryId)).toMatchObject({
      outage: null,
      delivery: { deliveryId, status: 'parked', seq: 1 },
      attempts: [{ count: 1, verdict: 'refused' }],
      envelope: expect.stringContaining('"subject":"BAD"'),
    });
    expect(await inbox.show(name, 'other')).toBeNull();
    const body = await inbox.body(name, deliveryId);
    expect(new TextDecoder().decode(body ?? undefined)).toBe(JSON.stringify(payload));
    expect(await inbox.count(name)).toEqual({
      pending: 0,
      delivered: 1,
      parked: 1,
      unparsed: 0,
      oldestPendingAt: null,
      outage: null,
    });
    expect(await inbox.count('webhook:default')).toMatchObject({ unparsed: 1 });
    const page = await inbox.names(1, null);
    expect(page).toEqual({ inboxes: ['acme/app'], nextCursor: 'acme/app' });
    expect(await inbox.names(1, page.nextCursor)).toEqual({
      inboxes: ['webhook:default'],
      nextCursor: null,
    });
    await inbox.close();
  });

  test('about an inbox that is not there makes none', async () => {
    using folder = temporaryFolder();
    const { inbox } = openInbox(folder.path);
    const before = readdirSync(folder.path);
    const query = { status: null, eventType: null, since: null, until: null };
    expect(await inbox.list('acme/none', { ...query, before: null, limit: 9 })).toEqual([]);
    expect(await inbox.show('acme/none', 'x')).toBeNull();
    expect(await inbox.body('acme/none', 'x')).toBeNull();
    expect(await inbox.count('acme/none')).toEqual({
      pending: 0,
      delivered: 0,
      parked: 0,
      unparsed: 0,
      oldestPendingAt: null,
      outage: null,
    });
    expect(await inbox.redeliver('acme/none', ['x'])).toEqual([]);
    await inbox.remove('acme/none', 'x');
    expect(await inbox.names(9, null)).toEqual({ inboxes: [], nextCursor: null });
    expect(readdirSync(folder.path)).toEqual(before);
    await inbox.close();
  });

  test('redeliver() sends again, outage or not, and answers how it went; remove() forgets', async () => {
    using folder = temporaryFolder();
    const { inbox, starter } = openInbox(folder.path);
    const { deliveryId } = await keep(inbox, runPayload('app', 'R', 'QUEUED', 0));
    await settled(inbox, 'app', 1);
    expect(await inbox.redeliver(inboxOf('app'), [deliveryId])).toMatchObject([
      { deliveryId, status: 'delivered', redeliveries: 1, verdict: 'started' },
    ]);
    expect(starter.batches.flat().map(({ redelivery }) => redelivery)).toEqual([0, 1]);
    const [row] = await kept(inbox, 'app');
    await inbox.remove(inboxOf('app'), row?.key ?? '');
    expect(await kept(inbox, 'app')).toEqual([]);
    expect(await inbox.body(inboxOf('app'), deliveryId)).toBeNull();
    await inbox.close();
  });
});

describe('restart', () => {
  test('everything kept is delivered without a next delivery, in order', async () => {
    using folder = temporaryFolder();
    const first = openInbox(folder.path, { answering: unreachable });
    const stacks = range(12).map((number) => `app-${number}`);
    for (const stack of stacks) await keepStates(first.inbox, stack, 'R', [2, 0, 1]);
    await first.inbox.close();
    expect(readdirSync(folder.path).filter((name) => name.endsWith('-wal'))).toEqual([]);

    const { inbox, starter } = openInbox(folder.path);
    await inbox.wake();
    for (const stack of stacks) {
      await settled(inbox, stack, 3);
      const sent = starter.batches.flat().filter(({ source }) => source === `/acme/${stack}`);
      expect(sent.map(({ id }) => id.slice(-1))).toEqual(['2', '0', '1']);
    }
    await keepStates(inbox, 'app-3', 'R', [3]);
    expect((await kept(inbox, 'app-3')).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    await inbox.close();
  });

  test('close() lets a batch end that is on its way and keeps the answer; the rest waits for the next start', async () => {
    using folder = temporaryFolder();
    const { inbox, starter, lines } = openInbox(folder.path);
    let release = () => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    starter.answering = async (events) => {
      await gate;
      return takesAll(events);
    };
    const stacks = range(9).map((number) => `app-${number}`);
    for (const stack of stacks) await keepStates(inbox, stack, 'R', [0]);
    await eventually(() => expect(starter.batches).toHaveLength(6));
    await keepStates(inbox, 'app-0', 'R', [1]);
    const closed = inbox.close();
    await sleep(100);
    release();
    await closed;
    expect(starter.batches).toHaveLength(6);
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);

    const next = openInbox(folder.path, { answering: unreachable });
    const delivered = await Promise.all(
      stacks.map(async (stack) => (await next.inbox.count(inboxOf(stack))).delivered),
    );
    expect(delivered.reduce((sum, count) => sum + count)).toBe(6);
    expect((await next.inbox.count(inboxOf('app-0'))).outage).toBeNull();
    next.starter.answering = takesAll;
    await next.inbox.wake();
    for (const stack of stacks) await settled(next.inbox, stack, stack === 'app-0' ? 2 : 1);
    expect(next.starter.batches.flat()).toHaveLength(4);
    await next.inbox.close();
  });

  test('a body of 5 MB comes back byte for byte', async () => {
    using folder = temporaryFolder();
    const first = openInbox(folder.path);
    const payload = {
      ...runPayload('app', 'R', 'QUEUED', 0),
      noise: Buffer.from(crypto.getRandomValues(new Uint8Array(65_536)))
        .toString('hex')
        .repeat(40),
    };
    const { deliveryId } = await keep(first.inbox, payload);
    await first.inbox.close();
    const { inbox } = openInbox(folder.path);
    const body = await inbox.body(inboxOf('app'), deliveryId);
    expect(body?.length).toBeGreaterThan(5_000_000);
    expect(new TextDecoder().decode(body ?? undefined)).toBe(JSON.stringify(payload));
    await inbox.close();
  });

  test('an inbox of the first version of its tables is understood and delivered', async () => {
    using folder = temporaryFolder();
    const directory = openDirectory(folder.path);
    const path = directory.register('acme/network');
    directory.close();
    const old = new DatabaseSync(path);
    old.exec(readFileSync(new URL('../fixtures/inbox-v1.sql', import.meta.url), 'utf8'));
    old.exec("DELETE FROM memos WHERE name = 'outage'; UPDATE deliveries SET nextAttemptAt = 0");
    old.close();

    const { inbox } = openInbox(folder.path);
    await inbox.wake();
    await eventually(async () =>
      expect(await statusesOf(inbox, 'network')).not.toContain('pending'),
    );
    const counts = await inbox.count('acme/network');
    expect(counts).toMatchObject({ pending: 0, unparsed: 2, outage: null });
    expect(counts.delivered).toBeGreaterThan(2);
    expect(counts.parked).toBeGreaterThan(0);
    for (const { deliveryId, bodyBytes } of await kept(inbox, 'network'))
      expect((await inbox.body('acme/network', deliveryId))?.length).toBe(bodyBytes);
    await inbox.close();
  });

  test('tables of a later version are left alone, and say so', async () => {
    using folder = temporaryFolder();
    const first = openInbox(folder.path);
    await keep(first.inbox, runPayload('app', 'R', 'QUEUED', 0));
    await first.inbox.close();
    const later = new DatabaseSync(join(folder.path, '1.db'));
    later.exec("UPDATE memos SET json = '99' WHERE name = 'schema'");
    later.close();
    const { inbox } = openInbox(folder.path);
    await expect(keep(inbox, runPayload('app', 'R', 'FINISHED', 1))).rejects.toThrow('version 99');
    await inbox.close();
  });
});

describe('many inboxes', () => {
  test('work with no more files open than the limit', async () => {
    using folder = temporaryFolder();
    let open = 0;
    let most = 0;
    const files = createOpenFiles(3, (path) => {
      most = Math.max(most, (open += 1));
      const database = openDatabase(path);
      return {
        ...database,
        close() {
          open -= 1;
          database.close();
        },
      };
    });
    const { inbox, starter } = openInbox(folder.path, { files });
    const stacks = range(25).map((number) => `app-${number}`);
    await Promise.all(stacks.map((stack) => keepStates(inbox, stack, 'R', range(4))));
    for (const stack of stacks) await settled(inbox, stack, 4);
    expect(most).toBe(3);
    for (const stack of stacks) {
      const sent = starter.batches.flat().filter(({ source }) => source === `/acme/${stack}`);
      expect(sent.map(({ id }) => Number(id.slice(-1)))).toEqual(range(4));
    }
    await inbox.close();
    expect(open).toBe(0);
  });
});

describe('openDirectory()', () => {
  test('gives every name a file of its own, whatever the name, and remembers it', () => {
    using folder = temporaryFolder();
    const names = [
      'acme/app',
      'acme/-',
      '../../etc/passwd',
      'webhook:default',
      'É/ü',
      'a'.repeat(5000),
    ];
    const first = openDirectory(folder.path);
    const paths = names.map((name) => first.register(name));
    expect(names.map((name) => first.register(name))).toEqual(paths);
    expect(paths).toEqual(range(names.length).map((index) => join(folder.path, `${index + 1}.db`)));
    first.close();
    const again = openDirectory(folder.path);
    expect(names.map((name) => again.pathOf(name))).toEqual(paths);
    expect(again.pathOf('acme/other')).toBeNull();
    expect(again.register('acme/other')).toBe(join(folder.path, '7.db'));
    expect([...again.all()].toSorted()).toEqual([...names, 'acme/other'].toSorted());
    again.close();
  });

  test('does not open a folder that is open already', () => {
    using folder = temporaryFolder();
    const first = openDirectory(folder.path);
    expect(() => openDirectory(folder.path)).toThrow(
      `Cannot open inbox folder "${folder.path}": another process has it`,
    );
    first.close();
    openDirectory(folder.path).close();
  });

  test('does not open a folder of a later version, or what is no folder', () => {
    using folder = temporaryFolder();
    openDirectory(folder.path).close();
    const later = new DatabaseSync(join(folder.path, 'directory.db'));
    later.exec('PRAGMA user_version = 2');
    later.close();
    expect(() => openDirectory(folder.path)).toThrow('its directory is of version 2');
    expect(() => openDirectory(join(folder.path, 'directory.db'))).toThrow(
      'Cannot open inbox folder',
    );
  });
});
