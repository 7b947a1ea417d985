import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../dev/launcher/eventually.ts';
import { propagationExecutionId } from '../../shared/contract/ids.ts';
import type { PropagationResult } from '../../shared/workflow/propagation-messages.ts';
import { ACCOUNT } from '../events.ts';
import { startWorld, type World, WORLD_SETTINGS } from './lane-world.ts';
import { propagationSettings } from './propagation-kit.ts';

/** A killed worker is missed after up to 15 s, more than once. */
const LIMIT_MS = 170_000;

let world: World;

beforeAll(async () => {
  const { propagation } = propagationSettings();
  if (propagation === undefined) throw new Error('Cannot propagate: settings say so');
  world = await startWorld(inject('temporalCli'), 7, { ...WORLD_SETTINGS, propagation });
});
afterAll(() => world.stop());

const GRAPH: Readonly<Record<string, readonly string[]>> = {
  k0: [],
  k1: ['k0'],
  k2: ['k0'],
  k3: ['k1', 'k2'],
  k4: ['k3'],
};

describe('a worker that is killed', () => {
  test(
    'in the middle of a propagation costs no run and makes none twice',
    { timeout: LIMIT_MS },
    async () => {
      const { harness } = world;
      for (const [id, parents] of Object.entries(GRAPH)) {
        const labels = parents.map((parent) => `dependsOn:${parent}`);
        await harness.control('POST', '/stacks', { id, autodeploy: true, labels });
      }
      const root = (await harness.control('POST', '/stacks/k0/runs', {})) as { id: string };
      const handle = harness.env.client.workflow.getHandle<() => Promise<PropagationResult>>(
        propagationExecutionId(ACCOUNT, root.id),
      );
      await eventually('the propagation', 60_000, () => handle.describe().catch(() => null));
      await world.killWorker();
      await eventually('a run below', 90_000, async () =>
        (await world.runsOf('k1')).length + (await world.runsOf('k2')).length > 0 ? true : null,
      );
      await sleep(100);
      await world.killWorker();
      const result = await handle.result();
      expect(result.outcome).toBe('completed');
      for (const stack of Object.keys(GRAPH)) {
        const runs = await world.runsOf(stack);
        expect(runs.map(({ state }) => state)).toEqual(['FINISHED']);
        expect(await world.triggersOf(stack)).toHaveLength(stack === 'k0' ? 0 : 1);
      }
    },
  );
});
