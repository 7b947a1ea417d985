import { describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

const CONFIRM = 'mutation ($run: ID) { runConfirm(stack: "app", run: $run) { id state } }';

const idOf = (answer: { json: unknown }) => (answer.json as { id: string }).id;

describe('run engine', () => {
  it('keeps the second tracked run in QUEUED until the first has ended', async () => {
    const { clock, control, passTime, states } = startSimulator();
    await control('POST', '/stacks', { id: 'app', autodeploy: true });
    await control('POST', '/stacks/app/runs');
    await control('POST', '/stacks/app/runs');
    await clock.advance(450);
    const [first, second] = await states('app');
    expect(first?.at(-1)).toBe('INITIALIZING');
    expect(second).toEqual(['QUEUED']);
    await passTime();
    expect((await states('app')).map((run) => run.at(-1))).toEqual(['FINISHED', 'FINISHED']);
  });

  it('runs proposed ones side by side, and beside a tracked one', async () => {
    const { clock, control, states } = startSimulator();
    await control('POST', '/stacks', { id: 'app' });
    await control('POST', '/stacks/app/runs');
    await control('POST', '/stacks/app/runs', { type: 'PROPOSED' });
    await control('POST', '/stacks/app/runs', { type: 'PROPOSED' });
    await clock.advance(150);
    expect((await states('app')).map((run) => run.at(-1))).toEqual(['READY', 'READY', 'READY']);
  });

  it('lets an UNCONFIRMED run hold the stack until somebody confirms', async () => {
    const { ask, control, logIn, passTime, states } = startSimulator();
    await control('POST', '/stacks', { id: 'app' });
    const run = idOf(await control('POST', '/stacks/app/runs'));
    await control('POST', '/stacks/app/runs', { type: 'TASK', command: 'ls' });
    await passTime();
    expect((await states('app')).map((each) => each.at(-1))).toEqual(['UNCONFIRMED', 'QUEUED']);

    await ask(CONFIRM, { run }, await logIn());
    await passTime();
    const [confirmed, task] = await states('app');
    expect(confirmed?.slice(-5)).toEqual([
      'UNCONFIRMED',
      'CONFIRMED',
      'PREPARING_APPLY',
      'APPLYING',
      'FINISHED',
    ]);
    expect(task?.at(-1)).toBe('FINISHED');
  });

  it('confirms whichever run blocks the stack when no run is named', async () => {
    const { ask, control, logIn, passTime } = startSimulator();
    await control('POST', '/stacks', { id: 'app' });
    const run = idOf(await control('POST', '/stacks/app/runs'));
    await passTime();
    const { data } = await ask(CONFIRM, {}, await logIn());
    expect(data?.['runConfirm']).toEqual({ id: run, state: 'CONFIRMED' });
  });

  it('refuses a confirmation that comes too early, and changes nothing', async () => {
    const { ask, control, logIn, passTime, states } = startSimulator();
    await control('POST', '/stacks', { id: 'app', autodeploy: true });
    const run = idOf(await control('POST', '/stacks/app/runs'));
    const { errors } = await ask(CONFIRM, { run }, await logIn());
    expect(errors).toHaveLength(1);
    await passTime();
    expect((await states('app'))[0]).not.toContain('CONFIRMED');
  });

  it('goes through the same states again after a replan', async () => {
    const { ask, control, logIn, passTime, states } = startSimulator();
    await control('POST', '/stacks', { id: 'app' });
    const run = idOf(await control('POST', '/stacks/app/runs'));
    await passTime();
    await ask(
      'mutation ($run: ID!) { runTargetedReplan(stack: "app", run: $run, targets: ["a"]) { id } }',
      { run },
      await logIn(),
    );
    await passTime();
    expect((await states('app'))[0]?.slice(4)).toEqual([
      'PLANNING',
      'UNCONFIRMED',
      'REPLAN_REQUESTED',
      'PREPARING_REPLAN',
      'PLANNING',
      'UNCONFIRMED',
    ]);
  });

  it.each([
    ['runCancel', 0, 'CANCELED'],
    ['runDiscard', 0, 'DISCARDED'],
    ['runStop', 600, 'STOPPED'],
    ['runDiscard', 10_000, 'DISCARDED'],
  ])('%s after %i ms ends the run as such and frees the stack', async (mutation, ms, state) => {
    const { ask, clock, control, logIn, passTime, states } = startSimulator();
    await control('POST', '/stacks', { id: 'app' });
    const run = idOf(await control('POST', '/stacks/app/runs'));
    await control('POST', '/stacks/app/runs', { type: 'TASK', command: 'ls' });
    await clock.advance(ms);
    await ask(
      `mutation ($run: ID!) { ${mutation}(stack: "app", run: $run, note: "no") { id } }`,
      { run },
      await logIn(),
    );
    await passTime();
    expect((await states('app')).map((each) => each.at(-1))).toEqual([state, 'FINISHED']);
  });

  it('stops no run that is applying', async () => {
    const { ask, clock, control, logIn, passTime, states } = startSimulator();
    await control('POST', '/stacks', { id: 'app', autodeploy: true });
    const run = idOf(await control('POST', '/stacks/app/runs'));
    await clock.advance(750);
    expect((await states('app'))[0]?.at(-1)).toBe('APPLYING');
    const { errors } = await ask(
      'mutation ($run: ID!) { runStop(stack: "app", run: $run) { id } }',
      { run },
      await logIn(),
    );
    expect(errors).toHaveLength(1);
    await passTime();
    expect((await states('app'))[0]?.at(-1)).toBe('FINISHED');
  });
});

describe('native dependencies', () => {
  const CHAIN = [
    { id: 'app', autodeploy: true },
    { id: 'child', autodeploy: true, dependsOn: ['app'] },
    { id: 'grandchild', autodeploy: true, dependsOn: ['child'] },
  ];

  async function startChain(failAt?: string) {
    const simulator = startSimulator();
    for (const stack of CHAIN) await simulator.control('POST', '/stacks', stack);
    if (failAt !== undefined) await simulator.control('POST', '/stacks/app/script', { failAt });
    await simulator.control('POST', '/stacks/app/runs', { triggeredBy: 'ada' });
    return simulator;
  }

  it('queue runs at once and start them when upstream has finished', async () => {
    const { clock, passTime, states } = await startChain();
    await clock.advance(450);
    expect(await states('grandchild')).toEqual([['QUEUED']]);
    await passTime();
    expect((await states('grandchild'))[0]?.at(-1)).toBe('FINISHED');
  });

  it('skip the child of a failed run, but not the grandchild', async () => {
    const { passTime, states } = await startChain('PLANNING');
    await passTime();
    expect(await states('child')).toEqual([['QUEUED', 'SKIPPED']]);
    expect((await states('grandchild'))[0]?.at(-1)).toBe('FINISHED');
  });

  it('keep later runs of the dependent behind the one that waits', async () => {
    const { clock, control, passTime, states } = await startChain();
    await control('POST', '/stacks/child/runs');
    await clock.advance(450);
    expect(await states('child')).toEqual([['QUEUED'], ['QUEUED']]);
    await passTime();
    expect((await states('child')).map((run) => run.at(-1))).toEqual(['FINISHED', 'FINISHED']);
  });

  it('are not continued by a retry', async () => {
    const { ask, control, logIn, passTime, states } = await startChain('PLANNING');
    await passTime();
    const { json } = await control('GET', '/runs?stack=app');
    const run = (json as { id: string }[])[0]?.id;
    const retry = 'mutation ($run: ID!) { runRetry(stack: "app", run: $run) { id } }';
    expect((await ask(retry, { run }, await logIn())).errors).toBeUndefined();
    await passTime();
    expect(await states('app')).toHaveLength(2);
    expect(await states('child')).toHaveLength(1);
  });
});
