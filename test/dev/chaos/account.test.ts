import { describe, expect, test } from 'vitest';
import { planAccount, planRun, planSwitches } from '../../../dev/chaos/account.ts';
import { startSimulator } from '../simulator/support.ts';

const SEEDS = Array.from({ length: 50 }, (_, seed) => seed);

describe('planAccount()', () => {
  test('plans the same for the same seed, and something else for another', () => {
    expect(planAccount(3)).toEqual(planAccount(3));
    expect(new Set(SEEDS.map((seed) => JSON.stringify(planAccount(seed)))).size).toBe(SEEDS.length);
  });

  test('has, in every seed, stacks told by one family, by both, and by two webhooks of one', () => {
    for (const seed of SEEDS) {
      const { stacks, webhooks } = planAccount(seed);
      const told = stacks.map(({ id }) =>
        webhooks
          .filter(({ stack, stacks: routed }) => stack === id || routed?.includes(id))
          .map(({ family }) => family)
          .toSorted()
          .join(' '),
      );
      expect(told).toContain('default');
      expect(told).toContain('default run_updated');
      expect(told).toContain('run_updated run_updated');
      expect(told).not.toContain('');
      expect(new Set(webhooks.map(({ method }) => method))).toEqual(new Set([undefined, 'PUT']));
      expect(new Set(webhooks.map(({ retryOnFailure }) => retryOnFailure))).toEqual(
        new Set([true, false]),
      );
    }
  });
});

describe('planRun()', () => {
  const play = async (seed: number) => {
    const simulator = startSimulator({ seed, switches: planSwitches(seed) });
    const { stacks, webhooks, deliveriesPerRun } = planAccount(seed);
    for (const stack of stacks)
      expect((await simulator.control('POST', '/stacks', stack)).status).toBe(201);
    for (const webhook of webhooks)
      expect(
        (await simulator.control('POST', '/webhooks', { ...webhook, url: 'http://x' })).status,
      ).toBe(201);
    for (let number = 0; number < 80; number += 1) {
      const { stackId, script, run } = planRun(seed, number);
      const asked = { ...run, script };
      expect((await simulator.control('POST', `/stacks/${stackId}/runs`, asked)).status).toBe(201);
    }
    const waiting = async () => {
      const runs = (await simulator.control('GET', '/runs')).json as {
        id: string;
        state: string;
      }[];
      return runs.filter(({ state }) => state === 'UNCONFIRMED');
    };
    for (let turn = 0; turn < 40; turn += 1) {
      await simulator.passTime();
      for (const { id } of await waiting()) await simulator.control('POST', `/runs/${id}/confirm`);
    }
    const { deliveries } = await simulator.journal();
    const { json } = await simulator.control('GET', '/runs');
    const runs = json as { history: { state: string }[] }[];
    return { deliveries, deliveriesPerRun, courses: runs.map(({ history }) => history) };
  };

  test('is understood by the simulator, which brings every run to an end in five to ten states, once people have decided', async () => {
    const { courses, deliveries, deliveriesPerRun } = await play(1);
    expect(courses).toHaveLength(80);
    for (const course of courses) {
      expect(course.length).toBeGreaterThanOrEqual(5);
      expect(course.length).toBeLessThanOrEqual(10);
    }
    const ends = new Set(courses.map((course) => course.at(-1)?.state));
    expect(ends).toEqual(new Set(['FINISHED', 'FAILED', 'DISCARDED', 'STOPPED']));
    // Dropped ones are in the journal too; those sent twice are there twice.
    expect(deliveries.length / 80 / deliveriesPerRun).toBeGreaterThan(0.9);
    expect(deliveries.length / 80 / deliveriesPerRun).toBeLessThan(1.3);
  });
});

describe('planSwitches()', () => {
  test('tries what nobody knows both ways', () => {
    const drawn = SEEDS.map(planSwitches);
    for (const name of ['retryNetworkErrors', 'triesIncludeFirst', 'deliveryOrder'] as const)
      expect(new Set(drawn.map((switches) => switches[name])).size).toBe(2);
    expect(planSwitches(4)).toEqual(planSwitches(4));
  });
});
