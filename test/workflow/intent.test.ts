import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startOfIntent } from '../../shared/workflow/start.ts';
import { intentEvent } from '../events.ts';
import { deliveryFacts, type Harness, intentIdOf, SETTINGS, startHarness } from './harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness(inject('temporalCli'));
});
afterAll(() => harness.stop());

const pursue: Harness['pursue'] = (...intent) => harness.pursue(...intent);
const runsOf: Harness['runsOf'] = (stackId) => harness.runsOf(stackId);
const stack: Harness['addStack'] = (id) => harness.addStack(id);

describe('intent execution', () => {
  test('ends with one run of its own, seen through to completed', async () => {
    const stackId = await stack('intent-once');
    const { result } = await pursue(stackId, 'key.once');
    const ended = await result;
    expect(ended).toMatchObject({
      eventType: 'triggered',
      account: 'demo',
      stackId,
      state: 'FINISHED',
      outcome: 'completed',
      attempts: 1,
      reason: null,
    });
    expect(ended.steps.map(({ step }) => step)).toEqual([
      'asked lane for run',
      'run made',
      'attached to run',
      'QUEUED',
      'READY',
      'PREPARING',
      'INITIALIZING',
      'PLANNING',
      'APPLYING',
      'FINISHED',
    ]);
    expect(ended.done.map(({ action }) => action)).toEqual(['trigger-run', 'handle_completed_run']);
    const runs = await runsOf(stackId);
    expect(runs.map(({ id }) => id)).toEqual([ended.runId]);
  });

  test('with the same key starts nothing new', async () => {
    const stackId = await stack('intent-same-key');
    const first = await pursue(stackId, 'key.same');
    const again = await pursue(stackId, 'key.same');
    expect([first.started, again.started]).toEqual(['started', 'already-handled']);
    await first.result;
    expect((await pursue(stackId, 'key.same')).started).toBe('already-handled');
    expect(await runsOf(stackId)).toHaveLength(1);
  });

  test('retries 503 by policy and counts the attempts: one run, three attempts', async () => {
    const stackId = await stack('intent-503');
    await harness.control('POST', '/faults', { operation: 'runTrigger', status: 503, times: 2 });
    const ended = await (await pursue(stackId, 'key.503')).result;
    expect(ended).toMatchObject({ outcome: 'completed', attempts: 3 });
    expect(await runsOf(stackId)).toHaveLength(1);
  });

  test('finds the run that was made although the answer was lost', async () => {
    const stackId = await stack('intent-lost-answer');
    await harness.control('POST', '/faults', {
      operation: 'runTrigger',
      status: 502,
      created: true,
    });
    const ended = await (await pursue(stackId, 'key.lost')).result;
    expect(ended).toMatchObject({ outcome: 'completed', attempts: 1 });
    const runs = await runsOf(stackId);
    expect(runs.map(({ id }) => id)).toEqual([ended.runId]);
  });

  test('gives up after the attempts the event asks for', async () => {
    const stackId = await stack('intent-gives-up');
    await harness.control('POST', '/faults', { operation: 'runTrigger', status: 503, times: 2 });
    const ended = await (await pursue(stackId, 'key.up', { retry: { maximumAttempts: 2 } })).result;
    expect(ended).toMatchObject({ outcome: 'not-triggered', attempts: 2, runId: null });
    expect(ended.reason).toContain('status is 503');
    expect(await runsOf(stackId)).toHaveLength(0);
  });

  test('says that the stack is unknown, after one attempt', async () => {
    const ended = await (await pursue('no-such-stack', 'key.unknown')).result;
    expect(ended).toMatchObject({ outcome: 'not-triggered', attempts: 1, runId: null });
    expect(ended.reason).toMatch(/^Cannot trigger a TRACKED run of stack no-such-stack: /);
  });

  test('says that the account has no API key', async () => {
    const event = intentEvent('any', 'key.other', { account: 'other' });
    const start = startOfIntent(event, deliveryFacts('key.other'), SETTINGS);
    await harness.executions.start(start, 'never');
    const ended = await harness.handleOf(start.workflowId).result();
    expect(ended).toMatchObject({ outcome: 'not-triggered', attempts: 1 });
    expect(ended.reason).toContain('no API key is configured for it');
  });

  test('ends failed when its run fails, and says where', async () => {
    const stackId = await stack('intent-fails');
    await harness.control('POST', `/stacks/${stackId}/script`, { failAt: 'APPLYING' });
    const ended = await (await pursue(stackId, 'key.fails')).result;
    expect(ended).toMatchObject({
      outcome: 'failed',
      state: 'FAILED',
      reason: 'run failed in APPLYING',
    });
    expect(ended.done.map(({ action }) => action)).toContain('handle_failed_run');
  });

  test('ten at once for one stack: ten runs, each its own', async () => {
    const stackId = await stack('intent-ten');
    const keys = Array.from({ length: 10 }, (_, index) => `key.${index}`);
    const results = await Promise.all(keys.map(async (key) => (await pursue(stackId, key)).result));
    const ids = results.map(({ runId }) => runId);
    expect(new Set(ids).size).toBe(10);
    expect(new Set((await runsOf(stackId)).map(({ id }) => id))).toEqual(new Set(ids));
  });

  test('shows itself in the list of executions', async () => {
    const stackId = await stack('intent-listed');
    const ended = await (await pursue(stackId, 'key.listed')).result;
    const description = await harness.handleOf(intentIdOf(stackId, 'key.listed')).describe();
    expect(
      Object.fromEntries(
        description.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]),
      ),
    ).toMatchObject({
      SpaceliftAccount: 'demo',
      SpaceliftStack: stackId,
      SpaceliftRun: ended.runId,
      SpaceliftOutcome: 'completed',
      SpaceliftState: 'FINISHED',
    });
  });
});
