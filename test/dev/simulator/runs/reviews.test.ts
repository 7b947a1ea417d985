import { describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

async function start(stack: object) {
  const simulator = startSimulator();
  await simulator.control('POST', '/stacks', { id: 'app', ...stack });
  const act = async (run: string, action: string) =>
    (await simulator.control('POST', `/runs/${run}/${action}`, { by: 'ada' })).status;
  const waitOf = async (run: string) =>
    ((await simulator.control('GET', `/runs/${run}`)).json as { waitsFor: string | null }).waitsFor;
  return { ...simulator, act, waitOf };
}

describe('approval policy on QUEUED', () => {
  it('keeps the run and newer ones of its stack there until it is approved', async () => {
    const { act, lastStates, passTime, startRun, waitOf } = await start({
      approvals: ['QUEUED'],
      autodeploy: true,
    });
    const [first, second] = [await startRun('app'), await startRun('app')];
    await act(second, 'approve');
    await passTime();
    expect(await lastStates('app')).toEqual(['QUEUED', 'QUEUED']);
    expect(await waitOf(first)).toBe('approval');
    expect(await act(first, 'approve')).toBe(200);
    await passTime();
    expect(await lastStates('app')).toEqual(['FINISHED', 'FINISHED']);
  });

  it('gates proposed runs and tasks too', async () => {
    const { lastStates, passTime, startRun } = await start({ approvals: ['QUEUED'] });
    await startRun('app', { type: 'PROPOSED' });
    await startRun('app', { type: 'TASK', command: 'ls' });
    await passTime();
    expect(await lastStates('app')).toEqual(['QUEUED', 'QUEUED']);
  });

  it('fails a rejected run at once and lets the next one go', async () => {
    const { act, lastStates, passTime, startRun } = await start({ approvals: ['QUEUED'] });
    const [first, second] = [await startRun('app'), await startRun('app')];
    expect(await act(first, 'reject')).toBe(200);
    expect(await lastStates('app')).toEqual(['FAILED', 'QUEUED']);
    await act(second, 'approve');
    await passTime();
    expect(await lastStates('app')).toEqual(['FAILED', 'UNCONFIRMED']);
  });
});

describe('approval policy on UNCONFIRMED', () => {
  it('refuses a confirmation before the approval, and takes it after', async () => {
    const { act, lastStates, passTime, startRun, waitOf } = await start({
      approvals: ['UNCONFIRMED'],
    });
    const run = await startRun('app');
    await passTime();
    expect(await waitOf(run)).toBe('approval');
    expect(await act(run, 'confirm')).toBe(409);
    expect(await act(run, 'approve')).toBe(200);
    expect(await lastStates('app')).toEqual(['UNCONFIRMED']);
    expect(await waitOf(run)).toBe('confirmation');
    expect(await act(run, 'confirm')).toBe(200);
    await passTime();
    expect(await lastStates('app')).toEqual(['FINISHED']);
  });

  it('asks again after a replan', async () => {
    const { act, passTime, startRun, waitOf } = await start({ approvals: ['UNCONFIRMED'] });
    const run = await startRun('app');
    await passTime();
    await act(run, 'approve');
    expect(await act(run, 'replan')).toBe(200);
    await passTime();
    expect(await waitOf(run)).toBe('approval');
    expect(await act(run, 'confirm')).toBe(409);
  });

  it('lets anybody discard without it', async () => {
    const { act, lastStates, passTime, startRun } = await start({ approvals: ['UNCONFIRMED'] });
    const run = await startRun('app');
    await passTime();
    expect(await act(run, 'discard')).toBe(200);
    expect(await lastStates('app')).toEqual(['DISCARDED']);
  });
});

describe('a plan-policy warning', () => {
  it.each([
    ['approve', 'FINISHED'],
    ['reject', 'FAILED'],
  ])('has a proposed run reviewed: %s ends it %s', async (action, end) => {
    const { act, lastStates, passTime, startRun } = await start({ approvals: ['PENDING_REVIEW'] });
    const run = await startRun('app', { type: 'PROPOSED', script: { warns: true } });
    await passTime();
    expect(await lastStates('app')).toEqual(['PENDING_REVIEW']);
    expect(await act(run, action)).toBe(200);
    expect(await lastStates('app')).toEqual([end]);
  });

  it('stops autodeploy', async () => {
    const { lastStates, passTime, startRun } = await start({ autodeploy: true });
    await startRun('app', { script: { warns: true } });
    await passTime();
    expect(await lastStates('app')).toEqual(['UNCONFIRMED']);
  });
});

describe('POST /control/runs/:id/:action', () => {
  it('says why it cannot be done, and what nobody can do', async () => {
    const { control, startRun } = await start({ approvals: ['UNCONFIRMED'] });
    const run = await startRun('app');
    expect(await control('POST', `/runs/${run}/confirm`)).toEqual({
      status: 409,
      json: { error: 'Cannot confirm run: its state is QUEUED' },
    });
    expect((await control('POST', `/runs/${run}/rewind`)).status).toBe(404);
    expect((await control('POST', '/runs/01J/confirm')).status).toBe(404);
  });

  it.each([
    ['finish', 'FINISHED'],
    ['fail', 'FAILED'],
  ])('%s ends a run whatever its state, once', async (action, end) => {
    const { act, clock, lastStates, passTime, startRun } = await start({ autodeploy: true });
    const run = await startRun('app');
    await clock.advance(750);
    expect(await lastStates('app')).toEqual(['APPLYING']);
    expect(await act(run, action)).toBe(200);
    await passTime();
    expect(await lastStates('app')).toEqual([end]);
    expect(await act(run, action)).toBe(409);
  });

  it.each(['FAILED', 'STOPPED'] as const)(
    'kill ends an applying run as %s',
    async (killedState) => {
      const { clock, control, lastStates, startRun } = startSimulator({
        switches: { killedState },
      });
      await control('POST', '/stacks', { id: 'app', autodeploy: true });
      const run = await startRun('app');
      await clock.advance(750);
      expect((await control('POST', `/runs/${run}/kill`)).status).toBe(200);
      expect(await lastStates('app')).toEqual([killedState]);
    },
  );

  it('prioritize lets a queued run go before older ones', async () => {
    const { control, passTime, lastStates, startRun } = await start({});
    await startRun('app');
    await startRun('app');
    const run = await startRun('app');
    await control('POST', `/runs/${run}/prioritize`);
    await passTime();
    expect(await lastStates('app')).toEqual(['QUEUED', 'QUEUED', 'UNCONFIRMED']);
  });
});

describe('scripted interventions', () => {
  const REPLAN_AND_CONFIRM = [
    { state: 'UNCONFIRMED', action: 'replan', afterMs: 1000, by: 'ada' },
    { state: 'UNCONFIRMED', action: 'confirm', afterMs: 2000, by: 'bob' },
  ];

  it('are carried out one for each stay, each after its time', async () => {
    const { clock, control, passTime, startRun } = await start({});
    const run = await startRun('app', { script: { interventions: REPLAN_AND_CONFIRM } });
    await passTime();
    await clock.advance(0);
    const { json } = await control('GET', `/runs/${run}`);
    const { history } = json as { history: { state: string; at: number; username: string }[] };
    const stays = history.flatMap(({ state, at }, index) =>
      state === 'UNCONFIRMED' ? [(history[index + 1]?.at ?? 0) - at] : [],
    );
    expect(stays).toEqual([1000, 2000]);
    expect(history.map(({ state, username }) => `${state} ${username}`.trim())).toEqual([
      'QUEUED',
      'READY',
      'PREPARING',
      'INITIALIZING',
      'PLANNING',
      'UNCONFIRMED',
      'REPLAN_REQUESTED ada',
      'PREPARING_REPLAN',
      'PLANNING',
      'UNCONFIRMED',
      'CONFIRMED bob',
      'PREPARING_APPLY',
      'APPLYING',
      'FINISHED',
    ]);
  });

  it('follow each other within a stay, and hold the run until they have happened', async () => {
    const { clock, lastStates, passTime, startRun } = await start({
      approvals: ['QUEUED', 'UNCONFIRMED'],
    });
    await startRun('app', {
      script: {
        interventions: [
          { state: 'QUEUED', action: 'approve', afterMs: 5000 },
          { state: 'UNCONFIRMED', action: 'approve', afterMs: 100 },
          { state: 'UNCONFIRMED', action: 'confirm', afterMs: 100 },
        ],
      },
    });
    await clock.advance(4999);
    expect(await lastStates('app')).toEqual(['QUEUED']);
    await passTime();
    expect(await lastStates('app')).toEqual(['FINISHED']);
  });

  it('stop a run before its state would have passed, however short that is', async () => {
    const { control, lastStates, passTime, startRun } = startSimulator({ stateMs: 0 });
    await control('POST', '/stacks', { id: 'app' });
    const interventions = [{ state: 'PLANNING', action: 'stop', afterMs: 500 }];
    await startRun('app', { script: { interventions } });
    await passTime();
    expect(await lastStates('app')).toEqual(['STOPPED']);
  });
});
