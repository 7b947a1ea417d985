/** What an operator asks of a running edge, and what becomes of deliveries that the edge itself held back. */
import { afterEach, describe, expect, test } from 'vitest';
import { deliver, intentPayload, post, runKey, runPayload, unique } from './kit/deliveries.ts';
import type { Page, Reply } from './kit/operator.ts';
import { onEveryRuntime, type Path, seen, settled } from './kit/path.ts';
import { answer, refusesAll, takesAll, verdictOn } from './kit/starter.ts';

const INTENTS = { webhook: 'intents', secret: 'the intents secret' };
const LATE = { webhook: 'late', secret: 'the late secret' };

const CAP = { intents: 3, windowMinutes: 60 };
const GRANT = { stacks: ['app-*', 'exactly'], runTypes: ['TRACKED'], cap: CAP };

const webhooks = (late: object) =>
  JSON.stringify({
    default: { account: 'acme' },
    intents: { account: 'acme', secret: 'INTENTS_SECRET', intents: GRANT },
    late: { secret: 'LATE_SECRET', ...late },
  });

const ENV = {
  FORWARD_TIMEOUT_MS: '10000',
  WEBHOOKS: webhooks({}),
  INTENTS_SECRET: INTENTS.secret,
  LATE_SECRET: LATE.secret,
};

const refuses = (reason: string) =>
  (({ events }) =>
    answer(events.map((event) => verdictOn(event, 'refused', { reason })))) satisfies Parameters<
    Path['starter']['answer']
  >[1];

