import { describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

type Input = Parameters<typeof startSimulator>[0];
type Shown = { id: string; history: { state: string; at: number }[] };

/** Three stacks whose runs are made in the order given. */
async function runIn(order: readonly string[], input: Input = {}) {
  const simulator = startSimulator(input);
  for (const id of ['a', 'b', 'c'])
    await simulator.control('POST', '/stacks', { id, autodeploy: true });
  for (const id of order) {
    await simulator.clock.advance(7);
    await simulator.startRun(id);
  }
  await simulator.passTime();
  const runs = await Promise.all(
    ['a', 'b', 'c'].map(async (stack) => {
      const { json } = await simulator.control('GET', `/runs?stack=${stack}`);
      return json as Shown[];
    }),
  );
  return runs.flat();
}

const idsOf = (runs: readonly Shown[]) => runs.map(({ id }) => id);

describe('run ids', () => {
  it('are the same for the same seed in whatever order the runs come, if they are by seed', async () => {
    const one = await runIn(['a', 'b', 'a', 'c'], { runIds: 'seeded' });
    const other = await runIn(['c', 'a', 'b', 'a'], { runIds: 'seeded' });
    expect(idsOf(one)).toEqual(idsOf(other));
    expect(new Set(idsOf(one)).size).toBe(4);
    expect(idsOf(await runIn(['a'], { runIds: 'seeded', seed: 2 }))).not.toEqual(
      idsOf(one).slice(0, 1),
    );
  });

  it('hold the time otherwise, and chance in the same way', async () => {
    const one = await runIn(['a', 'b']);
    const other = await runIn(['b', 'a']);
    const timeOf = ({ id }: Shown) => id.slice(0, 10);
    expect(one.map(timeOf)).not.toEqual(other.map(timeOf));
    expect(idsOf(one).map((id) => id.slice(10))).toEqual(idsOf(other).map((id) => id.slice(10)));
  });

  it.each(['timed', 'seeded'] as const)(
    '%s grow within a stack, even in one instant',
    async (runIds) => {
      const simulator = startSimulator({ runIds });
      await simulator.control('POST', '/stacks', { id: 'app' });
      const ids = [];
      for (let count = 0; count < 20; count += 1) ids.push(await simulator.startRun('app'));
      expect(ids.toSorted()).toEqual(ids);
    },
  );
});

describe('the pace', () => {
  const staysOf = ({ history }: Shown) =>
    history.slice(1).map(({ at }, index) => at - (history[index]?.at ?? 0));

  it('has durations of its own for single states', async () => {
    const stateDurations = { PLANNING: 2000, APPLYING: 5 };
    const [run] = await runIn(['a'], { stateDurations });
    expect(run && staysOf(run)).toEqual([150, 150, 150, 150, 2000, 5]);
  });

  it('draws from a range by seed, not by timing', async () => {
    const input = { stateDurations: { PLANNING: { least: 100, most: 900 } } };
    const stay = (runs: readonly Shown[], index: number) => runs[index] && staysOf(runs[index])[4];
    const one = await runIn(['a', 'b', 'c'], input);
    const other = await runIn(['c', 'b', 'a'], input);
    const stays = [0, 1, 2].map((index) => stay(one, index));
    expect(stays).toEqual([0, 1, 2].map((index) => stay(other, index)));
    expect(new Set(stays).size).toBe(3);
    for (const ms of stays) expect(ms).toBeGreaterThanOrEqual(100);
    for (const ms of stays) expect(ms).toBeLessThanOrEqual(900);
  });

  it('is quickened by the speed as a whole', async () => {
    const [run] = await runIn(['a'], { speed: 10 });
    expect(run && staysOf(run)).toEqual([15, 15, 15, 15, 15, 15]);
  });
});
