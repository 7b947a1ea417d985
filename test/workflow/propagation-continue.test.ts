import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type PropagationKit, startPropagationKit } from './propagation-kit.ts';

let kit: PropagationKit;

beforeAll(async () => {
  kit = await startPropagationKit(inject('temporalCli'), { maximumEvents: 20, runsLimit: 2 });
});
afterAll(() => kit.stop());

describe('SpaceliftPropagationWorkflow() that continues as new', () => {
  test('forgets neither what failed nor its limit, and resumes', async () => {
    await kit.addStacks({
      w0: [],
      w1: ['w0'],
      w2: ['w1'],
      w3: ['w2'],
      w4: ['w3'],
      ...Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`x${index}`, ['w0']])),
    });
    await kit.script('w2', ['PREPARING', 'PLANNING', 'FAILED']);
    const root = await kit.run('w0');
    const xs = Object.fromEntries(
      Array.from({ length: 5 }, (_, index) => [`x${index}`, 'completed']),
    );
    await kit.reached(root, { w2: 'failed', w3: 'stopped', w4: 'stopped', ...xs });
    const first = await kit.handleOf(root).describe();
    await kit.run('w2');
    expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
    expect(first.raw.workflowExecutionInfo?.firstRunId).not.toBe(first.runId);
    for (const stack of ['w3', 'w4', 'x0', 'x4']) expect(await kit.runsOf(stack)).toHaveLength(1);
    const registry = await kit.registry().describe();
    expect(registry.raw.workflowExecutionInfo?.firstRunId).not.toBe(registry.runId);

    const spans = (await kit.allRuns())
      .filter(({ userMetadata }) => userMetadata.some((text) => text.includes('propagation.')))
      .map(({ createdAt, since }) => ({ createdAt, since }));
    for (const { createdAt } of spans) {
      const atOnce = spans.filter((span) => span.createdAt <= createdAt && createdAt < span.since);
      expect(atOnce.length).toBeLessThanOrEqual(2);
    }
  });
});
