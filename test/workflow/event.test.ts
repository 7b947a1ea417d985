import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { startOfEvent } from '../../shared/workflow/start.ts';
import { auditEvent, INTERNAL_ERROR, moduleVersionEvent, stackEvent } from '../events.ts';
import { deliveryFacts, type Harness, SETTINGS, startHarness } from './harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness(inject('temporalCli'));
});
afterAll(() => harness.stop());

async function record(key: string, event: Parameters<typeof startOfEvent>[0]) {
  const start = startOfEvent(event, deliveryFacts(key), SETTINGS);
  await harness.executions.start(start, 'never');
  return harness.handleOf(start.workflowId).result();
}

const failed = stackEvent('network', {
  occurredAt: 1_760_000_000_000,
  error: 'plan exploded',
});

describe('event execution', () => {
  test('a failed that names no run is logged, told to people, and returned', async () => {
    expect(await record('failed', failed)).toMatchObject({
      eventType: 'failed',
      stackId: 'network',
      runId: null,
      outcome: 'failed',
      attempts: 0,
      reason: 'plan exploded',
      steps: [{ step: 'failed', at: '2025-10-09T08:53:20.000Z' }],
    });
    expect(harness.notices.at(-1)).toMatchObject({
      topic: 'stack-failed',
      text: 'Stack network reported failed: plan exploded',
    });
  });

  test('a completed that names no run is returned and told to nobody', async () => {
    const before = harness.notices.length;
    const result = await record('completed', { ...failed, type: 'completed', error: null });
    expect(result).toMatchObject({ eventType: 'completed', outcome: 'completed', reason: null });
    expect(result.done.map(({ action }) => action)).toEqual(['handle_completed_run']);
    expect(harness.notices).toHaveLength(before);
  });

  test('an internal error is told to people', async () => {
    const result = await record('internal', INTERNAL_ERROR);
    expect(result).toMatchObject({
      eventType: 'internal_error',
      stackId: null,
      outcome: 'recorded',
    });
    expect(harness.notices.at(-1)).toMatchObject({ topic: 'internal-error', stackId: null });
  });

  test('a module version that failed is told to people, with its module in the place of a stack', async () => {
    const version = moduleVersionEvent('vpc', { state: 'FAILED', latest: false });
    const result = await record('module/demo/vpc/01VERSION/FAILED', version);
    expect(result).toMatchObject({
      eventType: 'module_version',
      stackId: 'vpc',
      runId: null,
      state: 'FAILED',
      outcome: 'recorded',
      attempts: 0,
      reason: 'version 1.4.0 failed its tests',
      steps: [{ step: 'module_version', at: '2025-10-09T08:53:20.000Z' }],
      done: [{ action: 'notify module_version', outcome: 'done' }],
    });
    expect(harness.notices.at(-1)).toMatchObject({
      topic: 'module-version-failed',
      stackId: 'vpc',
      state: 'FAILED',
      text: 'Module vpc: version 1.4.0 failed its tests',
    });
  });

  test.each([
    ['a module version that is to be had', moduleVersionEvent('vpc'), 'vpc', 'ACTIVE'],
    [
      'a module version in a state of which nobody has heard',
      moduleVersionEvent('vpc', { state: 'NEW' }),
      'vpc',
      'NEW',
    ],
    ['an entry of the audit trail', auditEvent(), null, null],
  ])('%s is recorded and told to nobody', async (name, event, stackId, state) => {
    const before = harness.notices.length;
    const result = await record(name.replaceAll(' ', '-'), event);
    expect(result).toMatchObject({
      eventType: event.type,
      stackId,
      state,
      outcome: 'recorded',
      reason: null,
      done: [],
      steps: [{ step: event.type, at: '2025-10-09T08:53:20.000Z' }],
    });
    expect(harness.notices).toHaveLength(before);
  });
});
