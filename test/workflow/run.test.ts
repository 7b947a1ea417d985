import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createEnvelope } from '../../shared/contract/envelope.ts';
import type { RunEvent } from '../../shared/contract/events.ts';
import { SIGNALS } from '../../shared/contract/names.ts';
import { continueTrace } from '../../shared/contract/trace.ts';
import { signalFor } from '../../shared/workflow/messages.ts';
import { startOfRun } from '../../shared/workflow/start.ts';
import { forwardBatch } from '../../worker/starter/forwarder.ts';
import { runEvent } from '../events.ts';
import { deliveryFacts, type Harness, runIdOf, SETTINGS, startHarness } from './harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness(inject('temporalCli'));
});
afterAll(() => harness.stop());

const STATES = ['QUEUED', 'READY', 'PREPARING', 'INITIALIZING', 'PLANNING', 'APPLYING', 'FINISHED'];

/** Runs the simulator has never heard of: the execution has only the deliveries to go by. */
const eventsOf = (runId: string, states: readonly string[] = STATES) =>
  states.map((state, stateVersion) => runEvent('unknown-stack', runId, state, stateVersion));

async function deliver(event: RunEvent) {
  return harness.executions.signalWithStart(
    startOfRun(event, SETTINGS, event),
    {
      name: signalFor(event.type).name,
      payload: { events: [{ event, delivery: deliveryFacts(`${event.runId}/${event.state}`) }] },
    },
    'never',
  );
}

const resultOf = (runId: string) => harness.handleOf(runIdOf('unknown-stack', runId)).result();

