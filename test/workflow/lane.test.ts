import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type Harness, SETTINGS, startHarness } from './harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness(inject('temporalCli'));
});
afterAll(() => harness.stop());

const NOTHING_MADE = { operation: 'runTrigger', status: 503 };

/** As runs look that our own key made. */
const OURS = { triggeredBy: 'api::01JSIMULATORKEY00000000000' };

/** Older than what clocks may differ by, to the second. */
const OLD_MS = 3500;

describe('lane execution', () => {
  test('does not give the run of one intent to the next, whose trigger made none', async () => {
    const stackId = await harness.addStack('lane-assigned');
    const first = await harness.pursue(stackId, 'key.first');
    await expect
      .poll(async () => (await harness.runsOf(stackId)).length, { timeout: 20_000 })
      .toBe(1);
    await harness.control('POST', '/faults', NOTHING_MADE);
    const second = await harness.pursue(stackId, 'key.second');
    const [one, other] = await Promise.all([first.result, second.result]);
    expect([one.attempts, other.attempts]).toEqual([1, 2]);
    expect(one.runId).not.toBe(other.runId);
    expect(await harness.runsOf(stackId)).toHaveLength(2);
  });

  test('does not give a late run to an intent that was asked for after it', async () => {
    const stackId = await harness.addStack('lane-late');
    const settings = { ...SETTINGS, doubtHorizonMs: 60_000 };
    await harness.control('POST', '/faults', NOTHING_MADE);
    const once = { retry: { maximumAttempts: 1 } };
    const given = await harness.pursue(stackId, 'key.given-up', once, settings);
    expect(await given.result).toMatchObject({ outcome: 'not-triggered' });
    const late = (await harness.control('POST', `/stacks/${stackId}/runs`, OURS)) as { id: string };
    await new Promise((resolve) => setTimeout(resolve, OLD_MS));
    const after = await harness.pursue(stackId, 'key.after', {}, settings);
    const result = await after.result;
    expect(result).toMatchObject({ outcome: 'completed', attempts: 1 });
    expect(result.runId).not.toBe(late.id);
    expect(await harness.runsOf(stackId)).toHaveLength(2);
  });
});
