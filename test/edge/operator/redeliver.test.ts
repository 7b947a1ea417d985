import * as v from 'valibot';
import { EnvelopeSchema } from '../../../shared/contract/envelope-schema.ts';
import { runInDurableObject } from 'cloudflare:test';
import { describe, expect, test } from 'vitest';
import { sha256Hex, utf8 } from '../../../shared/contract/hmac.ts';
import {
  answer,
  deliver,
  eventually,
  fakeStarter,
  inboxOf,
  intentPayload,
  rowsOf,
  runPayload,
  settled,
  signatureOf,
  unique,
  verdictOn,
} from '../kit.ts';
import { createOperator, inbox } from './operator-kit.ts';

/** The default webhook may start runs of any stack. */
const GRANTED = { WEBHOOKS: { default: { account: 'acme', intents: { stacks: ['*'] } } } };

const refuses = (reason: string) => (call: { events: readonly { id: string }[] }) =>
  answer(call.events.map(({ id }) => ({ id, verdict: 'refused' as const, reason })));

const away = () => new Response(null, { status: 503 });

/** Waits until no row of the inbox is pending, and answers all. */
const quiet = (name: string) =>
  eventually(async () => {
    const rows = await rowsOf(name);
    expect(rows.every((row) => row['status'] !== 'pending')).toBe(true);
    expect(rows).not.toHaveLength(0);
    return rows;
  });

/** What an inbox keeps when a version of the code that did not know the payload has received it. */
async function keepUnparsed(payload: object) {
  const body = utf8(JSON.stringify(payload));
  const deliveryId = crypto.randomUUID();
  const key = `unparsed/${await sha256Hex(body)}`;
  await inbox.accept(
    {
      inbox: 'webhook:default',
      key,
      earlierKey: null,
      deliveryId,
      orderKey: key,
      webhook: 'default',
      eventType: 'unparsed',
      receivedAt: Date.now() - 60_000,
      status: 'unparsed',
      reason: 'shape-unknown',
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
      envelope: null,
      headers: '{"User-Agent":"Spacelift"}',
      secretLabel: 'previous',
      cap: null,
    },
    body,
  );
  return { deliveryId, key };
}