describe('run execution', () => {
  test('native QUEUED … FINISHED make one execution, and never trigger a run', async () => {
    const verdicts = [];
    for (const event of eventsOf('one')) verdicts.push(await deliver(event));
    expect(verdicts).toEqual(['started', ...Array.from({ length: 6 }, () => 'signalled')]);
    const result = await resultOf('one');
    expect(result).toMatchObject({
      eventType: 'completed',
      account: 'demo',
      stackId: 'unknown-stack',
      runId: 'one',
      state: 'FINISHED',
      outcome: 'completed',
      attempts: 0,
    });
    expect(result.steps.map(({ step }) => step)).toEqual(STATES);
    const { operations } = (await harness.control('GET', '/journal')) as {
      operations: { operation: string }[];
    };
    expect(operations.map(({ operation }) => operation)).not.toContain('runTrigger');
  });

  test('ends the same in any order, told twice and by both families', async () => {
    const events = eventsOf('shuffled');
    const told = [5, 1, 1, 4, 0, 3, 2, 5].flatMap((index) => events[index] ?? []);
    for (const event of told) {
      await deliver(event);
      await deliver({ ...event, family: 'run_updated', order: 'derived' });
    }
    await deliver(runEvent('unknown-stack', 'shuffled', 'FINISHED', 6));
    const result = await resultOf('shuffled');
    expect(result.steps.map(({ step }) => step)).toEqual(STATES);
    expect(result.outcome).toBe('completed');
  });

  test('a terminal event counts even when its stateVersion is stale', async () => {
    for (const event of eventsOf('stale', STATES.slice(0, 5))) await deliver(event);
    await deliver(runEvent('unknown-stack', 'stale', 'FAILED', 2));
    expect(await resultOf('stale')).toMatchObject({ state: 'FAILED', outcome: 'failed' });
  });

  test('a late event for a closed execution starts no other', async () => {
    await deliver(runEvent('unknown-stack', 'late', 'FINISHED', 5));
    await resultOf('late');
    expect(await deliver(runEvent('unknown-stack', 'late', 'PLANNING', 4))).toBe('closed');
  });

  test('what the starter forwards to a closed execution is already-handled, completed or cancelled', async () => {
    const forward = async (event: RunEvent) => {
      const key = `run/${event.runId}/${event.state}/${event.stateVersion}`;
      const facts = { key, deliveryId: key, traceparent: continueTrace(null), receivedAt: 1 };
      const [verdict] = await forwardBatch([createEnvelope(event, facts)], {
        executions: harness.executions,
        routing: async () => ({ settings: SETTINGS, observedRunTypes: ['TRACKED'] }),
        now: Date.now,
      });
      return verdict?.verdict;
    };
    const planning = runEvent('unknown-stack', 'closed', 'PLANNING', 4);
    const finished = runEvent('unknown-stack', 'closed', 'FINISHED', 5);
    expect(await forward(finished)).toBe('started');
    await resultOf('closed');
    expect([await forward(planning), await forward(finished)]).toEqual([
      'already-handled',
      'already-handled',
    ]);

    const cancelled = runEvent('unknown-stack', 'cancelled', 'PLANNING', 4);
    expect(await forward(cancelled)).toBe('started');
    await harness.handleOf(runIdOf('unknown-stack', 'cancelled')).cancel();
    await expect(resultOf('cancelled')).rejects.toThrow();
    expect(await forward(cancelled)).toBe('already-handled');
  });

  test('a person waits for once per state, however often it is told', async () => {
    const waiting = runEvent('unknown-stack', 'waits', 'UNCONFIRMED', 5);
    for (const event of [waiting, waiting, { ...waiting, order: 'derived' as const }])
      await deliver(event);
    await deliver(runEvent('unknown-stack', 'waits', 'DISCARDED', 6));
    const result = await resultOf('waits');
    expect(result).toMatchObject({ eventType: 'ended', outcome: 'ended', state: 'DISCARDED' });
    const told = harness.notices.filter(({ runId }) => runId === 'waits');
    expect(told.map(({ topic }) => topic)).toEqual(['run-waiting']);
  });

  test('a failed run is told to people and recorded as handle_failed_run', async () => {
    await deliver(runEvent('unknown-stack', 'fails', 'APPLYING', 5));
    await deliver(runEvent('unknown-stack', 'fails', 'FAILED', 6));
    const result = await resultOf('fails');
    expect(result.reason).toBe('run failed in APPLYING');
    expect(result.done.map(({ action }) => action)).toEqual(['notify FAILED', SIGNALS.failedRun]);
    expect(harness.notices.find(({ runId }) => runId === 'fails')).toMatchObject({
      topic: 'run-failed',
      stackId: 'unknown-stack',
    });
  });

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['text', 'text'],
    ['a number', 7],
    ['an empty object', {}],
    ['events that are none', { events: 'x' }],
    ['an event without a delivery', { events: [{ event: {} }] }],
  ])('a signal sent by hand with %s prompts a look and fails nothing', async (name, payload) => {
    const runId = `hand-${name.replaceAll(' ', '-')}`;
    await deliver(runEvent('unknown-stack', runId, 'PLANNING', 4));
    await harness.executions.signal(runIdOf('unknown-stack', runId), {
      name: SIGNALS.completedRun,
      payload,
    });
    await deliver(runEvent('unknown-stack', runId, 'FINISHED', 5));
    expect(await resultOf(runId)).toMatchObject({ outcome: 'completed' });
  });

  test('after silence it asks Spacelift, which fills what no webhook told', async () => {
    await harness.control('POST', '/stacks', { id: 'silent', autodeploy: true });
    const run = (await harness.control('POST', '/stacks/silent/runs', {})) as { id: string };
    const quiet = { ...SETTINGS, silenceMs: 500 };
    const event = runEvent('silent', run.id, 'QUEUED', 0);
    await harness.executions.signalWithStart(
      startOfRun(event, quiet, event),
      { name: SIGNALS.runEvents, payload: {} },
      'never',
    );
    const result = await harness.handleOf(runIdOf('silent', run.id)).result();
    expect(result).toMatchObject({ outcome: 'completed', state: 'FINISHED' });
    expect(result.steps.map(({ step }) => step)).toEqual(STATES);
  });

  test('an end that Spacelift does not confirm is taken back', async () => {
    await harness.control('POST', '/stacks', { id: 'unconfirmed', autodeploy: false });
    const run = (await harness.control('POST', '/stacks/unconfirmed/runs', {})) as { id: string };
    const id = runIdOf('unconfirmed', run.id);
    const forged = runEvent('unconfirmed', run.id, 'FINISHED', 9);
    await deliver(forged);
    await expect
      .poll(async () => JSON.stringify(await harness.handleOf(id).query('progress')), {
        timeout: 20_000,
      })
      .toContain('UNCONFIRMED');
    expect((await harness.handleOf(id).describe()).status.name).toBe('RUNNING');
    await callDiscard(run.id);
    expect(await harness.handleOf(id).result()).toMatchObject({ state: 'DISCARDED' });
  });
});

async function callDiscard(run: string) {
  const post = async (query: string, authorization?: string) => {
    const answer = await fetch(`${harness.simulatorUrl}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(authorization !== undefined && { authorization }),
      },
      body: JSON.stringify({ query }),
    });
    return (await answer.json()) as { data: { apiKeyUser: { jwt: string } } };
  };
  const { data } = await post(
    'mutation { apiKeyUser(id: "01JSIMULATORKEY00000000000", secret: "simulator-secret") { jwt } }',
  );
  await post(
    `mutation { runDiscard(stack: "unconfirmed", run: "${run}") { id } }`,
    `Bearer ${data.apiKeyUser.jwt}`,
  );
}
