import { Client } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../dev/launcher/eventually.ts';
import { sweepScheduleId } from '../../shared/contract/ids.ts';
import { spaceliftApiTaskQueue } from '../../shared/contract/names.ts';
import { parsePayloadKeys } from '../../shared/payloads/keys.ts';
import type { SweepInput } from '../../shared/workflow/sweep-messages.ts';
import { parseWorkerConfig } from '../../worker/config.ts';
import { createLog, type Log } from '../../worker/log.ts';
import { createDataConverter } from '../../worker/payloads/data-converter.ts';
import { pauseGoneAccounts } from '../../worker/sweep/gone-accounts.ts';
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

const PATIENCE_MS = 40_000;

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

/** What a log is told, beside that it is told it. */
function linesOf(log: Log) {
  const lines: { readonly message: string; readonly facts: object }[] = [];
  const tell = (facts: object, message: string) => void lines.push({ message, facts });
  return {
    log: Object.assign(Object.create(log) as Log, { info: tell, warn: tell }),
    said: (message: string) => lines.find((line) => line.message === message)?.facts ?? null,
  };
}

describe('pauseGoneAccounts()', () => {
  const GONE = 'Paused by the worker: no worker has a key for the account';

  const isListed = () =>
    eventually('schedule in the list', PATIENCE_MS, async () => {
      for await (const { scheduleId } of env.client.schedule.list())
        if (scheduleId === sweepScheduleId('demo')) return true;
      return null;
    });

  async function pauseGone(accounts: readonly string[]) {
    const log = await createLog('test', 'silent');
    return pauseGoneAccounts({ client: env.client, accounts, log });
  }

  test('pauses the sweeps of an account that nobody has a key for, until somebody has', async () => {
    await schedule(planOf(HOUR_MS), 1);
    await isListed();
    expect(await pauseGone(['beta'])).toBe(true);
    expect(await described()).toMatchObject({ state: { paused: true, note: GONE } });
    expect(await schedule(planOf(HOUR_MS), 2)).toBe('updated');
    expect(await described()).toMatchObject({ input: { since: 1 }, state: { paused: false } });
  });

  test('leaves alone its own, and what an operator paused', async () => {
    await schedule(planOf(HOUR_MS));
    await isListed();
    expect(await pauseGone(['demo'])).toBe(true);
    expect(await described()).toMatchObject({ state: { paused: false } });
    await handle().pause('by hand');
    expect(await pauseGone(['beta'])).toBe(true);
    expect(await described()).toMatchObject({ state: { note: 'by hand' } });
  });

  test('leaves alone an account that another worker serves, and says that it may yet go', async () => {
    await schedule(planOf(HOUR_MS));
    await isListed();
    const other = await Worker.create({
      connection: env.nativeConnection,
      taskQueue: spaceliftApiTaskQueue('demo'),
      activities: { idle: async () => {} },
    });
    await other.runUntil(async () => {
      await eventually('poll of the other worker', PATIENCE_MS, async () =>
        (await pauseGone(['beta']))
          ? handle()
              .unpause()
              .then(() => null)
          : true,
      );
    });
    expect(await described()).toMatchObject({ state: { paused: false } });
  });
});

describe('a payload codec', () => {
  const keysOf = (text: string) => parsePayloadKeys(text) ?? [];
  const key = (id: string, fill: number) => `${id}:${Buffer.alloc(32, fill).toString('base64')}`;
  const clientWith = (keys: string) =>
    new Client({
      connection: env.connection,
      dataConverter: createDataConverter(keysOf(keys)),
    });

  const sealOf = async () => {
    const { raw } = await handle()
      .describe()
      .catch(() => ({ raw: null }));
    return raw;
  };

  test('seals the input of a schedule; a new key seals it anew, so that the old one can be dropped', async () => {
    const [old, both, fresh] = [
      key('old', 1),
      `${key('new', 2)},${key('old', 1)}`,
      key('new', 2),
    ].map(clientWith) as [Client, Client, Client];
    const plan = planOf(HOUR_MS);
    expect(await scheduleSweep(env.client, plan, () => 1)).toBe('created');
    expect(await sealOf()).not.toBeNull();
    expect(await scheduleSweep(old, plan, () => 2)).toBe('updated');
    expect(await sealOf()).toBeNull();
    expect(await scheduleSweep(old, plan, () => 3)).toBe('unchanged');
    expect(await scheduleSweep(both, plan, () => 4)).toBe('updated');
    expect(await scheduleSweep(fresh, plan, () => 5)).toBe('unchanged');
    await expect(scheduleSweep(old, plan, () => 6)).rejects.toThrow(/key "new" is not known/);
    const described = await fresh.schedule.getHandle(sweepScheduleId('demo')).describe();
    expect(described.action.args).toEqual([{ ...plan.input, since: 1 }]);
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
    const stopping = new AbortController();
    const kept = keepSweeps({ client, accounts: ['demo', 'beta'], config, log }, stopping.signal);
    const beta = client.schedule.getHandle(sweepScheduleId('beta'));
    await eventually('schedule of beta', PATIENCE_MS, () => beta.describe().catch(() => null));
    stopping.abort();
    await kept;
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
    const { action } = await beta.describe();
    expect(action.args?.[0]).toMatchObject({ account: 'beta', webhookIds: ['other', 'both'] });
    await beta.delete();
  });

  test('makes nothing where sweeps are off', async () => {
    const config = configOf({ SWEEP_INTERVAL_MS: '0' });
    const log = await createLog('test', 'silent');
    const stopping = new AbortController();
    const lines = linesOf(log);
    const kept = keepSweeps(
      { client: env.client, accounts: ['demo'], config, log: lines.log },
      stopping.signal,
    );
    await eventually('word of it', PATIENCE_MS, async () => lines.said('sweep scheduled'));
    stopping.abort();
    await kept;
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
