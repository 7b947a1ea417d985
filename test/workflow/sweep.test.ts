import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { eventually } from '../../dev/launcher/eventually.ts';
import { SIGNALS } from '../../shared/contract/names.ts';
import { startOfRun } from '../../shared/workflow/start.ts';
import { ACCOUNT, runEvent } from '../events.ts';
import { deliveryFacts, type Harness, runIdOf, SETTINGS, startHarness } from './harness.ts';
import { createSweepRuns, stateOf } from './sweep-runs.ts';
import { createSweeps, planOf } from './sweep-support.ts';

let harness: Harness;
let sweeps: ReturnType<typeof createSweeps>;
let runs: ReturnType<typeof createSweepRuns>;

beforeAll(async () => {
  harness = await startHarness(inject('temporalCli'));
  sweeps = createSweeps(harness);
  runs = createSweepRuns(harness);
  await runs.loseDeliveries(1);
});
afterEach(async () => {
  await sweeps.end();
  const waiting = (await runs.shownRuns()).filter((run) => stateOf(run) === 'UNCONFIRMED');
  await Promise.all(waiting.map(({ stack, id }) => runs.decide('runDiscard', stack, id)));
});
afterAll(() => harness.stop());

async function isEnabled(webhook: string): Promise<boolean | undefined> {
  const shown = await harness.control('GET', '/webhooks');
  return (shown as { id: string; enabled: boolean }[]).find(({ id }) => id === webhook)?.enabled;
}

/** By search attribute; null while there is none. */
const shownStateOf = async (stack: string, runId: string) => {
  const sight = await harness.executions.sightOf(runIdOf(stack, runId)).catch(() => null);
  return sight?.is === 'open' ? sight.state : null;
};