describe('redeliver() of what the starter has had', () => {
  test('redeliver() sends a delivered one again under its key, marked, and reports the answer', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const { body: receipt } = await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await settled(`acme/${stack}`);
    starter.answering = ({ events }) =>
      answer(events.map((event) => verdictOn(event, 'already-handled')));
    const operator = createOperator();
    for (const redelivery of [1, 2]) {
      const outcome = await operator.redeliver({
        ids: [receipt.deliveryId],
        account: 'acme',
        stack,
      });
      expect(outcome).toMatchObject({
        dryRun: false,
        meaning: null,
        unknown: [],
        nextCursor: null,
        results: [
          {
            inbox: `acme/${stack}`,
            deliveryId: receipt.deliveryId,
            key: 'run/acme/R/FINISHED/exact.5',
            remedy: 'send-again',
            status: 'delivered',
            redeliveries: redelivery,
            verdict: 'already-handled',
          },
        ],
      });
      expect(starter.calls.at(-1)?.events).toMatchObject([
        { id: 'run/acme/R/FINISHED/exact.5', deliveryid: receipt.deliveryId, redelivery },
      ]);
    }
    expect(starter.calls).toHaveLength(3);
  });

  test('redeliver() finds a delivery by its id alone, wherever it is', async () => {
    const stack = unique('app');
    const { body: receipt } = await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await settled(`acme/${stack}`);
    await eventually(async () => {
      const { results } = await createOperator().redeliver({ ids: [receipt.deliveryId] });
      expect(results).toMatchObject([{ inbox: `acme/${stack}`, remedy: 'send-again' }]);
    });
  });

  test('redeliver() sends what the starter refused, and what it refuses again is parked again', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`, refuses('stack is unknown'));
    const { body: receipt } = await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await quiet(`acme/${stack}`);
    const operator = createOperator();
    const wish = { account: 'acme', stack, status: 'parked' };
    starter.answering = refuses('stack is unknown still');
    expect((await operator.redeliver(wish)).results).toMatchObject([
      {
        deliveryId: receipt.deliveryId,
        remedy: 'send-again',
        status: 'parked',
        reason: 'stack is unknown still',
        redeliveries: 1,
      },
    ]);
    starter.answering = ({ events }) => answer(events.map((event) => verdictOn(event)));
    expect((await operator.redeliver(wish)).results).toMatchObject([
      { status: 'delivered', reason: null, verdict: 'started', redeliveries: 2 },
    ]);
    expect((await operator.redeliver(wish)).results).toEqual([]);
  });

  test('redeliver() reports a retry as pending, with the starter’s reason', async () => {
    const stack = unique('app');
    fakeStarter(`acme/${stack}`, ({ events }) =>
      answer(events.map((event) => verdictOn(event, 'retry', { reason: 'temporal is away' }))),
    );
    await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    const { results } = await createOperator().redeliver({ account: 'acme', stack });
    expect(results).toMatchObject([
      { status: 'pending', verdict: 'retry', lastError: 'temporal is away' },
    ]);
  });

  test('redeliver() answers soon while the starter is away, the row pending with the error', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    for (const run of ['R1', 'R2', 'R3']) await deliver(runPayload(stack, run, 'FINISHED', 5));
    await settled(`acme/${stack}`);
    const error = 'Cannot forward batch: status is 503';
    const [operator, wish] = [createOperator(), { account: 'acme', stack }];
    starter.answering = away;
    const startedAt = Date.now();
    // The second time within the outage, which must not be waited out.
    for (const _ of [1, 2]) {
      const { results } = await operator.redeliver(wish);
      expect(results).toHaveLength(3);
      for (const result of results)
        expect(result).toMatchObject({ status: 'pending', redeliveries: 1, lastError: error });
    }
    expect(Date.now() - startedAt).toBeLessThan(5000);
    starter.answering = ({ events }) => answer(events.map((event) => verdictOn(event)));
    expect((await operator.redeliver(wish)).results).toMatchObject(
      [1, 2, 3].map(() => ({ status: 'delivered', redeliveries: 1, lastError: null })),
    );
  });

  test('redeliver() answers after the time-out when the starter hangs', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await settled(`acme/${stack}`);
    starter.answering = ({ init }) =>
      new Promise((_, reject) => {
        init.signal?.addEventListener('abort', () => reject(init.signal?.reason));
      });
    const startedAt = Date.now();
    const { results } = await createOperator().redeliver({ account: 'acme', stack });
    // FORWARD_TIMEOUT_MS of the test's edge is 500, and the engine leaves 5 s on top.
    expect(Date.now() - startedAt).toBeLessThan(7000);
    expect(results).toMatchObject([
      { status: 'pending', lastError: expect.stringContaining('TimeoutError') },
    ]);
  });

  test('redeliver() says of a pruned one that its retention has passed', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const { body: receipt } = await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await settled(`acme/${stack}`);
    await runInDurableObject(inboxOf(`acme/${stack}`), (_, { storage }) => {
      storage.sql.exec('UPDATE deliveries SET envelope = NULL; DELETE FROM bodies');
    });
    for (const wish of [{}, { force: true }, { dryRun: true }])
      expect(
        (
          await createOperator().redeliver({
            ids: [receipt.deliveryId],
            account: 'acme',
            stack,
            ...wish,
          })
        ).results,
      ).toMatchObject([{ remedy: 'none', status: 'delivered', reason: 'retention-passed' }]);
    expect(starter.calls).toHaveLength(1);
  });

  test('redeliver() reports ids that nobody knows', async () => {
    const stack = unique('app');
    const { body: receipt } = await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await settled(`acme/${stack}`);
    const outcome = await createOperator().redeliver({
      ids: ['nobody', receipt.deliveryId, 'no one'],
      account: 'acme',
      stack,
    });
    expect(outcome['unknown']).toEqual(['nobody', 'no one']);
    expect(outcome.results).toHaveLength(1);
  });

  test('redeliver() tells the fault of one inbox and sends what is in the others', async () => {
    const [good, bad] = [unique('app'), unique('app')];
    const receipts = await Promise.all(
      [good, bad].map((stack) => deliver(runPayload(stack, 'R', 'FINISHED', 5))),
    );
    const ids = receipts.map(({ body }) => body.deliveryId);
    for (const stack of [good, bad]) await settled(`acme/${stack}`);
    const operator = createOperator(
      {},
      {
        inbox: {
          redeliver: (name, deliveryIds) =>
            name === `acme/${bad}`
              ? Promise.reject(new Error('object is overloaded'))
              : inbox.redeliver(name, deliveryIds),
        },
      },
    );
    const known = () => operator.ask(`/inbox/counts?account=acme`);
    await eventually(async () => {
      const { body } = await known();
      for (const stack of [good, bad]) expect(JSON.stringify(body)).toContain(stack);
    });
    const { results } = await operator.redeliver({ ids, account: 'acme' });
    expect(results).toHaveLength(2);
    const on = (stack: string) => results.find(({ inbox: name }) => name === `acme/${stack}`);
    expect(on(good)).toMatchObject({ redeliveries: 1, status: 'delivered', lastError: null });
    expect(on(bad)).toMatchObject({ redeliveries: 0, lastError: 'Error: object is overloaded' });
  });
});

describe('redeliver() by filter', () => {
  test('redeliver() takes status, type, time and place, in pages, oldest first in each', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`, ({ events }) =>
      answer(
        events.map((event) => verdictOn(event, event.subject === 'R2' ? 'refused' : 'started')),
      ),
    );
    const states = [
      ['R1', 'QUEUED'],
      ['R2', 'FINISHED'],
      ['R3', 'FINISHED'],
    ] as const;
    const ids: string[] = [];
    for (const [run, state] of states)
      ids.push((await deliver(runPayload(stack, run, state, 1))).body.deliveryId);
    await quiet(`acme/${stack}`);
    const [first, second, third] = [1000, 2000, 3000].map((at) => 1_760_000_000_000 + at);
    await runInDurableObject(inboxOf(`acme/${stack}`), (_, { storage }) => {
      storage.sql.exec('UPDATE deliveries SET receivedAt = 1760000000000 + seq * 1000');
    });
    const iso = (at = 0) => new Date(at).toISOString();
    const place = { account: 'acme', stack };
    const operator = createOperator();
    const found = async (wish: object) =>
      (await operator.redeliver({ ...place, dryRun: true, ...wish })).results.map(
        ({ deliveryId }) => ids.indexOf(deliveryId) + 1,
      );
    expect(await found({})).toEqual([1, 2, 3]);
    expect(await found({ status: 'parked' })).toEqual([2]);
    expect(await found({ type: 'completed' })).toEqual([2, 3]);
    expect(await found({ since: iso(second) })).toEqual([2, 3]);
    expect(await found({ until: iso(second) })).toEqual([1]);
    expect(await found({ since: iso(second), until: iso(third) })).toEqual([2]);
    expect(await found({ since: '1m' })).toEqual([]);
    expect(await found({ until: iso(first) })).toEqual([]);
    expect(await found({ limit: 2 })).toEqual([2, 3]);
    const { nextCursor } = await operator.redeliver({ ...place, limit: 2, dryRun: true });
    expect(await found({ limit: 2, cursor: nextCursor })).toEqual([1]);
    const before = starter.calls.length;
    await operator.redeliver({ ...place, type: 'completed' });
    expect(
      starter.calls.slice(before).flatMap(({ events }) => events.map((e) => e.subject)),
    ).toEqual(['R2', 'R3']);
  });

  test('redeliver() changes nothing in a dry run, and says what it would do', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`, refuses('no'));
    await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await deliver(intentPayload(stack, { account: 'acme', idempotency_key: 'k' }));
    await quiet(`acme/${stack}`);
    const before = await rowsOf(`acme/${stack}`);
    const wish = { account: 'acme', stack, dryRun: true };
    expect(await createOperator().redeliver(wish)).toMatchObject({
      dryRun: true,
      results: [
        { remedy: 'send-again', status: 'parked', reason: 'no' },
        { remedy: 'read-again', status: 'parked', reason: 'intent-not-granted' },
      ],
    });
    expect(await createOperator(GRANTED).redeliver({ ...wish, force: true })).toMatchObject({
      meaning: expect.stringContaining('new keys'),
      results: [
        { remedy: 'send-copy', status: 'parked' },
        {
          remedy: 'read-again',
          status: 'pending',
          reason: null,
          key: `intent/acme/${stack}/key.k`,
        },
      ],
    });
    expect(await rowsOf(`acme/${stack}`)).toEqual(before);
    expect(starter.calls).toHaveLength(1);
  });
});

describe('redeliver() of what the edge held back', () => {
  test('redeliver() reads an unparsed one by today’s code and moves it, same id, old row gone', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const { deliveryId, key } = await keepUnparsed(runPayload(stack, 'R', 'FINISHED', 5));
    const operator = createOperator();
    const wish = { ids: [deliveryId], inbox: 'webhook:default' };
    const planned = await operator.redeliver({ ...wish, dryRun: true });
    expect(planned.results).toMatchObject([
      { remedy: 'read-again', inbox: `acme/${stack}`, status: 'pending', reason: null },
    ]);
    const { results } = await operator.redeliver(wish);
    expect(results).toMatchObject([
      {
        inbox: `acme/${stack}`,
        deliveryId,
        key: 'run/acme/R/FINISHED/exact.5',
        eventType: 'completed',
        remedy: 'read-again',
        status: 'delivered',
        verdict: 'started',
        redeliveries: 0,
      },
    ]);
    const rows = await rowsOf(`acme/${stack}`);
    expect(rows).toMatchObject([
      { deliveryId, seq: 1, webhook: 'default', secretLabel: 'previous', attempts: 1 },
    ]);
    expect(rows[0]?.['receivedAt']).toBeLessThanOrEqual(Date.now() - 60_000);
    expect(rows[0]?.['traceparent']).toContain('a'.repeat(32));
    expect(starter.calls).toHaveLength(1);
    expect(starter.calls[0]?.events).toMatchObject([{ deliveryid: deliveryId, redelivery: 0 }]);
    const left = await rowsOf('webhook:default');
    expect(left.filter((row) => row['key'] === key)).toEqual([]);
    const shown = await operator.ask(`/inbox/${deliveryId}?account=acme&stack=${stack}&body=raw`);
    expect(JSON.stringify(shown.body)).toContain('private words');
  });

  test('redeliver() keeps several of a run in their order as they move, in one batch', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const ids: string[] = [];
    for (const version of [1, 2, 3])
      ids.push(
        (
          await keepUnparsed(
            runPayload(stack, 'R', version === 3 ? 'FINISHED' : 'PLANNING', version),
          )
        ).deliveryId,
      );
    await createOperator().redeliver({ ids: ids.toReversed(), inbox: 'webhook:default' });
    expect(starter.calls.map(({ events }) => events.map(({ deliveryid }) => deliveryid))).toEqual([
      ids,
    ]);
  });

  test('redeliver() sends once what moves, however long it takes to clear up behind it', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const { deliveryId } = await keepUnparsed(runPayload(stack, 'R', 'FINISHED', 5));
    const slow = createOperator(
      {},
      {
        inbox: {
          remove: async (name, key) => {
            await new Promise((resolve) => setTimeout(resolve, 500));
            return inbox.remove(name, key);
          },
        },
      },
    );
    const { results } = await slow.redeliver({ ids: [deliveryId], inbox: 'webhook:default' });
    expect(results).toMatchObject([{ status: 'delivered', redeliveries: 0 }]);
    expect(starter.calls).toHaveLength(1);
  });

  test('redeliver() takes an unparsed one for the event that has come meanwhile', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const payload = runPayload(stack, 'R', 'FINISHED', 5);
    const { deliveryId, key } = await keepUnparsed(payload);
    const { body: receipt } = await deliver(payload);
    await settled(`acme/${stack}`);
    const { results } = await createOperator().redeliver({
      ids: [deliveryId],
      inbox: 'webhook:default',
    });
    expect(results).toMatchObject([
      { inbox: `acme/${stack}`, deliveryId: receipt.deliveryId, redeliveries: 1 },
    ]);
    expect(await rowsOf(`acme/${stack}`)).toHaveLength(1);
    expect(starter.calls).toHaveLength(2);
    const left = await rowsOf('webhook:default');
    expect(left.filter((row) => row['key'] === key)).toEqual([]);
  });

  test('redeliver() leaves in place what nobody can read today either', async () => {
    const { body: receipt } = await deliver({ nothing: unique('known') });
    const wish = { ids: [receipt.deliveryId], inbox: 'webhook:default' };
    for (const more of [{}, { force: true }])
      expect((await createOperator().redeliver({ ...wish, ...more })).results).toMatchObject([
        { remedy: 'read-again', status: 'unparsed', reason: 'shape-unknown' },
      ]);
    const rows = await rowsOf('webhook:default');
    expect(rows.filter((row) => row['deliveryId'] === receipt.deliveryId)).toHaveLength(1);
  });

  test('redeliver() reads what lacked an account once its webhook has one', async () => {
    const stack = unique('app');
    fakeStarter(`acme/${stack}`);
    const { body: receipt } = await deliver({ event_type: 'completed', stack_id: stack });
    expect(receipt).toMatchObject({ status: 'unparsed', reason: 'account-missing' });
    const wish = { ids: [receipt.deliveryId], inbox: 'webhook:default' };
    const { results } = await createOperator(GRANTED).redeliver(wish);
    expect(results).toMatchObject([{ inbox: `acme/${stack}`, status: 'delivered' }]);
  });

  test('redeliver() leaves an intent parked that has no grant, forced or not', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const { body: receipt } = await deliver(intentPayload(stack, { account: 'acme' }));
    const wish = { ids: [receipt.deliveryId], account: 'acme', stack };
    for (const more of [{}, { force: true }])
      expect((await createOperator().redeliver({ ...wish, ...more })).results).toMatchObject([
        { remedy: 'read-again', status: 'parked', reason: 'intent-not-granted' },
      ]);
    expect(await rowsOf(`acme/${stack}`)).toMatchObject([{ status: 'parked' }]);
    expect(starter.calls).toHaveLength(0);
  });

  test('redeliver() lets an intent go that the configuration grants now', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const payload = intentPayload(stack, { account: 'acme', idempotency_key: 'k' });
    const { body: receipt } = await deliver(payload);
    const wish = { account: 'acme', stack, status: 'parked' };
    expect((await createOperator(GRANTED).redeliver(wish)).results).toMatchObject([
      {
        deliveryId: receipt.deliveryId,
        key: `intent/acme/${stack}/key.k`,
        status: 'delivered',
        verdict: 'started',
      },
    ]);
    expect(await rowsOf(`acme/${stack}`)).toMatchObject([{ deliveryId: receipt.deliveryId }]);
    expect(await inbox.body(`acme/${stack}`, receipt.deliveryId)).toEqual(
      utf8(JSON.stringify(payload)),
    );
    expect(starter.calls[0]?.events).toMatchObject([{ data: { about: 'intent', key: 'key.k' } }]);
  });

  test('redeliver() lets a person start what the cap has parked', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const capped = {
      WEBHOOKS: {
        default: {
          account: 'acme',
          intents: { stacks: ['*'], cap: { intents: 1, windowMinutes: 60 } },
        },
      },
    };
    const operator = createOperator(capped);
    const intent = async (name: string) => {
      const text = JSON.stringify(intentPayload(stack, { idempotency_key: name }));
      const headers = { 'X-Signature-256': await signatureOf(text, 'default-secret') };
      const { body } = await operator.ask('/webhooks/spacelift', {
        method: 'POST',
        body: text,
        headers,
      });
      return body;
    };
    expect(await intent('k1')).toMatchObject({ status: 'accepted' });
    const parked = await intent('k2');
    expect(parked).toMatchObject({ status: 'parked', reason: 'intent-capped' });
    const { results } = await operator.redeliver({ account: 'acme', stack, status: 'parked' });
    expect(results).toMatchObject([
      { deliveryId: parked['deliveryId'], key: `intent/acme/${stack}/key.k2`, status: 'delivered' },
    ]);
    expect(starter.calls.flatMap(({ events }) => events)).toHaveLength(2);
  });

  test('redeliver() moves what named another account once that account is allowed', async () => {
    const stack = unique('app');
    fakeStarter(`other/${stack}`);
    const payload = { ...runPayload(stack, 'R', 'FINISHED', 1), account: 'other' };
    const { body: receipt } = await deliver(payload, { webhook: 'deploys' });
    expect(receipt).toMatchObject({ reason: 'account-mismatch' });
    const wish = { ids: [receipt.deliveryId], inbox: 'webhook:deploys' };
    expect((await createOperator().redeliver(wish)).results).toMatchObject([
      { inbox: 'webhook:deploys', status: 'parked', reason: 'account-mismatch' },
    ]);
    const allowed = {
      WEBHOOKS: { deploys: { accounts: ['acme', 'other'], secret: 'DEPLOYS_WEBHOOK_SECRET' } },
    };
    expect((await createOperator(allowed).redeliver(wish)).results).toMatchObject([
      { inbox: `other/${stack}`, status: 'delivered', deliveryId: receipt.deliveryId },
    ]);
    const left = await rowsOf('webhook:deploys');
    expect(left.filter((row) => row['deliveryId'] === receipt.deliveryId)).toEqual([]);
  });

  test('redeliver() says that the webhook is gone', async () => {
    const stack = unique('network');
    const { body: receipt } = await deliver(intentPayload(stack), { webhook: 'deploys' });
    const wish = { ids: [receipt.deliveryId], account: 'acme', stack };
    expect((await createOperator({ WEBHOOKS: {} }).redeliver(wish)).results).toMatchObject([
      { remedy: 'read-again', status: 'parked', reason: 'webhook-unknown' },
    ]);
  });

  test('redeliver() keeps what it could not move, and says why', async () => {
    const stack = unique('app');
    const { deliveryId, key } = await keepUnparsed(runPayload(stack, 'R', 'FINISHED', 5));
    const operator = createOperator(
      {},
      { inbox: { accept: () => Promise.reject(new Error('disk is full')) } },
    );
    const wish = { ids: [deliveryId], inbox: 'webhook:default' };
    expect((await operator.redeliver(wish)).results).toMatchObject([
      { inbox: 'webhook:default', key, status: 'unparsed', lastError: 'Error: disk is full' },
    ]);
    expect((await rowsOf('webhook:default')).filter((row) => row['key'] === key)).toHaveLength(1);
    // A crash between the two halves of the move leaves both rows; the next try clears it up.
    const dying = createOperator(
      {},
      { inbox: { remove: () => Promise.reject(new Error('gone away')) } },
    );
    await dying.redeliver(wish);
    expect((await rowsOf('webhook:default')).filter((row) => row['key'] === key)).toHaveLength(1);
    await createOperator().redeliver(wish);
    expect((await rowsOf('webhook:default')).filter((row) => row['key'] === key)).toHaveLength(0);
    expect(await rowsOf(`acme/${stack}`)).toHaveLength(1);
  });
});

describe('redeliver() by force', () => {
  test('redeliver() makes a copy of an intent: new id, new keys, and says what that means', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const payload = intentPayload(stack, { idempotency_key: 'k' });
    const { body: receipt } = await deliver(payload, { webhook: 'deploys' });
    await settled(`acme/${stack}`);
    const [before] = await rowsOf(`acme/${stack}`);
    const outcome = await createOperator().redeliver({
      ids: [receipt.deliveryId],
      account: 'acme',
      stack,
      force: true,
    });
    expect(outcome['meaning']).toMatch(/copies under new keys.*another run/);
    const [result] = outcome.results;
    expect(result).toMatchObject({ remedy: 'send-copy', status: 'delivered', redeliveries: 0 });
    expect(result?.deliveryId).not.toBe(receipt.deliveryId);
    expect(result?.key).toMatch(new RegExp(`^intent/acme/${stack}/key\\.k\\.copy-[0-9a-f]{8}$`));
    const [original, copy] = await rowsOf(`acme/${stack}`);
    expect(original).toEqual(before);
    expect(copy).toMatchObject({ key: result?.key, deliveryId: result?.deliveryId });
    expect(starter.calls[1]?.events).toMatchObject([
      {
        id: result?.key,
        deliveryid: result?.deliveryId,
        redelivery: 0,
        data: { about: 'intent', key: expect.stringMatching(/^key\.k\.copy-[0-9a-f]{8}$/) },
      },
    ]);
  });

  test('redeliver() makes a sound event of the copy of an intent whose key is as long as may be', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const payload = intentPayload(stack, { idempotency_key: 'k'.repeat(196) });
    const { body: receipt } = await deliver(payload, { webhook: 'deploys' });
    expect(receipt.status).toBe('accepted');
    await settled(`acme/${stack}`);
    await createOperator().redeliver({
      ids: [receipt.deliveryId],
      force: true,
      account: 'acme',
      stack,
    });
    const [, copy] = starter.calls.flatMap(({ events }) => events);
    expect(v.safeParse(EnvelopeSchema, copy).success).toBe(true);
  });

  test('redeliver() makes a copy of a run’s event under a new key', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    await deliver(runPayload(stack, 'R', 'FINISHED', 5));
    await settled(`acme/${stack}`);
    const { results } = await createOperator().redeliver({ account: 'acme', stack, force: true });
    expect(results).toMatchObject([{ remedy: 'send-copy', status: 'delivered' }]);
    expect(starter.calls[1]?.events).toMatchObject([
      {
        id: expect.stringMatching(/^run\/acme\/R\/FINISHED\/exact\.5\.copy-[0-9a-f]{8}$/),
        data: { about: 'run', runId: 'R', stateVersion: 5 },
      },
    ]);
  });

  test('redeliver() does not copy an intent whose grant is gone', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    await deliver(intentPayload(stack, { idempotency_key: 'k' }), { webhook: 'deploys' });
    await settled(`acme/${stack}`);
    const revoked = {
      WEBHOOKS: { deploys: { account: 'acme', secret: 'DEPLOYS_WEBHOOK_SECRET' } },
    };
    const { results } = await createOperator(revoked).redeliver({
      account: 'acme',
      stack,
      force: true,
    });
    expect(results).toMatchObject([
      { remedy: 'send-copy', status: 'parked', reason: 'intent-not-granted' },
    ]);
    expect(starter.calls).toHaveLength(1);
  });
});
