/** SIGKILL at bad moments: whatever was acknowledged is there afterwards, and reaches the starter with nobody asking for it. */
import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { deliver, post, runKey, runPayload, unique } from './kit/deliveries.ts';
import { onEveryWay, seen, settled } from './kit/path.ts';
import { answer, refusesAll, takesAll, verdictOn } from './kit/starter.ts';

const SENDERS = 6;

/** In the middle of things. */
const KILL_AFTER_ANSWERS = 25;

onEveryWay('crashes', {}, (path) => {
  afterEach(() => expect(path.starter.faults).toEqual([]));

  const crash = async () => {
    await path.edge.kill();
    await path.edge.start();
  };

  test('during an outage: all that was acknowledged is delivered, in order, under its id', async () => {
    const stacks = [unique('crash'), unique('crash'), unique('crash')];
    for (const stack of stacks) path.starter.answer(`acme/${stack}`, refusesAll(503));
    const receipts = new Map<string, string>();
    for (const version of [1, 2, 3, 4])
      for (const stack of stacks) {
        const { deliveryId } = await deliver(path.edge, runPayload(stack, stack, version));
        receipts.set(deliveryId, runKey(stack, version));
      }
    await crash();
    for (const stack of stacks) path.starter.answer(`acme/${stack}`, takesAll);
    for (const stack of stacks)
      await seen(`${stack} at the starter`, () =>
        path.starter.eventsOf(`acme/${stack}`).some(({ id }) => id === runKey(stack, 4)),
      );
    for (const stack of stacks) {
      const deliveries = await settled(path, `acme/${stack}`);
      expect(deliveries.map(({ key }) => key)).toEqual(
        [1, 2, 3, 4].map((version) => runKey(stack, version)),
      );
      for (const { deliveryId, key, status } of deliveries)
        expect({ key: receipts.get(deliveryId), status }).toEqual({ key, status: 'delivered' });
    }
  });

  test('amid deliveries: what was acknowledged is kept, and the rest is taken when it comes again', async () => {
    const stacks = [unique('amid'), unique('amid')];
    const acknowledged = new Map<string, string>();
    let isOver = false;
    const sendUntilCut = async (run: string, stack: string) => {
      for (let version = 0; !isOver; version += 1) {
        // Whoever is cut off has no answer, and what he sent may be kept or not.
        const answered = await post(path.edge, runPayload(stack, run, version)).catch(() => null);
        if (answered === null) return;
        expect(answered.status).toBe(202);
        acknowledged.set(runKey(run, version), answered.body.deliveryId);
        if (isOver || acknowledged.size < KILL_AFTER_ANSWERS) continue;
        isOver = true;
        await path.edge.kill();
      }
    };
    const runs = Array.from({ length: SENDERS }, (_, index) => ({
      run: unique('RUN'),
      stack: stacks[index % stacks.length] ?? '',
    }));
    await Promise.all(runs.map(({ run, stack }) => sendUntilCut(run, stack)));
    await path.edge.start();

    for (const { run, stack } of runs) {
      // Everything once more, as Spacelift does with what was not answered, and one event more.
      const known = [...acknowledged.keys()].filter((key) => key.includes(`/${run}/`));
      for (const version of [...known.keys(), known.length]) {
        const { status, deliveryId } = await deliver(path.edge, runPayload(stack, run, version));
        const before = acknowledged.get(runKey(run, version));
        if (before !== undefined)
          expect({ status, deliveryId }).toEqual({ status: 'duplicate', deliveryId: before });
      }
    }
    for (const stack of stacks) {
      const deliveries = await settled(path, `acme/${stack}`);
      expect(deliveries.filter(({ status }) => status !== 'delivered')).toEqual([]);
      const ids = path.starter.eventsOf(`acme/${stack}`).map(({ id }) => id);
      for (const { run } of runs.filter((each) => each.stack === stack)) {
        // A batch that was cut off is sent again, so an id may come twice; new ones come in order.
        const firsts = [...new Set(ids.filter((id) => id.includes(`/${run}/`)))];
        expect(firsts).toEqual(firsts.map((_, version) => runKey(run, version)));
      }
    }
  });

  test('while the starter thinks: it is asked again', async () => {
    const stack = unique('thinking');
    path.starter.answer(`acme/${stack}`, () => 'hang');
    const { deliveryId } = await deliver(path.edge, runPayload(stack, 'R1', 1));
    await seen('the batch', () => path.starter.batchesOf(`acme/${stack}`).at(0));
    await path.edge.kill();
    path.starter.answer(`acme/${stack}`, takesAll);
    await path.edge.start();
    await seen('the batch again', () => path.starter.batchesOf(`acme/${stack}`).at(1));
    expect(await settled(path, `acme/${stack}`)).toMatchObject([
      { deliveryId, status: 'delivered' },
    ]);
  });

  test('a wait that the starter asked for outlasts it', async () => {
    const stack = unique('patient');
    const inbox = `acme/${stack}`;
    path.starter.answer(inbox, ({ events }) =>
      answer(
        events.map((event) => verdictOn(event, 'retry')),
        { 'Retry-After': '3' },
      ),
    );
    await deliver(path.edge, runPayload(stack, 'R1', 1));
    const first = await seen('the verdict', async () => {
      const [delivery] = await path.operator.list({ inbox });
      return delivery?.verdict === 'retry' ? delivery : null;
    });
    await crash();
    path.starter.answer(inbox, takesAll);
    expect(await settled(path, inbox)).toMatchObject([{ status: 'delivered', attempts: 2 }]);
    const [, second] = path.starter.batchesOf(inbox);
    expect(second?.at).toBeGreaterThanOrEqual(Number(first['nextAttemptAt']));
  });

  test('a policy input of 5 MB is there to the last byte', async () => {
    const stack = unique('large');
    const inbox = `acme/${stack}`;
    path.starter.answer(inbox, refusesAll(503));
    const body = JSON.stringify({
      account: { name: 'acme' },
      run_updated: {
        state: 'FINISHED',
        run: { id: 'R1', type: 'TRACKED', states_history: [{ new_state: 'FINISHED' }] },
        stack: { id: stack, labels: [] },
        // What cannot be compressed: as many bytes must be on disk.
        changes: randomBytes(3_750_000).toString('base64'),
      },
    });
    expect(body.length).toBeGreaterThan(5_000_000);
    const { deliveryId } = await deliver(path.edge, body);
    await crash();
    const { body: kept } = await path.operator.show(deliveryId, { inbox, body: 'raw' });
    expect(kept?.form).toBe('raw');
    // Not toBe: nobody wants to see the difference.
    expect(kept?.content === body).toBe(true);
    path.starter.answer(inbox, takesAll);
    expect(await settled(path, inbox)).toMatchObject([
      { deliveryId, status: 'delivered', bodyBytes: body.length },
    ]);
  });
});
