import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { sweepScheduleId } from '../../shared/contract/ids.ts';
import type { SweepInput } from '../../shared/workflow/sweep-messages.ts';
import { parseWorkerConfig } from '../../worker/config.ts';
import { createLog } from '../../worker/log.ts';
import { keepSweeps } from '../../worker/sweep/keep-sweeps.ts';
import { scheduleSweep } from '../../worker/sweep/schedule.ts';
import { SETTINGS } from '../shared/workflow/settings.ts';
import { clientOf, startTemporal } from './temporal.ts';

let env: TestWorkflowEnvironment;

beforeAll(async () => {
  env = await startTemporal();
});
afterEach(async () => {
  await handle().delete();
});
afterAll(() => env.teardown());

const HOUR_MS = 60 * 60 * 1000;

const planOf = (intervalMs: number, changes: Partial<SweepInput> = {}) => ({
  intervalMs,
  input: {
    account: 'demo',
    windowMs: HOUR_MS,
    pagesLimit: 40,
    runTypes: ['TRACKED'],
    webhookIds: ['bridge'],
    settings: { ...SETTINGS, searchAttributes: [] },
    ...changes,
  },
});

const handle = () => env.client.schedule.getHandle(sweepScheduleId('demo'));

const schedule = (plan: ReturnType<typeof planOf>, now = 0) =>
  scheduleSweep(env.client, plan, () => now);

async function described() {
  const { spec, action, policies, state } = await handle().describe();
  return { every: spec.intervals?.[0]?.every, input: action.args?.[0], policies, state };
}

describe('scheduleSweep()', () => {
  test('makes a schedule that never runs two sweeps at once, and fires the first at once', async () => {
    const plan = planOf(HOUR_MS);
    expect(await schedule(plan, 1234)).toBe('created');
    expect(await described()).toMatchObject({
      every: HOUR_MS,
      input: { ...plan.input, since: 1234 },
      policies: { overlap: 'SKIP', catchupWindow: 60_000 },
      state: { paused: false },
    });
    await expect
      .poll(async () => (await handle().describe()).info.recentActions)
      .toMatchObject([
        { action: { workflow: { workflowId: expect.stringMatching(/^spacelift\/demo\/sweep-/) } } },
      ]);
  });

  test('keeps when it was made, brings the rest up to date, and leaves what is as it shall be', async () => {
    await schedule(planOf(HOUR_MS), 1);
    expect(await schedule(planOf(HOUR_MS), 2)).toBe('unchanged');
    expect(await schedule(planOf(2 * HOUR_MS), 3)).toBe('updated');
    expect(await described()).toMatchObject({ every: 2 * HOUR_MS, input: { since: 1 } });
    const types = planOf(2 * HOUR_MS, { runTypes: ['TRACKED', 'TASK'] });
    expect(await schedule(types, 4)).toBe('updated');
    expect(await described()).toMatchObject({ input: { ...types.input, since: 1 } });
  });

  test('several workers that start at once make one', async () => {
    const times = [1, 2, 3, 4, 5, 6];
    const scheduled = await Promise.all(times.map((now) => schedule(planOf(HOUR_MS), now)));
    expect(scheduled.filter((became) => became === 'created')).toHaveLength(1);
    expect(scheduled.filter((became) => became === 'unchanged')).toHaveLength(5);
    const maker = times[scheduled.indexOf('created')];
    expect(await described()).toMatchObject({ input: { since: maker } });
  });

  test('what an operator paused stays paused, under the note it was given', async () => {
    await schedule(planOf(HOUR_MS));
    await handle().pause('Spacelift is being moved');
    const note = { paused: true, note: 'Spacelift is being moved' };
    expect(await schedule(planOf(HOUR_MS))).toBe('paused');
    expect(await described()).toMatchObject({ state: note });
    expect(await schedule(planOf(2 * HOUR_MS))).toBe('paused');
    expect(await described()).toMatchObject({ every: 2 * HOUR_MS, state: note });
    expect(await schedule(planOf(0))).toBe('off');
    expect(await schedule(planOf(HOUR_MS))).toBe('paused');
    expect(await described()).toMatchObject({ state: note });
    await handle().unpause();
    expect(await schedule(planOf(HOUR_MS))).toBe('unchanged');
  });

  test('an interval of 0 pauses it and says so; another one lets it go on', async () => {
    await schedule(planOf(HOUR_MS), 1);
    expect(await schedule(planOf(0))).toBe('off');
    expect(await described()).toMatchObject({
      every: HOUR_MS,
      state: { paused: true, note: 'Paused by the worker: SWEEP_INTERVAL_MS is 0' },
    });
    expect(await schedule(planOf(HOUR_MS), 2)).toBe('updated');
    expect(await described()).toMatchObject({ input: { since: 1 }, state: { paused: false } });
  });
});

describe('keepSweeps()', () => {
  const configOf = (changes: Record<string, string> = {}) =>
    parseWorkerConfig({
      SPACELIFT_API_KEY_ENDPOINT: 'https://demo.app.spacelift.io',
      SPACELIFT_API_KEY_ID: '01KEY',
      SPACELIFT_API_KEY_SECRET: 'key-secret',
      ...changes,
    }).sweep;

  test('schedules each account, with a window below the retention and its own webhooks', async () => {
    const config = configOf({ SPACELIFT_WEBHOOK_IDS: 'demo/bridge, beta/other, both' });
    const log = await createLog('test', 'silent');
    const { client } = env;
    const { signal } = new AbortController();
    await keepSweeps({ client, accounts: ['demo', 'beta'], config, log }, signal);
    const { input, every } = await described();
    expect(every).toBe(300_000);
    // A development server remembers for 24 hours.
    expect(input).toMatchObject({
      account: 'demo',
      windowMs: 0.9 * 24 * HOUR_MS,
      webhookIds: ['bridge', 'both'],
      runTypes: ['TRACKED', 'TASK', 'DESTROY'],
    });
    // Registered on no namespace here: naming one would make every firing fail.
    expect(input).toHaveProperty('settings.searchAttributes', []);
    const beta = client.schedule.getHandle(sweepScheduleId('beta'));
    const { action } = await beta.describe();
    expect(action.args?.[0]).toMatchObject({ account: 'beta', webhookIds: ['other', 'both'] });
    await beta.delete();
  });

  test('makes nothing where sweeps are off', async () => {
    const config = configOf({ SWEEP_INTERVAL_MS: '0' });
    const log = await createLog('test', 'silent');
    const { signal } = new AbortController();
    await keepSweeps({ client: env.client, accounts: ['demo'], config, log }, signal);
    await expect(handle().describe()).rejects.toThrow();
    await schedule(planOf(HOUR_MS));
  });

  test('waits for a Temporal that does not answer, and can be stopped meanwhile', async () => {
    const stopping = new AbortController();
    const log = await createLog('test', 'silent');
    const client = clientOf('127.0.0.1:9');
    const kept = keepSweeps(
      { client, accounts: ['demo'], config: configOf(), log },
      stopping.signal,
    );
    setTimeout(() => stopping.abort(), 500);
    await kept;
    await client.connection.close();
    await schedule(planOf(HOUR_MS));
  });
});
