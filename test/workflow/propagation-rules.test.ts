import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type PropagationKit, startPropagationKit } from './propagation-kit.ts';

let kit: PropagationKit;

beforeAll(async () => {
  kit = await startPropagationKit(inject('temporalCli'), {
    onlyIfChanged: true,
    poolLimits: [{ label: 'large', runsLimit: 1 }],
  });
});
afterAll(() => kit.stop());

test('PROPAGATION_ONLY_IF_CHANGED leaves out what is below a run that changed nothing', async () => {
  await kit.addStacks({ 'u-root': [], 'u-a': ['u-root'], 'u-b': ['u-root'], 'u-c': ['u-a'] });
  await kit.harness.control('POST', '/stacks/u-a/script', { changes: false, runs: 1 });
  const root = await kit.run('u-root');
  expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
  expect(await kit.runsOf('u-a')).toHaveLength(1);
  expect(await kit.runsOf('u-b')).toHaveLength(1);
  expect(await kit.runsOf('u-c')).toEqual([]);
});

test('PROPAGATION_POOL_LIMITS hold on worker pools with the label, and nowhere else', async () => {
  await kit.addStacks({ 'p-root': [], 'p-free': ['p-root'] });
  const workerPool = { id: 'pool-1', labels: ['large'] };
  const pooled = { 'p-a': ['p-root'], 'p-b': ['p-root'], 'p-c': ['p-root'] };
  await kit.addStacks(pooled, { workerPool });
  const root = await kit.run('p-root');
  expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
  const all = (await kit.allRuns()).filter(({ stack }) => Object.hasOwn(pooled, stack));
  expect(all.map(({ stack }) => stack).sort()).toEqual(['p-a', 'p-b', 'p-c']);
  for (const run of all) {
    const others = all.filter(({ id }) => id !== run.id);
    expect(
      others.filter(({ createdAt, since }) => createdAt < run.since && run.createdAt < since),
    ).toEqual([]);
  }
  expect(await kit.runsOf('p-free')).toHaveLength(1);
});
