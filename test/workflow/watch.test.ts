import { historyCostOf } from '../../dev/history-cost.ts';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SIGNALS } from '../../shared/contract/names.ts';
import { runEvent } from '../events.ts';
import { PATIENCE, progressOf, type RunKit, settingsWith, startRunKit } from './run-kit.ts';

let kit: RunKit;

beforeAll(async () => {
  kit = await startRunKit(inject('temporalCli'));
});
afterAll(() => kit.stop());

describe('followRun() after silence', () => {
  const SILENT = settingsWith({ silenceMs: 300, waitingSilenceMs: 300 });

  test('asks again and again without a longer history, until there is news', async () => {
    const runId = await kit.createRun({ id: 'silent' }, ['PLANNING', 'UNCONFIRMED']);
    const handle = await kit.deliver([runEvent('silent', runId, 'QUEUED', 0)], SILENT);
    await expect.poll(() => kit.noticesOf(runId), PATIENCE).toHaveLength(1);
    const looksBefore = await kit.countOperations('stack');
    await expect
      .poll(() => kit.countOperations('stack'), PATIENCE)
      .toBeGreaterThan(looksBefore + 1);
    const { events } = await historyCostOf(handle);
    const looks = await kit.countOperations('stack');
    await expect.poll(() => kit.countOperations('stack'), PATIENCE).toBeGreaterThan(looks + 4);
    expect((await historyCostOf(handle)).events).toBe(events);
    await kit.decide('discard', 'silent', runId);
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'ended', state: 'DISCARDED' });
    expect(result.steps.map(({ step }) => step)).toEqual([
      'QUEUED',
      'PLANNING',
      'UNCONFIRMED',
      'DISCARDED',
    ]);
  });

  test('a signal ends the watch of a state that has passed', async () => {
    const settings = settingsWith({ silenceMs: 300, waitingSilenceMs: 300 });
    const event = (state: string, version: number) =>
      runEvent('nowhere', '01PASSED', state, version);
    const handle = await kit.deliver([event('PLANNING', 4)], settings);
    await expect
      .poll(async () => (await handle.describe()).raw.pendingActivities, PATIENCE)
      .toHaveLength(1);
    await kit.deliver([event('APPLYING', 5)], { ...settings });
    await expect.poll(() => progressOf(handle), PATIENCE).toHaveProperty('transitions.length', 2);
    await kit.deliver([event('FINISHED', 6)], settings);
    expect(await handle.result()).toMatchObject({ outcome: 'completed', state: 'FINISHED' });
  });

  test('one timer stands however much is heard', async () => {
    const event = (version: number) => runEvent('nowhere', '01HEARD', 'PLANNING', version);
    const handle = await kit.deliver([event(0)], settingsWith());
    for (let version = 1; version <= 5; version += 1) {
      await kit.deliver([event(version)], settingsWith());
      await expect
        .poll(() => progressOf(handle), PATIENCE)
        .toHaveProperty('transitions.length', version + 1);
    }
    const { billed } = await historyCostOf(handle);
    expect(billed.filter((action) => action === 'timer')).toHaveLength(1);
    await handle.terminate();
  });

  test('a fault of Spacelift is lived with', async () => {
    const runId = await kit.createRun({ id: 'faulty' }, ['PLANNING', 'FINISHED']);
    await kit.harness.control('POST', '/faults', { operation: 'stack', status: 502, times: 2 });
    const handle = await kit.deliver([runEvent('faulty', runId, 'QUEUED', 0)], SILENT);
    expect(await handle.result()).toMatchObject({ outcome: 'completed', state: 'FINISHED' });
  });
});

describe('followRun() that leaves silence to the sweeps', () => {
  const SILENT = settingsWith(
    { silenceMs: 300, waitingSilenceMs: 300 },
    { leavesSilenceToSweeps: true },
  );
  const timersOf = async (handle: Parameters<typeof historyCostOf>[0]) =>
    (await historyCostOf(handle)).billed.filter((action) => action !== 'signal');

  test('asks nothing by itself while nobody has to act, and from then on as ever', async () => {
    const runId = await kit.createRun({ id: 'left' }, ['PLANNING', 'UNCONFIRMED']);
    await expect.poll(() => kit.stateOf(runId), PATIENCE).toBe('UNCONFIRMED');
    const handle = await kit.deliver([runEvent('left', runId, 'PLANNING', 1)], SILENT);
    await expect.poll(() => progressOf(handle), PATIENCE).toHaveProperty('transitions.length', 1);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(await timersOf(handle)).toEqual([]);
    await handle.signal(SIGNALS.runEvents, {});
    await expect.poll(() => kit.noticesOf(runId), PATIENCE).toHaveLength(1);
    await kit.decide('discard', 'left', runId);
    expect(await handle.result()).toMatchObject({ outcome: 'ended', state: 'DISCARDED' });
    expect(await timersOf(handle)).toContain('timer');
  });

  test('asks by itself about a run of a type that no sweep reads', async () => {
    const runId = await kit.createRun({ id: 'unread' }, ['PLANNING', 'FINISHED']);
    const event = runEvent('unread', runId, 'PLANNING', 1, { runType: 'PROPOSED' });
    const handle = await kit.deliver([event], SILENT);
    expect(await handle.result()).toMatchObject({ outcome: 'completed', state: 'FINISHED' });
  });
});

