import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type PropagationKit, startPropagationKit } from './propagation-kit.ts';

let kit: PropagationKit;

beforeAll(async () => {
  kit = await startPropagationKit(inject('temporalCli'));
});
afterAll(() => kit.stop());

describe('SpaceliftPropagationWorkflow()', () => {
  test('runs a chain, each stack after its parent, once, and tells where it began', async () => {
    await kit.addStacks({ 'c-1': [], 'c-2': ['c-1'], 'c-3': ['c-2'] });
    const root = await kit.run('c-1');
    const result = await kit.result(root);
    expect(result).toMatchObject({
      outcome: 'completed',
      roots: [{ stackId: 'c-1', runId: root }],
      nodes: [
        { id: 'c-1', phase: 'completed', runId: root },
        { id: 'c-2', phase: 'completed' },
        { id: 'c-3', phase: 'completed' },
      ],
    });
    for (const stack of ['c-1', 'c-2', 'c-3']) expect(await kit.runsOf(stack)).toHaveLength(1);
    const [run] = await kit.runsOf('c-3');
    expect(run?.userMetadata[0]).toBe(`spacelift-temporal/propagation.${root}.1;cause=c-1`);
    expect(await kit.propagations()).toEqual([`propagations/demo/${root}`]);
  });
});
