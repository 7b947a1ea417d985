/** What following one run of six states takes on a real server: events in its history, and billed Actions by kind. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { historyCostOf } from '../../dev/history-cost.ts';
import type { WorkflowSettings } from '../../shared/workflow/settings.ts';
import { runEvent } from '../events.ts';
import { PATIENCE, progressOf, type RunKit, settingsWith, startRunKit } from './run-kit.ts';

let kit: RunKit;

beforeAll(async () => {
  kit = await startRunKit(inject('temporalCli'));
});
afterAll(() => kit.stop());

const STATES = ['QUEUED', 'READY', 'PREPARING', 'INITIALIZING', 'PLANNING', 'FINISHED'];

const LEFT_TO_SWEEPS = settingsWith({}, { leavesSilenceToSweeps: true });

/** Each signal is taken before the next one comes; `sizes` says how many states each tells of. */
async function costOf(runId: string, sizes: readonly number[], settings: WorkflowSettings) {
  const handle = kit.handleOf('budget', runId);
  let told = 0;
  for (const size of sizes) {
    const [first, ...rest] = STATES.slice(told, told + size).map((state, index) =>
      runEvent('budget', runId, state, told + index),
    );
    if (first === undefined) throw new RangeError('Cannot deliver: no states are left');
    await kit.deliver([first, ...rest], settings);
    told += size;
    if (told < STATES.length)
      await expect
        .poll(() => progressOf(handle), PATIENCE)
        .toHaveProperty('transitions.length', told);
  }
  expect(await handle.result()).toMatchObject({ outcome: 'completed' });
  return historyCostOf(handle);
}

describe('followRun() of a run of six states costs', () => {
  test('18 events and 5 Actions in two signals, as states linger at the inbox', async () => {
    expect(await costOf('01LINGERS', [1, 5], settingsWith())).toEqual({
      events: 18,
      billed: ['signal', 'timer', 'signal', 'activity', 'search attributes'],
    });
  });

  test('17 events and 4 Actions where silence is left to the sweeps', async () => {
    expect(await costOf('01LEFT', [1, 5], LEFT_TO_SWEEPS)).toEqual({
      events: 17,
      billed: ['signal', 'signal', 'activity', 'search attributes'],
    });
  });

  test('13 events and 3 Actions where one signal tells it all', async () => {
    expect(await costOf('01ATONCE', [6], LEFT_TO_SWEEPS)).toEqual({
      events: 13,
      billed: ['signal', 'activity', 'search attributes'],
    });
  });

  test('34 events and 9 Actions where every state comes alone', async () => {
    const { events, billed } = await costOf('01ALONE', [1, 1, 1, 1, 1, 1], settingsWith());
    expect({ events, billed: billed.toSorted() }).toEqual({
      events: 34,
      billed: ['activity', 'search attributes', ...Array(6).fill('signal'), 'timer'],
    });
  });
});
