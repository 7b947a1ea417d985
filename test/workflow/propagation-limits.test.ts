import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { eventually } from '../../dev/launcher/eventually.ts';
import type { RegistryMemory } from '../../shared/workflow/propagation-messages.ts';
import { type PropagationKit, startPropagationKit } from './propagation-kit.ts';

/** Machines are busy, and here one run waits for the other. */
const LIMIT_MS = 120_000;

let kit: PropagationKit;

beforeAll(async () => {
  kit = await startPropagationKit(inject('temporalCli'), { runsLimit: 1, slotPatienceMs: 1000 });
});
afterAll(() => kit.stop());

const fan = (root: string) => ({
  [root]: [],
  [`${root}-a`]: [root],
  [`${root}-b`]: [root],
  [`${root}-c`]: [`${root}-a`],
});

/** Of the runs that propagations made, from the first to the last millisecond. */
async function spans() {
  const runs = await kit.allRuns();
  return runs
    .filter(({ userMetadata }) => userMetadata.some((text) => text.includes('propagation.')))
    .map(({ stack, createdAt, since }) => ({ stack, createdAt, since }));
}

const slotsOf = async () => (await kit.registry().query<RegistryMemory>('progress')).slots ?? [];

describe('PROPAGATION_RUNS_LIMIT', () => {
  test(
    'of 1 keeps two propagations from ever having two runs under way',
    { timeout: LIMIT_MS },
    async () => {
      await kit.addStacks({ ...fan('one'), ...fan('two') });
      const roots = await Promise.all([kit.run('one'), kit.run('two')]);
      const results = await Promise.all(roots.map((root) => kit.result(root)));
      for (const result of results) expect(result.outcome).toBe('completed');
      const all = await spans();
      expect(all.map(({ stack }) => stack).sort()).toEqual([
        'one-a',
        'one-b',
        'one-c',
        'two-a',
        'two-b',
        'two-c',
      ]);
      for (const { stack, createdAt, since } of all) {
        const others = all.filter((other) => other.stack !== stack);
        const atOnce = others.filter((other) => other.createdAt < since && createdAt < other.since);
        expect(atOnce).toEqual([]);
      }
      expect(
        await eventually('no slots', 30_000, async () =>
          (await slotsOf()).length === 0 ? 'none' : null,
        ),
      ).toBe('none');
    },
  );

  test(
    'a propagation that was terminated holds nobody up for ever',
    { timeout: LIMIT_MS },
    async () => {
      await kit.addStacks({ held: [], next: [], 'next-a': ['next'] });
      await kit.addStacks({ 'held-a': ['held'] }, { autodeploy: false });
      const held = await kit.run('held');
      await kit.reached(held, { 'held-a': 'started' });
      const next = await kit.run('next');
      const nodes = await kit.reached(next, { 'next-a': 'waiting' });
      expect(nodes.find(({ id }) => id === 'next-a')?.reason).toBe(
        'held by the limit of 1 runs at a time',
      );
      await kit.handleOf(held).terminate('as an operator does');
      expect(await kit.result(next)).toMatchObject({ outcome: 'completed' });
    },
  );

  test(
    'holds for a propagation alone when its registry was terminated',
    { timeout: LIMIT_MS },
    async () => {
      await kit.addStacks({ lone: [], 'lone-b': ['lone'] });
      await kit.addStacks({ 'lone-a': ['lone'] }, { autodeploy: false });
      const root = await kit.run('lone');
      await kit.reached(root, { 'lone-a': 'started', 'lone-b': 'waiting' });
      const run = await eventually('the run that waits', 30_000, async () =>
        (await kit.runsOf('lone-a')).find(({ state }) => state === 'UNCONFIRMED'),
      );
      await kit.registry().terminate('as an operator does');
      await kit.harness.control('POST', `/runs/${run.id}/confirm`, {});
      expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
    },
  );
});
