import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findDependentRun } from '../../../../shared/activities/spacelift/find-dependent-run.ts';
import { readGraph } from '../../../../shared/activities/spacelift/read-graph.ts';
import {
  ACCOUNT,
  type Spacelift,
  startSpacelift,
  startUnsoundSpacelift,
  clientOf,
} from '../support.ts';

describe('readGraph()', () => {
  let spacelift: Spacelift;

  beforeEach(async () => {
    spacelift = await startSpacelift({ switches: { pageSize: 3 } });
  });
  afterEach(() => spacelift[Symbol.asyncDispose]());

  const put = (id: string, stack: object = {}) =>
    spacelift.control('POST', '/stacks', { id, ...stack });

  test('reads every stack, page by page, with labels, native dependencies, pool, lock', async () => {
    for (let index = 0; index < 8; index += 1) await put(`s${index}`);
    await put('below', {
      labels: ['dependsOn:s1', 'depends-on:s2'],
      dependsOn: ['s3'],
      workerPool: { id: 'pool', name: 'Pool', labels: ['large'] },
      lockedBy: 'somebody@example.com',
      isDisabled: true,
    });
    const graph = await readGraph(spacelift.client());
    expect(graph).toHaveLength(9);
    expect(new Set(graph.map(({ stackId }) => stackId)).size).toBe(9);
    expect(graph.find(({ stackId }) => stackId === 'below')).toEqual({
      stackId: 'below',
      labels: ['dependsOn:s1', 'depends-on:s2'],
      native: ['s3'],
      poolLabels: ['large'],
      isDisabled: true,
      isLocked: true,
    });
    expect(graph.find(({ stackId }) => stackId === 's0')).toMatchObject({
      poolLabels: [],
      isDisabled: false,
      isLocked: false,
    });
    expect(JSON.stringify(graph)).not.toContain('somebody');
  });

  test('believes no empty list of a token that has expired, in the middle of the pages or before', async () => {
    for (let index = 0; index < 4; index += 1) await put(`s${index}`);
    const client = spacelift.client();
    await readGraph(client);
    await spacelift.control('DELETE', '/tokens');
    expect(await readGraph(client)).toHaveLength(4);
    await spacelift.control('POST', '/faults', { operation: 'searchStacks', expiredToken: true });
    expect(await readGraph(client)).toHaveLength(4);
  });

  test('takes no list that does not come to its end for the whole', async () => {
    const page = { edges: [], pageInfo: { endCursor: 'x', hasNextPage: true } };
    await using unsound = await startUnsoundSpacelift(() =>
      JSON.stringify({ data: { viewer: { id: 'us' }, searchStacks: page } }),
    );
    await expect(readGraph(clientOf(unsound.url))).rejects.toThrow(
      'Cannot list stacks of account demo: list does not come to an end',
    );
  });

  test('findDependentRun() finds the run that Spacelift queued for a run above, and none from before', async () => {
    await put('network', { autodeploy: true });
    await put('app', { dependsOn: ['network'] });
    const make = async (stack: string) =>
      ((await spacelift.control('POST', `/stacks/${stack}/runs`, {})) as { id: string }).id;
    const client = spacelift.client();
    const query = { account: ACCOUNT, stackId: 'app' };
    const early = await make('app');
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    const parentRunId = await make('network');
    const found = await findDependentRun(client, { ...query, parentRunId });
    expect(found).toMatchObject({ hasChanged: true });
    expect(found?.runId).not.toBe(early);
    expect(await findDependentRun(client, { ...query, parentRunId: '7ZZZZZZZZZ' })).toBeNull();
    expect(await findDependentRun(client, { ...query, stackId: 'no', parentRunId })).toBeNull();
  });
});