onEveryRuntime('operator routes', ENV, (path) => {
  afterEach(() => expect(path.starter.faults).toEqual([]));

  const auditOf = (action: string) =>
    path.edge.lines.filter((line) => line['msg'] === 'Operator' && line['action'] === action);

  describe('looking', { concurrent: false }, () => {
    test('list, counts: by stack, status, type and time, page by page', async () => {
      const startedAt = Date.now();
      const stacks = [unique('list'), unique('list')];
      const [first = '', second = ''] = stacks;
      path.starter.answer(`acme/${second}`, refuses('no'));
      for (const stack of stacks) {
        await deliver(path.edge, runPayload(stack, 'R1', 1));
        await deliver(path.edge, runPayload(stack, 'R2', 9, 'FINISHED'));
        await settled(path, `acme/${stack}`);
      }
      await deliver(path.edge, `nothing known in ${first}`);

      const keysOf = async (query: Readonly<Record<string, string>>) =>
        (await path.operator.list(query)).map(({ key }) => key);
      const ofFirst = { account: 'acme', stack: first };
      expect(await keysOf(ofFirst)).toEqual([runKey('R2', 9, 'FINISHED'), runKey('R1', 1)]);
      expect(await keysOf({ ...ofFirst, type: 'completed' })).toEqual([
        runKey('R2', 9, 'FINISHED'),
      ]);
      expect(await keysOf({ ...ofFirst, status: 'parked' })).toEqual([]);
      expect(await keysOf({ inbox: `acme/${second}`, status: 'parked' })).toHaveLength(2);
      expect(await keysOf({ ...ofFirst, since: new Date(startedAt).toISOString() })).toHaveLength(
        2,
      );
      expect(await keysOf({ ...ofFirst, until: new Date(startedAt).toISOString() })).toEqual([]);
      expect(await keysOf({ ...ofFirst, until: '1h' })).toEqual([]);
      expect(await keysOf({ ...ofFirst, since: '1h' })).toHaveLength(2);

      const paged: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const { body }: Reply<Page> = await path.operator.ask<Page>(
          `?account=acme&limit=1${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
        );
        expect(body.deliveries.length).toBeLessThanOrEqual(1);
        paged.push(...body.deliveries.map(({ inbox, key }) => `${inbox} ${key}`));
        cursor = body.nextCursor;
      }
      expect(new Set(paged).size).toBe(paged.length);
      for (const stack of stacks)
        expect(paged).toEqual(
          expect.arrayContaining([
            `acme/${stack} ${runKey('R1', 1)}`,
            `acme/${stack} ${runKey('R2', 9, 'FINISHED')}`,
          ]),
        );

      const { total, inboxes } = await path.operator.counts();
      expect(inboxes).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ inbox: `acme/${first}`, delivered: 2, parked: 0 }),
          expect.objectContaining({ inbox: `acme/${second}`, delivered: 0, parked: 2 }),
          expect.objectContaining({ inbox: 'webhook:default', unparsed: 1 }),
        ]),
      );
      expect(total.delivered).toBe(inboxes.reduce((sum, each) => sum + each.delivered, 0));
    });

    test('show: everything about one delivery, its body only as far as asked for', async () => {
      const stack = unique('show');
      const payload = runPayload(stack, 'R1', 4);
      const { deliveryId } = await deliver(path.edge, payload, {
        headers: { 'User-Agent': 'Spacelift' },
      });
      await settled(path, `acme/${stack}`);
      const shown = await path.operator.show(deliveryId);
      expect(shown).toMatchObject({
        inbox: `acme/${stack}`,
        outage: null,
        headers: { 'Content-Type': 'application/json', 'User-Agent': 'Spacelift' },
        delivery: {
          deliveryId,
          key: runKey('R1', 4),
          secretLabel: 'current',
          executionId: `of/${runKey('R1', 4)}`,
        },
        attempts: [{ verdict: 'started', count: 1 }],
        envelope: { id: runKey('R1', 4), deliveryid: deliveryId, redelivery: 0 },
        body: { form: 'redacted' },
      });
      expect(JSON.stringify(shown)).not.toContain('private');
      expect(JSON.stringify(shown)).not.toContain('sha256=');
      expect((await path.operator.show(deliveryId, { body: 'none' })).body).toBeNull();
      expect((await path.operator.show(deliveryId, { body: 'raw' })).body).toEqual({
        form: 'raw',
        content: JSON.stringify(payload),
      });
      expect(auditOf('show raw body')).toContainEqual(
        expect.objectContaining({ deliveryId, operator: 'token', inbox: `acme/${stack}` }),
      );
    });
  });

  describe('redelivering', { concurrent: false }, () => {
    /** Three parked ones of a stack, and a starter that takes everything from now on. */
    const parkThree = async () => {
      const stack = unique('redeliver');
      const inbox = `acme/${stack}`;
      path.starter.answer(inbox, refuses('not today'));
      for (const version of [1, 2, 3]) await deliver(path.edge, runPayload(stack, 'R1', version));
      const parked = await settled(path, inbox);
      path.starter.answer(inbox, takesAll);
      return { inbox, stack, ids: parked.map(({ deliveryId }) => deliveryId) };
    };

    test('by id: under the same key, marked as sent again, with the verdict', async () => {
      const { inbox, ids } = await parkThree();
      const [, second = ''] = ids;
      const { results, unknown, meaning, dryRun } = await path.operator.redeliver({
        ids: [second, 'no-such-id'],
      });
      expect({ unknown, meaning, dryRun }).toEqual({
        unknown: ['no-such-id'],
        meaning: null,
        dryRun: false,
      });
      expect(results).toMatchObject([
        {
          deliveryId: second,
          key: runKey('R1', 2),
          remedy: 'send-again',
          status: 'delivered',
          verdict: 'started',
          redeliveries: 1,
        },
      ]);
      expect(path.starter.eventsOf(inbox).at(-1)).toMatchObject({
        id: runKey('R1', 2),
        deliveryid: second,
        redelivery: 1,
      });
      const { results: again } = await path.operator.redeliver({ ids: [second] });
      expect(again).toMatchObject([{ status: 'delivered', redeliveries: 2 }]);
      expect(path.starter.eventsOf(inbox).at(-1)).toMatchObject({ redelivery: 2 });
      expect(auditOf('send-again')).toContainEqual(
        expect.objectContaining({ deliveryId: second, key: runKey('R1', 2), verdict: 'started' }),
      );
    });

    test('by filter: in order, and a dry run first that changes nothing', async () => {
      const { inbox, stack, ids } = await parkThree();
      const wish = { account: 'acme', stack, status: 'parked' };
      const sent = path.starter.eventsOf(inbox).length;
      const dry = await path.operator.redeliver({ ...wish, dryRun: true });
      expect(dry.dryRun).toBe(true);
      expect(dry.results.map(({ deliveryId }) => deliveryId).toSorted()).toEqual(ids.toSorted());
      expect(dry.results).toMatchObject(
        ids.map(() => ({ remedy: 'send-again', status: 'parked', redeliveries: 0 })),
      );
      expect(path.starter.eventsOf(inbox)).toHaveLength(sent);
      expect(await path.operator.list({ inbox, status: 'parked' })).toHaveLength(3);

      const { results } = await path.operator.redeliver(wish);
      expect(results).toMatchObject(ids.map(() => ({ status: 'delivered', redeliveries: 1 })));
      expect(
        path.starter
          .eventsOf(inbox)
          .slice(sent)
          .map(({ id }) => id),
      ).toEqual([1, 2, 3].map((version) => runKey('R1', version)));
    });

    test('by time: what was received from then on', async () => {
      const { inbox, ids } = await parkThree();
      const [, second] = (await path.operator.list({ inbox })).toReversed();
      const since = new Date(Number(second?.['receivedAt'])).toISOString();
      const later = await path.operator.redeliver({ inbox, since, dryRun: true });
      // Two may have come in the same millisecond.
      expect(later.results.map(({ deliveryId }) => deliveryId)).toEqual(
        expect.arrayContaining(ids.slice(1)),
      );
      const before = await path.operator.redeliver({ inbox, until: '1h', dryRun: true });
      expect(before.results).toEqual([]);
    });

    test('by force: a copy under a new key, and the words for what that means', async () => {
      const { inbox, ids } = await parkThree();
      const [first = ''] = ids;
      const { results, meaning } = await path.operator.redeliver({ ids: [first], force: true });
      expect(meaning).toMatch(/new keys/);
      expect(results).toMatchObject([{ remedy: 'send-copy', status: 'delivered' }]);
      const copy = path.starter.eventsOf(inbox).at(-1);
      expect(copy?.id).toMatch(/^run\/acme\/R1\/PLANNING\/exact\.1\.copy-[0-9a-f]{8}$/);
      expect(copy?.deliveryid).not.toBe(first);
      expect(await path.operator.list({ inbox })).toHaveLength(4);
    });

    test('during an outage: says what the starter did, and keeps it pending', async () => {
      const { inbox, ids } = await parkThree();
      path.starter.answer(inbox, refusesAll(503));
      const { results } = await path.operator.redeliver({ ids });
      expect(results).toMatchObject(ids.map(() => ({ status: 'pending', redeliveries: 1 })));
      path.starter.answer(inbox, takesAll);
      await settled(path, inbox);
    });

    test('without a word about what: refused', async () => {
      const refusal = await path.operator.ask('/redeliver', {
        method: 'POST',
        body: '{"dryRun":true}',
      });
      expect(refusal).toEqual({
        status: 400,
        body: { error: 'body-invalid', message: 'Cannot read body: ids' },
      });
    });
  });

  describe('intents', { concurrent: false }, () => {
    test('go on where they are granted, and are parked where not', async () => {
      const stack = unique('app');
      expect(await deliver(path.edge, intentPayload(stack), INTENTS)).toMatchObject({
        status: 'accepted',
      });
      const notGranted = { status: 'parked', reason: 'intent-not-granted' };
      expect(await deliver(path.edge, intentPayload('exactly'), INTENTS)).toMatchObject({
        status: 'accepted',
      });
      expect(await deliver(path.edge, intentPayload('exactly-not'), INTENTS)).toMatchObject(
        notGranted,
      );
      expect(await deliver(path.edge, intentPayload(unique('db')), INTENTS)).toMatchObject(
        notGranted,
      );
      expect(
        await deliver(path.edge, intentPayload(stack, { run_type: 'DESTROY' }), INTENTS),
      ).toMatchObject(notGranted);
      expect(await deliver(path.edge, intentPayload(stack))).toMatchObject(notGranted);
      expect(
        await deliver(path.edge, intentPayload(stack, { account: 'other' }), INTENTS),
      ).toMatchObject({
        status: 'parked',
        reason: 'account-mismatch',
      });
      await settled(path, `acme/${stack}`);
      expect(path.starter.eventsOf(`acme/${stack}`)).toMatchObject([
        { type: 'io.spacelift.intent.triggered', data: { runType: 'TRACKED' } },
      ]);
    });

    test('without a key are one within the window, with keys as many as there are keys', async () => {
      const stack = unique('app');
      const first = await deliver(path.edge, intentPayload(stack), INTENTS);
      expect(await deliver(path.edge, intentPayload(stack), INTENTS)).toEqual({
        deliveryId: first.deliveryId,
        status: 'duplicate',
        hint: expect.stringContaining('idempotency_key'),
      });
      const keyed = intentPayload(stack, { idempotency_key: 'a/b' });
      const second = await deliver(path.edge, keyed, INTENTS);
      expect(second.status).toBe('accepted');
      expect(await deliver(path.edge, keyed, INTENTS)).toEqual({
        deliveryId: second.deliveryId,
        status: 'duplicate',
      });
      await settled(path, `acme/${stack}`);
      expect(path.starter.eventsOf(`acme/${stack}`).map(({ id }) => id)).toEqual([
        expect.stringMatching(new RegExp(`^intent/acme/${stack}/body\\.[0-9a-f]{24}\\.\\d+$`)),
        `intent/acme/${stack}/key.a%2fb`,
      ]);
    });

    test('of one stack are capped; a person may go over it', async () => {
      const [stack, other] = [unique('app'), unique('app')];
      const intent = (of: string, key: number) =>
        deliver(path.edge, intentPayload(of, { idempotency_key: `k${key}` }), INTENTS);
      for (const key of [1, 2, 3]) {
        expect(await intent(stack, key)).toMatchObject({ status: 'accepted' });
        // A duplicate takes up nothing.
        expect(await intent(stack, key)).toMatchObject({ status: 'duplicate' });
      }
      const capped = await intent(stack, 4);
      expect(capped).toMatchObject({ status: 'parked', reason: 'intent-capped' });
      expect(await intent(other, 4)).toMatchObject({ status: 'accepted' });
      await settled(path, `acme/${stack}`);
      expect(path.starter.eventsOf(`acme/${stack}`)).toHaveLength(CAP.intents);

      const { results } = await path.operator.redeliver({ ids: [capped.deliveryId] });
      expect(results).toMatchObject([
        { remedy: 'read-again', status: 'delivered', verdict: 'started' },
      ]);
      expect(path.starter.eventsOf(`acme/${stack}`).at(-1)?.id).toBe(`intent/acme/${stack}/key.k4`);
    });
  });

  test('what was held back is read again by tomorrow’s configuration', async () => {
    const stack = unique('app');
    const nameless = await deliver(path.edge, { event_type: 'completed', stack_id: stack }, LATE);
    expect(nameless).toMatchObject({ status: 'unparsed', reason: 'account-missing' });
    const ungranted = await deliver(path.edge, intentPayload(stack, { account: 'acme' }), LATE);
    expect(ungranted).toMatchObject({ status: 'parked', reason: 'intent-not-granted' });
    const ids = [nameless.deliveryId, ungranted.deliveryId];
    const before = await path.operator.redeliver({ ids });
    expect(before.results).toMatchObject([
      { remedy: 'read-again', status: 'unparsed', reason: 'account-missing' },
      { remedy: 'read-again', status: 'parked', reason: 'intent-not-granted' },
    ]);
    expect(path.starter.eventsOf(`acme/${stack}`)).toEqual([]);

    await path.edge.kill();
    await path.edge.start({ WEBHOOKS: webhooks({ account: 'acme', intents: GRANT }) });
    const dry = await path.operator.redeliver({ ids, dryRun: true });
    expect(dry.results).toMatchObject([{ status: 'pending' }, { status: 'pending' }]);
    expect(await path.operator.list({ inbox: 'webhook:late' })).toMatchObject([
      { status: 'unparsed' },
    ]);
    const after = await path.operator.redeliver({ ids });
    expect(after.results).toMatchObject(
      ids.map((deliveryId) => ({
        deliveryId,
        inbox: `acme/${stack}`,
        remedy: 'read-again',
        status: 'delivered',
        verdict: 'started',
      })),
    );
    expect(
      path.starter
        .eventsOf(`acme/${stack}`)
        .map(({ type }) => type)
        .toSorted(),
    ).toEqual(['io.spacelift.intent.triggered', 'io.spacelift.stack.completed']);
    expect(await path.operator.list({ inbox: 'webhook:late' })).toEqual([]);
    // The key is taken now.
    expect(await deliver(path.edge, intentPayload(stack, { account: 'acme' }), LATE)).toMatchObject(
      {
        status: 'duplicate',
        deliveryId: ungranted.deliveryId,
      },
    );
  });

  test('a misread configuration refuses everything until it is put right', async () => {
    await path.edge.kill();
    await path.edge.start({ WEBHOOKS: '{"default":{"acount":"acme"}}' });
    const refusal = {
      status: 'misconfigured',
      error: 'inbox-unavailable',
      message: 'Cannot accept delivery: inbox is unavailable',
    };
    const stack = unique('misread');
    expect(await post(path.edge, runPayload(stack, 'R1', 1))).toEqual({
      status: 503,
      body: refusal,
    });
    expect(await path.operator.ask('')).toEqual({ status: 503, body: refusal });
    await seen('the fault in the log', () =>
      path.edge.lines.some(
        ({ level, msg }) =>
          level === 'error' && msg === 'Cannot read configuration: WEBHOOKS.default is not valid',
      ),
    );
    await path.edge.kill();
    await path.edge.start();
    expect(await deliver(path.edge, runPayload(stack, 'R1', 1))).toMatchObject({
      status: 'accepted',
    });
  });
});