describe('followRun() of a run that waits for people', () => {
  test('tells them once, reminds them in growing intervals, and goes on waiting', async () => {
    const settings = settingsWith({}, { remindAfterMs: 200, remindAtMostMs: 400 });
    const handle = await kit.deliver([runEvent('nowhere', '01WAITS', 'UNCONFIRMED', 5)], settings);
    await expect.poll(() => kit.noticesOf('01WAITS'), PATIENCE).toHaveLength(4);
    const notices = kit.noticesOf('01WAITS');
    expect(notices.map(({ topic, reminder }) => [topic, reminder])).toEqual([
      ['run-waiting', undefined],
      ['run-waiting', 1],
      ['run-waiting', 2],
      ['run-waiting', 3],
    ]);
    expect(notices[3]?.text).toContain('a person with write access must confirm or discard');
    expect(await progressOf(handle)).toMatchObject({
      mustAct: 'a person with write access must confirm or discard',
    });
    await kit.deliver([runEvent('nowhere', '01WAITS', 'CONFIRMED', 6)], settings);
    await expect.poll(async () => (await progressOf(handle)).mustAct, PATIENCE).toBeNull();
    const told = kit.noticesOf('01WAITS').length;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(kit.noticesOf('01WAITS')).toHaveLength(told);
    await kit.deliver([runEvent('nowhere', '01WAITS', 'FINISHED', 9)], settings);
    const { done } = await handle.result();
    expect(done.map(({ action }) => action).slice(0, 3)).toEqual([
      'notify UNCONFIRMED',
      'remind UNCONFIRMED 1',
      'remind UNCONFIRMED 2',
    ]);
  });

  test('without reminders it tells them once', async () => {
    await kit.deliver([runEvent('nowhere', '01ONCE', 'UNCONFIRMED', 5)], settingsWith());
    await expect.poll(() => kit.noticesOf('01ONCE'), PATIENCE).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(kit.noticesOf('01ONCE')).toHaveLength(1);
    await kit.handleOf('nowhere', '01ONCE').terminate();
  });

  test('tells a QUEUED that a lock holds up from one with another run in front', async () => {
    const settings = settingsWith({ silenceMs: 200, waitingSilenceMs: 200 });
    const first = await kit.createRun({ id: 'blocked' }, ['PLANNING', 'UNCONFIRMED']);
    await expect.poll(() => kit.stateOf(first), PATIENCE).toBe('UNCONFIRMED');
    const second = await kit.createRun({ id: 'blocked' }, ['PLANNING', 'FINISHED']);
    const handle = await kit.deliver([runEvent('blocked', second, 'QUEUED', 0)], settings);
    await expect
      .poll(async () => (await progressOf(handle)).mustAct, PATIENCE)
      .toBe(`nobody: run ${first} of the stack is in front, and waits for a person`);
    expect(kit.noticesOf(second)).toEqual([]);

    await kit.harness.control('POST', '/stacks', { id: 'blocked', lockedBy: 'ada' });
    await kit.decide('discard', 'blocked', first);
    await expect.poll(() => kit.noticesOf(second), PATIENCE).toHaveLength(1);
    expect(await progressOf(handle)).toMatchObject({ mustAct: "the holder of the stack's lock" });
    expect(kit.noticesOf(second)[0]?.text).toContain("the holder of the stack's lock");

    await kit.harness.control('POST', '/stacks', { id: 'blocked', lockedBy: null });
    expect(await handle.result()).toMatchObject({ outcome: 'completed', state: 'FINISHED' });
  });
});

describe('followRun() of a run whose payload has no type', () => {
  const typeless = (runId: string, state: string, version: number) =>
    runEvent('typeless', runId, state, version, { runType: null });

  test('tells nobody of one that nobody asked to observe', async () => {
    const runId = await kit.createRun({ id: 'typeless' }, ['PLANNING', 'FAILED']);
    await expect.poll(() => kit.stateOf(runId), PATIENCE).toBe('FAILED');
    const settings = settingsWith({}, { observedRunTypes: ['DESTROY'] });
    const handle = await kit.deliver([typeless(runId, 'FAILED', 2)], settings);
    const { outcome, done } = await handle.result();
    expect(outcome).toBe('failed');
    expect(done.map(({ action }) => action)).toEqual([SIGNALS.failedRun]);
    expect(kit.noticesOf(runId)).toEqual([]);
  });

  test('tells of one that is of an observed type, or that Spacelift does not know', async () => {
    const runId = await kit.createRun({ id: 'typeless' }, ['PLANNING', 'FAILED']);
    await (await kit.deliver([typeless(runId, 'FAILED', 2)], settingsWith())).result();
    await (await kit.deliver([typeless('01UNKNOWN', 'FAILED', 2)], settingsWith())).result();
    expect(kit.noticesOf(runId)).toHaveLength(1);
    expect(kit.noticesOf('01UNKNOWN')).toHaveLength(1);
  });
});
