import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../dev/simulator/clock.ts';
import { findRuns } from '../../../../shared/activities/spacelift/find-runs.ts';
import type { FindRunsQuery } from '../../../../shared/workflow/ports.ts';
import { ACCOUNT, KEY_ID, type Spacelift, startSpacelift } from '../support.ts';

const OURS = `api::${KEY_ID}`;
const START_AT = 1_760_000_000_000;

const QUERY: FindRunsQuery = {
  account: ACCOUNT,
  stackId: 'app',
  runType: 'TRACKED',
  commit: null,
  createdSince: 0,
};

describe('findRuns()', () => {
  let spacelift: Spacelift;
  let now: number;

  beforeEach(async () => {
    now = START_AT;
    spacelift = await startSpacelift({ clock: { ...systemClock, now: () => now } });
    for (const id of ['app', 'other']) await spacelift.control('POST', '/stacks', { id });
  });

  afterEach(() => spacelift[Symbol.asyncDispose]());

  async function createRun(run: object = {}, stackId = 'app') {
    const { id } = (await spacelift.control('POST', `/stacks/${stackId}/runs`, {
      triggeredBy: OURS,
      ...run,
    })) as { id: string };
    return id;
  }

  async function found(query: Partial<FindRunsQuery> = {}): Promise<readonly string[]> {
    const client = spacelift.client({ now: () => now });
    const runs = await findRuns(client, { ...QUERY, ...query });
    return runs.map(({ runId }) => runId);
  }

  test('finds runs of our own key only', async () => {
    for (const triggeredBy of [null, 'ada@example.com', 'api::01JANOTHERKEY', `${OURS}0`])
      await createRun({ triggeredBy });
    const ours = await createRun();
    expect(await found()).toEqual([ours]);
  });

  test('finds runs of the wanted type only, proposed ones in their own list', async () => {
    const tracked = await createRun({ type: 'TRACKED' });
    const proposed = await createRun({ type: 'PROPOSED' });
    const destroy = await createRun({ type: 'DESTROY' });
    expect(await found({ runType: 'TRACKED' })).toEqual([tracked]);
    expect(await found({ runType: 'PROPOSED' })).toEqual([proposed]);
    expect(await found({ runType: 'DESTROY' })).toEqual([destroy]);
  });

  test('finds runs of the wanted commit only, and of any where none is wanted', async () => {
    const commits = ['a'.repeat(40), 'b'.repeat(40)];
    const runs = [];
    for (const commit of commits) runs.push(await createRun({ commit }));
    expect(await found({ commit: 'b'.repeat(40) })).toEqual([runs[1]]);
    expect(await found({ commit: 'c'.repeat(40) })).toEqual([]);
    expect(await found({ commit: null })).toHaveLength(2);
  });

  test('finds runs created at the given time or later', async () => {
    const run = await createRun();
    expect(await found({ createdSince: START_AT })).toEqual([run]);
    expect(await found({ createdSince: START_AT + 1 })).toEqual([]);
  });

  test('finds the oldest first, with the time of creation in ms', async () => {
    const runs = [];
    for (const seconds of [0, 60, 3600]) {
      now = START_AT + seconds * 1000;
      runs.push({ runId: await createRun(), createdAt: now });
    }
    expect(await findRuns(spacelift.client({ now: () => now }), QUERY)).toMatchObject(runs);
  });

  test('finds those of one second in the order they were made', async () => {
    const runs = [];
    for (let count = 0; count < 3; count += 1) {
      now += 1;
      runs.push(await createRun());
    }
    expect(await found()).toEqual(runs);
  });

  test('tells state and page of each', async () => {
    const runId = await createRun();
    const [run] = await findRuns(spacelift.client({ now: () => now }), QUERY);
    expect(run?.state).toMatch(/^[A-Z]+$/);
    expect(run?.url).toBe(`${spacelift.url}/stack/app/run/${runId}`);
  });

  test('finds a commit by its beginning', async () => {
    const run = await createRun({ commit: 'abcdef0'.padEnd(40, '1') });
    await createRun({ commit: 'abcdef1'.padEnd(40, '1') });
    expect(await found({ commit: 'abcdef0' })).toEqual([run]);
  });

  test('finds tasks in their own list, by their command', async () => {
    const [ls, plan] = [
      { type: 'TASK', command: 'ls' },
      { type: 'TASK', command: 'terraform plan' },
    ];
    const first = await createRun(ls);
    const second = await createRun(plan);
    await createRun();
    expect(await found({ runType: 'TASK', command: 'ls' })).toEqual([first]);
    expect(await found({ runType: 'TASK', command: 'terraform plan' })).toEqual([second]);
    expect(await found({ runType: 'TASK', command: 'l' })).toEqual([]);
  });

  test('finds the retry of a run by what that was', async () => {
    const task = { type: 'TASK', command: 'ls' };
    const retryOf = await createRun(task);
    await createRun({ type: 'TASK', command: 'pwd' });
    now += 60_000;
    const retry = await createRun(task);
    await createRun({ type: 'TASK', command: 'pwd' });
    expect(await found({ retryOf, createdSince: now })).toEqual([retry]);
    expect(await found({ retryOf: '01JNONE', createdSince: 0 })).toEqual([]);
  });

  test('reads page after page, as far back as wanted and no further', async () => {
    await using paged = await startSpacelift({
      switches: { pageSize: 2 },
      clock: { ...systemClock, now: () => now },
    });
    await paged.control('POST', '/stacks', { id: 'app' });
    const runs = [];
    for (let count = 0; count < 7; count += 1) {
      now += 1000;
      const answer = await paged.control('POST', '/stacks/app/runs', { triggeredBy: OURS });
      runs.push((answer as { id: string }).id);
    }
    const find = async (createdSince: number) => {
      const client = paged.client({ now: () => now });
      return (await findRuns(client, { ...QUERY, createdSince })).map(({ runId }) => runId);
    };
    expect(await find(0)).toEqual(runs);
    const before = (await paged.operations('stack')).length;
    expect(await find(START_AT + 5000)).toEqual(runs.slice(4));
    expect((await paged.operations('stack')).length - before).toBe(2);
  });

  test('finds runs of the stack only, and none of a stack that is not there', async () => {
    await createRun({}, 'other');
    expect(await found()).toEqual([]);
    expect(await found({ stackId: 'none' })).toEqual([]);
  });

  test('does not believe the empty list of a token that has expired', async () => {
    const run = await createRun();
    const client = spacelift.client({ now: () => now });
    await findRuns(client, QUERY);
    await spacelift.control('DELETE', '/tokens');
    expect(await findRuns(client, QUERY)).toMatchObject([{ runId: run }]);
  });
});
