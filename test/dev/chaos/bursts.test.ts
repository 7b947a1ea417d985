import { expect, test } from 'vitest';
import { planApiFaults, RUNS_PLAN } from '../../../dev/chaos/api-faults.ts';
import { planBurst } from '../../../dev/chaos/bursts.ts';
import { UNKNOWN_STACK } from '../../../dev/chaos/surroundings.ts';
import { startSimulator } from '../simulator/support.ts';

const SEEDS = Array.from({ length: 50 }, (_, seed) => seed);
const bursts = SEEDS.flatMap((seed) => [0, 1, 2].map((number) => planBurst(seed, number)));

test('planBurst() plans the same for the same seed, and something else for another', () => {
  expect(planBurst(3, 1)).toEqual(planBurst(3, 1));
  expect(new Set(SEEDS.map((seed) => JSON.stringify(planBurst(seed, 0)))).size).toBeGreaterThan(40);
});

test('planBurst() sends one to four intents for one stack, alike and different, some twice', () => {
  const wishes = bursts.map(
    (burst) =>
      new Set(burst.map(({ runType, command, commit }) => `${runType} ${command} ${commit}`)).size,
  );
  const several = bursts.filter(({ length }) => length > 1);
  expect(several.length).toBeGreaterThan(bursts.length / 2);
  expect(several.filter((burst) => wishes[bursts.indexOf(burst)] === 1).length).toBeGreaterThan(20);
  expect(wishes.filter((count) => count > 1).length).toBeGreaterThan(20);
  for (const burst of bursts) expect(new Set(burst.map(({ stackId }) => stackId)).size).toBe(1);
  const intents = bursts.flat();
  expect(new Set(intents.map(({ copies }) => copies))).toEqual(new Set([1, 2]));
  expect(new Set(intents.map(({ runType }) => runType)).size).toBe(4);
  expect(intents.some(({ stackId }) => stackId === UNKNOWN_STACK)).toBe(true);
  expect(intents.some(({ maximumAttempts }) => maximumAttempts === 1)).toBe(true);
});

test('planBurst() never gives two intents one key', () => {
  const keys = [0, 1, 2, 3].flatMap((number) =>
    planBurst(1, number).map(({ idempotencyKey }) => idempotencyKey),
  );
  expect(new Set(keys).size).toBe(keys.length);
});

test('planApiFaults() and the plan of runs are understood by the simulator, faults with late runs in every seed', async () => {
  const simulator = startSimulator({ seed: 1 });
  for (const seed of SEEDS)
    for (const fault of planApiFaults(seed)) {
      expect((await simulator.control('POST', '/faults', fault)).status).toBe(201);
      if (fault.operation !== 'any') expect(JSON.stringify(fault)).toContain('createdAfterMs');
    }
  expect((await simulator.control('POST', '/plan', RUNS_PLAN)).status).toBe(200);
});
