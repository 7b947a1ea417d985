import { describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

type Input = Parameters<typeof startSimulator>[0];

async function start(stack: object = {}, input: Input = {}) {
  const simulator = startSimulator(input);
  await simulator.control('POST', '/stacks', { id: 'app', autodeploy: true, ...stack });
  return simulator;
}

describe('a stack lock', () => {
  it('suspends autodeploy, also for a run that was under way', async () => {
    const { clock, control, lastStates, passTime, startRun } = await start();
    await startRun('app');
    await clock.advance(450);
    await control('POST', '/stacks/app/lock', { by: 'ada' });
    await passTime();
    expect(await lastStates('app')).toEqual(['UNCONFIRMED']);
  });

  it('has no say any more once the run has been planned without it', async () => {
    const { clock, control, lastStates, passTime, startRun } = await start({ lockedBy: 'ada' });
    await startRun('app', { triggeredBy: 'ada' });
    await clock.advance(450);
    await control('DELETE', '/stacks/app/lock');
    await passTime();
    expect(await lastStates('app')).toEqual(['FINISHED']);
  });

  it('lets its holder start runs, past a push that waits, and nobody else', async () => {
    const { control, lastStates, passTime, startRun } = await start({ lockedBy: 'ada' });
    await startRun('app');
    expect(await control('POST', '/stacks/app/runs', { triggeredBy: 'bob' })).toEqual({
      status: 409,
      json: { error: 'Cannot start run: stack is locked' },
    });
    await startRun('app', { triggeredBy: 'ada', script: { changes: false } });
    await passTime();
    expect(await lastStates('app')).toEqual(['QUEUED', 'FINISHED']);
    await control('DELETE', '/stacks/app/lock');
    await passTime();
    expect(await lastStates('app')).toEqual(['FINISHED', 'FINISHED']);
  });

  it('is not taken from its holder', async () => {
    const { control } = await start({ lockedBy: 'ada' });
    expect((await control('POST', '/stacks/app/lock', { by: 'bob' })).status).toBe(409);
    expect((await control('POST', '/stacks/app/lock', { by: 'ada' })).status).toBe(200);
  });
});

describe('external dependencies', () => {
  const PUSH = { externalDependencies: ['image', 'binary'] };

  it('keep a pushed run in QUEUED until all are finished or skipped', async () => {
    const { control, lastStates, passTime, startRun } = await start();
    await startRun('app', PUSH);
    await control('POST', '/external-dependencies/image', { status: 'FINISHED' });
    await passTime();
    expect(await lastStates('app')).toEqual(['QUEUED']);
    const { json } = await control('POST', '/external-dependencies/binary', { status: 'SKIPPED' });
    expect(json).toEqual({ phantom: false, status: 'SKIPPED' });
    await passTime();
    expect(await lastStates('app')).toEqual(['FINISHED']);
  });

  it('fail the run when one has failed, now or before', async () => {
    const { control, lastStates, startRun } = await start();
    await startRun('app', PUSH);
    await control('POST', '/external-dependencies/binary', { status: 'FAILED' });
    await startRun('app', PUSH);
    expect(await lastStates('app')).toEqual(['FAILED', 'FAILED']);
  });

  it('are phantoms when no run waits for them, and count later', async () => {
    const { control, lastStates, passTime, startRun } = await start();
    const { json } = await control('POST', '/external-dependencies/image');
    expect(json).toEqual({ phantom: true, status: 'FINISHED' });
    await startRun('app', { externalDependencies: ['image'] });
    await passTime();
    expect(await lastStates('app')).toEqual(['FINISHED']);
  });

  it('belong to pushes only', async () => {
    const { control } = await start();
    const body = { ...PUSH, triggeredBy: 'ada' };
    expect((await control('POST', '/stacks/app/runs', body)).status).toBe(400);
  });

  it.each([
    [true, ['QUEUED', 'QUEUED']],
    [false, ['QUEUED', 'FINISHED']],
  ])('with waitingRunBlocks %s leave the runs as %j', async (waitingRunBlocks, ends) => {
    const simulator = await start({}, { switches: { waitingRunBlocks } });
    await simulator.startRun('app', PUSH);
    await simulator.startRun('app');
    await simulator.passTime();
    expect(await simulator.lastStates('app')).toEqual(ends);
  });
});

describe('a newer commit', () => {
  const push = (commit: string, branch: string) => ({ type: 'PROPOSED', commit, branch });

  it('stops the proposed run of the push before it on its branch, and no other', async () => {
    const { clock, lastStates, passTime, startRun } = await start();
    await startRun('app', push('aaaaaaa', 'feature'));
    await startRun('app', push('bbbbbbb', 'other'));
    await startRun('app', { ...push('ccccccc', 'feature'), triggeredBy: 'ada' });
    await clock.advance(600);
    await startRun('app', push('ddddddd', 'feature'));
    expect(await lastStates('app')).toEqual(['STOPPED', 'PLANNING', 'PLANNING', 'QUEUED']);
    await passTime();
    expect(await lastStates('app')).toEqual(['STOPPED', 'FINISHED', 'FINISHED', 'FINISHED']);
  });
});

describe('module tests', () => {
  it('go side by side, destroy even after a failed apply, and leave the stack without a holder', async () => {
    const { control, lastStates, passTime, startRun, states } = startSimulator();
    await control('POST', '/stacks', { id: 'mod', isModule: true });
    await startRun('mod', { script: { failAt: 'APPLYING' } });
    await startRun('mod');
    await passTime();
    const [failed] = await states('mod');
    expect(failed?.slice(-4)).toEqual(['PLANNING', 'APPLYING', 'DESTROYING', 'FAILED']);
    expect(await lastStates('mod')).toEqual(['FAILED', 'FINISHED']);
  });

  it('are for modules, and modules are for nothing else', async () => {
    const { control } = await start();
    await control('POST', '/stacks', { id: 'mod', isModule: true });
    expect((await control('POST', '/stacks/mod/runs', { type: 'TRACKED' })).status).toBe(400);
    expect((await control('POST', '/stacks/app/runs', { type: 'TESTING' })).status).toBe(400);
  });
});

describe('drift detection', () => {
  const CHECK = { type: 'PROPOSED', driftDetection: true, triggeredBy: 'nightly' };

  const drifted = async ({ control }: Awaited<ReturnType<typeof start>>) =>
    ((await control('GET', '/stacks')).json as { isDrifted: boolean }[])[0]?.isDrifted;

  it('is quiet when nothing has drifted', async () => {
    const simulator = await start({ reconciles: true });
    await simulator.startRun('app', { ...CHECK, script: { changes: false } });
    await simulator.passTime();
    expect(await simulator.lastStates('app')).toEqual(['FINISHED']);
    expect(await drifted(simulator)).toBe(false);
  });

  it('marks the stack, and leaves it so without reconciliation', async () => {
    const simulator = await start();
    await simulator.startRun('app', CHECK);
    await simulator.passTime();
    expect(await simulator.lastStates('app')).toEqual(['FINISHED']);
    expect(await drifted(simulator)).toBe(true);
  });

  it.each([true, false])('reconciles by a tracked run, marked %s', async (marked) => {
    const switches = { reconciliationIsDrift: marked };
    const simulator = await start({ reconciles: true }, { switches });
    await simulator.startRun('app', CHECK);
    await simulator.passTime();
    const { json } = await simulator.control('GET', '/runs?stack=app');
    expect(json).toMatchObject([
      { type: 'PROPOSED', state: 'FINISHED', driftDetection: true },
      { type: 'TRACKED', state: 'FINISHED', driftDetection: marked, triggeredBy: 'nightly' },
    ]);
    expect(await drifted(simulator)).toBe(false);
  });

  it('asks a person before it reconciles without autodeploy', async () => {
    const { lastStates, passTime, startRun } = await start({ reconciles: true, autodeploy: false });
    await startRun('app', CHECK);
    await passTime();
    expect(await lastStates('app')).toEqual(['FINISHED', 'UNCONFIRMED']);
  });
});
