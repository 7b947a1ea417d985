import { eventually } from '../../dev/launcher/eventually.ts';
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

  test('a failing branch of a diamond stops what is below it, siblings go on, a retry resumes, once', async () => {
    await kit.addStacks({
      'd-root': [],
      'd-a': ['d-root'],
      'd-b': ['d-root'],
      'd-c': ['d-a', 'd-b'],
      'd-d': ['d-c'],
      'd-e': ['d-b'],
    });
    await kit.script('d-a', ['PREPARING', 'PLANNING', 'FAILED']);
    const root = await kit.run('d-root');
    const nodes = await kit.reached(root, {
      'd-a': 'failed',
      'd-b': 'completed',
      'd-e': 'completed',
      'd-c': 'stopped',
      'd-d': 'stopped',
    });
    const [failed] = await kit.runsOf('d-a');
    const reason = `d-a failed: its run ${failed?.id} is FAILED`;
    for (const id of ['d-c', 'd-d'])
      expect(nodes.find((node) => node.id === id)?.reason).toBe(reason);
    expect(await kit.runsOf('d-c')).toEqual([]);

    await kit.run('d-a');
    expect((await kit.result(root)).outcome).toBe('completed');
    for (const stack of ['d-b', 'd-c', 'd-d', 'd-e'])
      expect(await kit.runsOf(stack)).toHaveLength(1);
    expect(await kit.runsOf('d-a')).toHaveLength(2);
    const ids = await kit.propagations();
    expect(ids.filter((id) => id.endsWith(root))).toHaveLength(1);
    const open = (await kit.registry().query<{ open: unknown[] }>('progress')).open;
    expect(open).toEqual([]);
  });

  test('refuses a cycle by name, tells people, and starts nothing', async () => {
    await kit.addStacks({ 'r-root': [], 'r-x': ['r-root', 'r-y'], 'r-y': ['r-x'] });
    const root = await kit.run('r-root');
    const notice = await eventually('notice of the cycle', 30_000, async () =>
      kit.harness.notices.find(({ topic }) => topic === 'propagation-refused'),
    );
    expect(notice).toMatchObject({ stackId: 'r-root', runId: root });
    expect(notice?.text).toContain('r-x → r-y → r-x');
    expect(await kit.runsOf('r-x')).toEqual([]);
  });
});