async function signalsOf(stack: string, runId: string): Promise<number> {
  const { events } = await runs.executionOf(stack, runId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
}

const pause = (ms: number) =>
  new Promise<void>((resolve) => {
    setTimeout(resolve, ms);
  });

describe('SpaceliftSweepWorkflow()', () => {
  test('reacts to nothing that ended before its schedule was made', async () => {
    const runId = await runs.endedRun('old');
    await pause(2100);
    expect(await sweeps.begin()).toMatchObject({ started: 0, told: 0, tooOld: 1 });
    expect(await sweeps.fire()).toMatchObject({ started: 0, told: 0, tooOld: 0 });
    expect(await runs.statusOf('old', runId)).toBe('MISSING');
  });

  test('finds a run nobody told of, whose execution comes to its end; and then has no more to say', async () => {
    await sweeps.begin();
    const runId = await runs.endedRun('untold');
    expect(await sweeps.fire()).toMatchObject({ started: 1, told: 0, tooOld: 0 });
    const result = await runs.executionOf('untold', runId).result();
    expect(result).toMatchObject({ state: 'FINISHED', outcome: 'completed' });
    expect(result.steps).toHaveLength(7);
    expect(await sweeps.fire()).toMatchObject({ started: 0, told: 0 });
    expect(await signalsOf('untold', runId)).toBe(1);
  });

  test('follows what was open when its schedule was made, and tells of its end', async () => {
    const runId = await runs.waitingRun('open-before');
    await pause(1000);
    expect(await sweeps.begin()).toMatchObject({ started: 1, openRuns: 1 });
    expect(await sweeps.fire()).toMatchObject({ started: 0, told: 0, openRuns: 1 });
    expect(await runs.statusOf('open-before', runId)).toBe('RUNNING');
    expect(await signalsOf('open-before', runId)).toBe(1);
    await runs.knows('open-before', runId, 'UNCONFIRMED');
    await runs.decide('runDiscard', 'open-before', runId);
    expect(await sweeps.fire()).toMatchObject({ started: 0, told: 1, openRuns: 0 });
    expect(await runs.executionOf('open-before', runId).result()).toMatchObject({
      state: 'DISCARDED',
    });
    expect(harness.notices.filter((notice) => notice.runId === runId)).toHaveLength(1);
  });

  test('tells an execution that its run waits, if it shows that it does not know', async () => {
    const runId = await runs.waitingRun('waits');
    const event = runEvent('waits', runId, 'PLANNING', 4);
    const { settings } = planOf().input;
    await harness.executions.signalWithStart(
      startOfRun(event, settings, event),
      { name: SIGNALS.runEvents, payload: { events: [{ event, delivery: deliveryFacts('p') }] } },
      'never',
    );
    expect(await sweeps.begin()).toMatchObject({ started: 0, told: 1 });
    await expect.poll(() => shownStateOf('waits', runId)).toBe('UNCONFIRMED');
    expect(await sweeps.fire()).toMatchObject({ started: 0, told: 0 });
    expect(await signalsOf('waits', runId)).toBe(2);
  });

  test('where silence is left to it, finds out what keeps a run in the queue', async () => {
    const stack = 'stuck';
    await harness.control('POST', '/stacks', { id: stack, autodeploy: true, lockedBy: 'ada' });
    const runId = await runs.startRun(stack);
    const { settings } = planOf().input;
    const watch = {
      remindAfterMs: 0,
      remindAtMostMs: 60_000,
      observedRunTypes: ['TRACKED'],
      leavesSilenceToSweeps: true,
    };
    const event = runEvent(stack, runId, 'QUEUED', 0);
    await harness.executions.signalWithStart(
      startOfRun(event, { ...settings, watch }, event),
      { name: SIGNALS.runEvents, payload: { events: [{ event, delivery: deliveryFacts('q') }] } },
      'never',
    );
    const changes = { settings: { ...settings, watch } };
    await sweeps.begin(changes);
    expect(await signalsOf(stack, runId)).toBe(1);
    expect(await sweeps.fire()).toMatchObject({ told: 1 });
    await expect.poll(() => shownStateOf(stack, runId)).toBe('QUEUED');
    await expect
      .poll(() => harness.notices.filter((notice) => notice.runId === runId))
      .toMatchObject([{ topic: 'run-waiting', state: 'QUEUED' }]);
    expect(await sweeps.fire()).toMatchObject({ told: 0 });
    await harness.control('POST', '/stacks', { id: stack, autodeploy: true, lockedBy: null });
    await runs.inState(runId, 'FINISHED');
    expect(await sweeps.fire()).toMatchObject({ told: 1 });
    expect(await runs.executionOf(stack, runId).result()).toMatchObject({ state: 'FINISHED' });
  });

  test('signals nobody while webhooks tell everything', async () => {
    await sweeps.begin();
    await runs.loseDeliveries(0);
    try {
      const ended = await runs.endedRun('told');
      await runs.executionOf('told', ended).result();
      const waiting = await runs.waitingRun('told-waits');
      await expect.poll(() => shownStateOf('told-waits', waiting)).toBe('UNCONFIRMED');
      const before = await signalsOf('told-waits', waiting);
      expect(await sweeps.fire()).toMatchObject({ started: 0, told: 0, openRuns: 1 });
      expect(await signalsOf('told-waits', waiting)).toBe(before);
    } finally {
      await runs.loseDeliveries(1);
    }
  });

  test('an expired token, to which lists are empty, makes no run vanish', async () => {
    const runId = await runs.waitingRun('not-gone');
    expect(await sweeps.begin()).toMatchObject({ openRuns: 1 });
    await harness.control('DELETE', '/tokens');
    expect(await sweeps.fire()).toMatchObject({ openRuns: 1, told: 0 });
    expect(await signalsOf('not-gone', runId)).toBe(1);
  });

  test('a firing that fails loses nothing of what the one before it knew', async () => {
    await runs.endedRun('known');
    await pause(2100);
    const first = await sweeps.begin();
    expect(first.tooOld).toBeGreaterThan(0);
    await harness.control('POST', '/faults', { operation: 'searchRuns', message: 'no such thing' });
    await expect(sweeps.fire()).rejects.toThrow();
    expect(await sweeps.fire()).toMatchObject({ started: 0, tooOld: 0 });
  });

  test('leaves alone what nobody asked to observe', async () => {
    await sweeps.begin();
    await harness.addStack('proposed');
    const runId = await runs.startRun('proposed', 'PROPOSED');
    await runs.inState(runId, 'FINISHED');
    expect(await sweeps.fire()).toMatchObject({ started: 0, openRuns: 0 });
    expect(await runs.statusOf('proposed', runId)).toBe('MISSING');
  });

  test('reads more runs than it has pages for in several sweeps', async () => {
    await sweeps.begin({ pagesLimit: 2 });
    const stacks = Array.from({ length: 20 }, (_, index) => `paged-${index}`);
    for (const stack of stacks) {
      await harness.addStack(stack);
      await harness.control('POST', `/stacks/${stack}/script`, { states: ['QUEUED', 'FINISHED'] });
      for (let run = 0; run < 15; run += 1) await runs.startRun(stack);
    }
    await eventually('300 runs ended', 40_000, async () =>
      (await runs.shownRuns()).filter(
        (run) => run.stack.startsWith('paged-') && stateOf(run) === 'FINISHED',
      ).length === 300
        ? true
        : null,
    );
    const results = [await sweeps.fire(), await sweeps.fire(), await sweeps.fire()];
    expect(results.map(({ started }) => started)).toEqual([100, 100, 100]);
    expect(results.map(({ isComplete }) => isComplete)).toEqual([false, false, false]);
    expect(await sweeps.fire()).toMatchObject({ started: 0, told: 0 });
    const [run] = await harness.runsOf('paged-0');
    expect(await runs.executionOf('paged-0', run?.id ?? '').result()).toMatchObject({
      outcome: 'completed',
    });
  }, 120_000);

  test('a webhook that was switched off gives one notice, and one when it is enabled again', async () => {
    const noticed = () =>
      harness.notices.filter(({ topic }) => topic.startsWith('webhook-')).map(({ topic }) => topic);
    await harness.control('POST', '/webhooks', { name: 'bridge', url: 'http://127.0.0.1:9' });
    await sweeps.begin({ webhookIds: ['bridge', 'nobody'] });
    expect(noticed()).toEqual(['webhook-disabled']);
    expect(harness.notices.at(-1)?.text).toContain('Webhook nobody is not there');
    await harness.addStack('noisy');
    for (let run = 0; run < 2; run += 1)
      await runs.inState(await runs.startRun('noisy'), 'FINISHED');
    await expect.poll(() => isEnabled('bridge')).toBe(false);
    const { memory } = await sweeps.fire();
    await sweeps.fire();
    expect(noticed()).toEqual(['webhook-disabled', 'webhook-disabled']);
    const [bridge] = memory.webhooks;
    expect(bridge).toMatchObject({ webhookId: 'bridge', state: 'disabled', isTold: true });
    const seen = new Date(bridge?.lastEnabledAt ?? 0).toISOString();
    expect(harness.notices.at(-1)).toMatchObject({
      topic: 'webhook-disabled',
      account: ACCOUNT,
      text: `Webhook bridge is switched off in Spacelift; last seen enabled: ${seen}`,
    });
    await harness.control('DELETE', '/tokens');
    await harness.control('POST', '/webhooks/bridge/enable');
    await sweeps.fire();
    await sweeps.fire();
    expect(noticed()).toEqual(['webhook-disabled', 'webhook-disabled', 'webhook-enabled']);
    await harness.control('DELETE', '/webhooks/bridge');
  });

  test('a webhook that the key may not read is told of once, and of what it is when it may', async () => {
    const before = harness.notices.length;
    const told = () => harness.notices.slice(before).map(({ topic, text }) => [topic, text]);
    await harness.control('POST', '/webhooks', { name: 'secretive', url: 'http://127.0.0.1:9' });
    const fault = { operation: 'namedWebhooksIntegration', message: 'unauthorized' };
    await harness.control('POST', '/faults', { ...fault, times: 6 });
    await sweeps.begin({ webhookIds: ['secretive'] });
    const { memory } = await sweeps.fire();
    expect(memory.webhooks).toMatchObject([{ state: 'forbidden', isTold: true }]);
    await harness.control('DELETE', '/faults');
    await sweeps.fire();
    await sweeps.fire();
    const words = 'cannot be watched: our API key may not read it; last seen enabled: never';
    expect(told()).toEqual([
      ['webhook-disabled', `Webhook secretive ${words}`],
      ['webhook-enabled', expect.stringContaining('Webhook secretive is enabled again')],
    ]);
    await harness.control('DELETE', '/webhooks/secretive');
  });

  test('an execution that closed is not started again, whatever Spacelift says of its run', async () => {
    const runId = await runs.waitingRun('cancelled');
    await sweeps.begin();
    await runs.executionOf('cancelled', runId).terminate();
    await runs.decide('runDiscard', 'cancelled', runId);
    expect(await sweeps.fire()).toMatchObject({ started: 0, told: 0 });
    expect(await runs.statusOf('cancelled', runId)).toBe('TERMINATED');
  });

  test('namespaces without our search attributes are swept too', async () => {
    await sweeps.begin({ settings: { ...SETTINGS, searchAttributes: [] } });
    const runId = await runs.endedRun('unattributed');
    expect(await sweeps.fire()).toMatchObject({ started: 1 });
    expect(await runs.executionOf('unattributed', runId).result()).toMatchObject({
      outcome: 'completed',
    });
  });
});
