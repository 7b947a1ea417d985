import { afterEach, describe, expect, inject, test } from 'vitest';
import { parsePayloadKeys } from '../../shared/payloads/keys.ts';
import { parseWorkerConfig } from '../../worker/config.ts';
import { scheduleSweep } from '../../worker/sweep/schedule.ts';
import { type Harness, type HarnessOptions, startHarness } from './harness.ts';
import { rawTextsOf } from './raw-records.ts';
import { createSweepRuns } from './sweep-runs.ts';
import { createSweeps, planOf } from './sweep-support.ts';
import { DEPLOYMENT, makeCurrent } from './versions.ts';

let harness: Harness | undefined;

afterEach(async () => {
  await harness?.stop();
  harness = undefined;
});

async function begin(options: HarnessOptions = {}) {
  harness = await startHarness(inject('temporalCli'), {}, options);
  const runs = createSweepRuns(harness);
  await runs.loseDeliveries(1);
  return { harness, runs, sweeps: createSweeps(harness), client: harness.env.client };
}

/** Whole seconds are what Spacelift tells of the end of a run. */
const pastTheSecond = () => new Promise((resolve) => setTimeout(resolve, 2100));

describe('schedule of sweeps', () => {
  test('brought up to date it goes on from where it was, with what the new plan says', async () => {
    const { runs, sweeps, client } = await begin();
    await runs.endedRun('before');
    await pastTheSecond();
    expect(await sweeps.begin()).toMatchObject({ tooOld: 1 });
    const everything = planOf({ runTypes: ['TRACKED', 'PROPOSED'] });
    expect(await scheduleSweep(client, everything, Date.now)).toBe('updated');
    await runs.startRun('before', 'PROPOSED');
    await expect.poll(runs.shownRuns).toHaveLength(2);
    // Without the memory of the one before it, the old run would be met again.
    expect(await sweeps.fire()).toMatchObject({ tooOld: 0, started: 1 });
  });

  test('a pause leaves out what it leaves out, and the first sweep after it finds it all', async () => {
    const { runs, sweeps, client } = await begin();
    await sweeps.begin();
    await scheduleSweep(client, planOf({}, 0), Date.now);
    const ended = await runs.endedRun('in-between');
    expect(await scheduleSweep(client, planOf(), Date.now)).toBe('updated');
    expect(await sweeps.fire()).toMatchObject({ started: 1, tooOld: 0 });
    expect(await runs.executionOf('in-between', ended).result()).toMatchObject({
      outcome: 'completed',
    });
  });

  test('fires by itself in the interval it was given', async () => {
    const { runs, client } = await begin();
    await scheduleSweep(client, planOf({}, 1000), Date.now);
    const ended = await runs.endedRun('by-itself');
    await expect
      .poll(() => runs.statusOf('by-itself', ended), { timeout: 40_000 })
      .not.toBe('MISSING');
    expect(await runs.executionOf('by-itself', ended).result()).toMatchObject({
      outcome: 'completed',
    });
  });

  test('with a payload codec: what a sweep is given, sees and remembers is sealed', async () => {
    const key = `sweep-key:${Buffer.alloc(32, 7).toString('base64')}`;
    const { runs, sweeps, client } = await begin({ payloadKeys: parsePayloadKeys(key) ?? [] });
    await runs.endedRun('long-ago');
    await pastTheSecond();
    expect(await sweeps.begin()).toMatchObject({ tooOld: 1 });
    const waiting = await runs.waitingRun('still-open');
    expect(await sweeps.fire()).toMatchObject({ tooOld: 0, started: 1, openRuns: 1 });
    await runs.knows('still-open', waiting, 'UNCONFIRMED');
    await runs.decide('runDiscard', 'still-open', waiting);
    expect(await sweeps.fire()).toMatchObject({ told: 1, openRuns: 0 });
    expect(await runs.executionOf('still-open', waiting).result()).toMatchObject({
      state: 'DISCARDED',
    });
    const { info, raw } = await sweeps.handleOf().describe();
    const histories = info.recentActions.map(({ action }) =>
      client.workflow.getHandle(action.workflow.workflowId).fetchHistory(),
    );
    const texts = rawTextsOf([raw, ...(await Promise.all(histories))]).join('\n');
    expect(texts).toContain('sweep-key');
    for (const name of ['windowMs', 'settledRuns', 'still-open', waiting])
      expect(texts).not.toContain(name);
  });

  test.each(['auto-upgrade', 'pinned'])(
    'with %s worker versions: the current one sweeps, with the memory of the one before it',
    async (versioning) => {
      const deploymentOf = (buildId: string) =>
        parseWorkerConfig({
          SPACELIFT_API_KEY_ENDPOINT: 'https://acme.app.spacelift.io',
          SPACELIFT_API_KEY_ID: 'id',
          SPACELIFT_API_KEY_SECRET: 'secret',
          WORKER_DEPLOYMENT_NAME: DEPLOYMENT,
          WORKER_BUILD_ID: buildId,
          WORKER_VERSIONING: versioning,
        }).deployment;
      const versioned: { deployment: ReturnType<typeof deploymentOf> } = {
        deployment: deploymentOf('1'),
      };
      const { harness: own, runs, sweeps, client } = await begin({ workers: versioned });
      await makeCurrent(own.env.address, '1');
      await runs.endedRun('past');
      await pastTheSecond();
      expect(await sweeps.begin()).toMatchObject({ tooOld: 1 });
      versioned.deployment = deploymentOf('2');
      await own.restartWorkers();
      await makeCurrent(own.env.address, '2');
      const ended = await runs.endedRun('present');
      expect(await sweeps.fire()).toMatchObject({ tooOld: 0, started: 1 });
      expect(await runs.executionOf('present', ended).result()).toMatchObject({
        outcome: 'completed',
      });
      const { info } = await sweeps.handleOf().describe();
      const builders = info.recentActions.map(async ({ action }) => {
        const handle = client.workflow.getHandle(action.workflow.workflowId);
        const { events } = await handle.fetchHistory();
        return events?.findLast((event) => event.workflowTaskCompletedEventAttributes)
          ?.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId;
      });
      expect(await Promise.all(builders)).toEqual(['1', '2']);
    },
  );
});
