import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type PropagationKit, startPropagationKit } from './propagation-kit.ts';

/** Machines are busy; the whole file is bounded by what its tests may take. */
const LIMIT_MS = 120_000;

let kit: PropagationKit;

beforeAll(async () => {
  kit = await startPropagationKit(inject('temporalCli'), {}, { stateMs: 5 });
});
afterAll(() => kit.stop());

type Graph = Readonly<Record<string, readonly string[]>>;

/** Every stack has had one run, and none began before those of its parents had ended. */
async function expectOrdered(graph: Graph): Promise<void> {
  const runs = await kit.allRuns();
  const runOf = new Map(runs.map((run) => [run.stack, run]));
  for (const [stack, parents] of Object.entries(graph)) {
    expect(runs.filter((run) => run.stack === stack)).toHaveLength(1);
    for (const parent of parents) {
      const [own, above] = [runOf.get(stack), runOf.get(parent)];
      expect(above?.state).toBe('FINISHED');
      expect(own !== undefined && above !== undefined && own.id > above.id).toBe(true);
      expect(own?.createdAt).toBeGreaterThanOrEqual(above?.since ?? Infinity);
    }
  }
}

const chain = (length: number, prefix: string): Graph =>
  Object.fromEntries(
    Array.from({ length }, (_, index) => [
      `${prefix}${index}`,
      index === 0 ? [] : [`${prefix}${index - 1}`],
    ]),
  );

describe('SpaceliftPropagationWorkflow() comes through', () => {
  test('a chain of 20', { timeout: LIMIT_MS }, async () => {
    const graph = chain(20, 'chain-');
    await kit.addStacks(graph);
    const root = await kit.run('chain-0');
    expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
    await expectOrdered(graph);
  });

  test('a fan-out of 50, started in one go', { timeout: LIMIT_MS }, async () => {
    const graph: Graph = {
      fan: [],
      ...Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`fan-${index}`, ['fan']])),
    };
    await kit.addStacks(graph);
    const root = await kit.run('fan');
    expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
    await expectOrdered(graph);
    const { events = [] } = await kit.handleOf(root).fetchHistory();
    const starts = (events ?? []).filter(
      (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'startRuns',
    );
    expect(starts).toHaveLength(1);
  });

  test('a lattice of 6 by 6', { timeout: LIMIT_MS }, async () => {
    const graph: Graph = Object.fromEntries(
      Array.from({ length: 36 }, (_, place) => {
        const [row, column] = [Math.floor(place / 6), place % 6];
        const parents = [
          ...(row > 0 ? [`cell-${row - 1}-${column}`] : []),
          ...(column > 0 ? [`cell-${row}-${column - 1}`] : []),
        ];
        return [`cell-${row}-${column}`, parents];
      }),
    );
    await kit.addStacks(graph);
    const root = await kit.run('cell-0-0');
    expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
    await expectOrdered(graph);
  });

  test(
    'two roots at once: what has not started runs once for both, after its parents of both',
    {
      timeout: LIMIT_MS,
    },
    async () => {
      const graph: Graph = {
        left: [],
        right: [],
        'left-1': ['left'],
        'left-2': ['left-1'],
        'left-3': ['left-2'],
        'right-1': ['right'],
        'right-2': ['right-1'],
        'right-3': ['right-2'],
        shared: ['left-3', 'right-3'],
        below: ['shared'],
      };
      await kit.addStacks(graph);
      const [left, right] = await Promise.all([kit.run('left'), kit.run('right')]);
      await kit.settled();
      await expectOrdered(graph);
      const begun = (await kit.propagations()).filter((id) =>
        [left, right].some((run) => id.endsWith(run)),
      );
      expect(begun).toHaveLength(1);
    },
  );
});
