/** Intents whose lane the starter asks in their name: one run each, whatever becomes of the starter on the way. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createEnvelope } from '../../shared/contract/envelope.ts';
import { laneExecutionId } from '../../shared/contract/ids.ts';
import { continueTrace } from '../../shared/contract/trace.ts';
import type { WorkflowSettings } from '../../shared/workflow/settings.ts';
import { startOfIntent } from '../../shared/workflow/start.ts';
import type { StarterExecutions } from '../../worker/executions.ts';
import { forwardBatch } from '../../worker/starter/forwarder.ts';
import { ACCOUNT, intentEvent } from '../events.ts';
import { deliveryFacts, type Harness, intentIdOf, SETTINGS, startHarness } from './harness.ts';
import { historyCostOf } from '../../dev/history-cost.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness(inject('temporalCli'));
});
afterAll(() => harness.stop());

const withPatience = (patienceMs: number, changes: Partial<WorkflowSettings> = {}) => ({
  ...SETTINGS,
  ...changes,
  ...(SETTINGS.intents && { intents: { ...SETTINGS.intents, patienceMs } }),
});

const NEVER_ALONE = withPatience(0);

/** The verdict of a starter that calls Temporal so. */
async function forward(
  stackId: string,
  executions: StarterExecutions = harness.executions,
  settings: WorkflowSettings = NEVER_ALONE,
) {
  const facts = { ...deliveryFacts('key.1'), traceparent: continueTrace(null), receivedAt: 0 };
  const [answer] = await forwardBatch([createEnvelope(intentEvent(stackId, 'key.1'), facts)], {
    executions,
    routing: async () => ({ settings, observedRunTypes: [] }),
    now: Date.now,
  });
  return answer?.verdict;
}

const intentOf = (stackId: string) => harness.handleOf(intentIdOf(stackId, 'key.1'));
const laneOf = (stackId: string) => harness.handleOf(laneExecutionId(ACCOUNT, stackId));

/** Never gets to its second call: to the server that is what a starter looks like that died. */
const dying = (): StarterExecutions => ({
  ...harness.executions,
  signalWithStart: () => Promise.reject(new Error('died')),
});

async function activitiesOf(stackId: string): Promise<readonly (string | null | undefined)[]> {
  const { events } = await intentOf(stackId).fetchHistory();
  return (events ?? []).flatMap(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name ?? [],
  );
}

describe('intent that the starter asks for', () => {
  test('asks nothing by itself, and gets its run', async () => {
    const stackId = await harness.addStack('asked');
    expect(await forward(stackId)).toBe('started');
    const result = await intentOf(stackId).result();
    expect(result).toMatchObject({ outcome: 'completed', attempts: 1 });
    expect(result.steps[0]?.step).toBe('asked lane for run');
    expect(await activitiesOf(stackId)).toEqual([]);
  });

  test('gets its run when the starter dies in between and the delivery comes again', async () => {
    const stackId = await harness.addStack('asked-again');
    expect(await forward(stackId, dying())).toBe('retry');
    expect((await intentOf(stackId).describe()).status.name).toBe('RUNNING');
    expect(await harness.runsOf(stackId)).toEqual([]);
    expect(await forward(stackId)).toBe('already-handled');
    expect(await intentOf(stackId).result()).toMatchObject({ outcome: 'completed', attempts: 1 });
    expect(await harness.runsOf(stackId)).toHaveLength(1);
  });

  test('asks by itself after its patience when the delivery never comes again', async () => {
    const stackId = await harness.addStack('asked-never');
    expect(await forward(stackId, dying(), withPatience(1500))).toBe('retry');
    expect(await intentOf(stackId).result()).toMatchObject({ outcome: 'completed', attempts: 1 });
    expect(await activitiesOf(stackId)).toEqual(['askLane']);
    expect(await harness.runsOf(stackId)).toHaveLength(1);
  });

  test('gets one run of several starters at once', async () => {
    const stackId = await harness.addStack('asked-at-once');
    const verdicts = await Promise.all([1, 2, 3, 4].map(() => forward(stackId)));
    expect(verdicts.filter((verdict) => verdict === 'started')).toHaveLength(1);
    expect(await intentOf(stackId).result()).toMatchObject({ outcome: 'completed' });
    expect(await harness.runsOf(stackId)).toHaveLength(1);
  });

  test('gets no second run when the delivery comes again after its lane has closed', async () => {
    const stackId = await harness.addStack('asked-late');
    await harness.control('POST', `/stacks/${stackId}/script`, { states: ['UNCONFIRMED'] });
    const settings = withPatience(0, { laneIdleMs: 1000 });
    expect(await forward(stackId, harness.executions, settings)).toBe('started');
    await laneOf(stackId).result();
    expect((await intentOf(stackId).describe()).status.name).toBe('RUNNING');
    expect(await forward(stackId, harness.executions, settings)).toBe('already-handled');
    await intentOf(stackId).terminate();
    expect(await forward(stackId, harness.executions, settings)).toBe('already-handled');
    expect((await laneOf(stackId).describe()).status.name).toBe('COMPLETED');
    expect(await harness.runsOf(stackId)).toHaveLength(1);
  });

  test('asks at once when a starter of before started it', async () => {
    const stackId = await harness.addStack('asks-alone');
    const event = intentEvent(stackId, 'key.1');
    await harness.executions.start(
      startOfIntent(event, deliveryFacts('key.1'), NEVER_ALONE),
      'never',
    );
    expect(await intentOf(stackId).result()).toMatchObject({ outcome: 'completed', attempts: 1 });
    expect(await activitiesOf(stackId)).toEqual(['askLane']);
  });

  test('costs four Actions, and its lane three', async () => {
    const stackId = await harness.addStack('asked-cost');
    expect(await forward(stackId)).toBe('started');
    await intentOf(stackId).result();
    const [own, lane] = await Promise.all(
      [intentOf(stackId), laneOf(stackId)].map(
        async (handle) => (await historyCostOf(handle)).billed,
      ),
    );
    expect(own?.toSorted()).toEqual(['search attributes', 'signal', 'signal', 'start']);
    expect(lane?.toSorted()).toEqual(['activity', 'signal', 'timer']);
  });
});
