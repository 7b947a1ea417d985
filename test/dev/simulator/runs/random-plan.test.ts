import { describe, expect, it } from 'vitest';
import { drawScript, OUTCOMES } from '../../../../dev/simulator/runs/random-plan.ts';
import { startSimulator } from '../support.ts';

const PLAN = {
  outcomes: {},
  failAt: [],
  waitMs: { least: 10, most: 500 },
  replan: 0,
  warn: 0,
};

const draw = (plan: Partial<typeof PLAN>, ordinal: number, approvals: [] = []) =>
  drawScript(
    { ...PLAN, ...plan },
    {
      stack: { id: 'app', approvals },
      request: { type: 'TRACKED', skipInitialization: false },
      ordinal,
    },
    7,
  );

const drawMany = (plan: Partial<typeof PLAN>) =>
  Array.from({ length: 2000 }, (_, ordinal) => draw(plan, ordinal));

describe('drawScript()', () => {
  it('decides about each run by seed, stack and ordinal', () => {
    const plan = { outcomes: { finished: 1, failed: 1, discarded: 1 }, replan: 0.3, warn: 0.3 };
    expect(drawMany(plan)).toEqual(drawMany(plan));
    expect(new Set(drawMany(plan).map((script) => JSON.stringify(script))).size).toBeGreaterThan(
      1000,
    );
  });

  it('gives each outcome its share', () => {
    const scripts = drawMany({ outcomes: { finished: 3, failed: 1 } });
    const failed = scripts.filter(({ failAt }) => failAt !== undefined).length;
    expect(Math.abs(failed - 500)).toBeLessThan(100);
  });

  it('leaves what the other parts decide when one part changes', () => {
    const plan = { outcomes: { finished: 1, failed: 1 } };
    const failures = (more: object) => drawMany({ ...plan, ...more }).map(({ failAt }) => failAt);
    expect(failures({ replan: 1, warn: 0.5 })).toEqual(failures({}));
  });

  it('answers one question without regard to another', () => {
    const scripts = drawMany({ outcomes: { finished: 3, failed: 1 } });
    const failures = scripts.flatMap(({ failAt }) => failAt ?? []);
    for (const state of ['INITIALIZING', 'PLANNING', 'APPLYING']) {
      const share = failures.filter((failAt) => failAt === state).length / failures.length;
      expect(Math.abs(share - 1 / 3), state).toBeLessThan(0.1);
    }
  });

  it('fails where it is told to, if the run comes there', () => {
    const plan = { outcomes: { failed: 1 }, failAt: ['PLANNING', 'PERFORMING'] as never[] };
    expect(new Set(drawMany(plan).map(({ failAt }) => failAt))).toEqual(new Set(['PLANNING']));
  });

  it('replans three times at most before the decision', () => {
    expect(draw({ replan: 1 }, 0).interventions?.map(({ action }) => action)).toEqual([
      'replan',
      'replan',
      'replan',
      'confirm',
      'approve',
    ]);
  });
});

/** How a run of each type ends when the plan has but one outcome. */
const ENDS = {
  finished: 'FINISHED',
  unchanged: 'FINISHED',
  failed: 'FAILED',
  discarded: 'DISCARDED',
  rejected: 'FAILED',
  stopped: 'STOPPED',
  canceled: 'CANCELED',
} as const;

const TYPES = ['TRACKED', 'PROPOSED', 'TASK', 'DESTROY'] as const;
const APPROVALS = ['QUEUED', 'UNCONFIRMED', 'PENDING_REVIEW'];

describe('a random plan', () => {
  it.each(
    TYPES.flatMap((type) =>
      Object.entries(ENDS).flatMap(([outcome, end]) =>
        [[], APPROVALS].map((approvals) => ({ type, outcome, end, approvals })),
      ),
    ),
  )('ends $type runs $end when $outcome, with approvals $approvals', async (given) => {
    const { type, outcome, end, approvals } = given;
    const simulator = startSimulator({
      plan: { ...PLAN, outcomes: { [outcome]: 1 }, replan: 0.3, warn: 0.5 },
    });
    await simulator.control('POST', '/stacks', { id: 'app', approvals });
    await simulator.control('POST', '/stacks', { id: 'quick', approvals, autodeploy: true });
    for (const stack of ['app', 'quick']) {
      for (let count = 0; count < 4; count += 1) await simulator.startRun(stack, { type });
      await simulator.clock.advance(60_000);
      expect(await simulator.lastStates(stack)).toEqual([end, end, end, end]);
    }
  });

  it.each([
    ['TRACKED', 'UNCONFIRMED'],
    ['PROPOSED', 'PENDING_REVIEW'],
  ])('leaves a waiting %s run in %s for good', async (type, state) => {
    const simulator = startSimulator({ plan: { ...PLAN, outcomes: { waiting: 1 } } });
    await simulator.control('POST', '/stacks', { id: 'app', autodeploy: true });
    await simulator.startRun('app', { type });
    await simulator.clock.advance(1_000_000);
    expect(await simulator.lastStates('app')).toEqual([state]);
  });

  it('of the account gives way to the one of a stack, and that to scripts', async () => {
    const { control, lastStates, passTime, startRun } = startSimulator();
    await control('POST', '/stacks', { id: 'app' });
    await control('POST', '/stacks', { id: 'other' });
    expect((await control('POST', '/plan', { outcomes: { canceled: 1 } })).status).toBe(200);
    const plan = { outcomes: { failed: 1 }, waitMs: { least: 0, most: 0 } };
    expect((await control('POST', '/stacks/app/plan', plan)).status).toBe(200);
    await control('POST', '/stacks/app/script', { changes: false, runs: 1 });
    for (const stack of ['app', 'app', 'other']) await startRun(stack);
    await passTime();
    await passTime();
    expect(await lastStates('app')).toEqual(['FINISHED', 'FAILED']);
    expect(await lastStates('other')).toEqual(['CANCELED']);

    await control('DELETE', '/stacks/app/plan');
    await control('DELETE', '/plan');
    await startRun('app', { type: 'PROPOSED' });
    await passTime();
    expect(await lastStates('app')).toEqual(['FINISHED', 'FAILED', 'FINISHED']);
    expect((await control('GET', '/plan')).json).toBeNull();
  });

  it.each([
    [{ outcomes: { lost: 1 } }, /outcomes/],
    [{ outcomes: { failed: -1 } }, /outcomes\.failed/],
    [{ failAt: ['CANCELLED'] }, /failAt/],
    [{ waitMs: { least: 2, most: 1 } }, /waitMs/],
    [{ replan: 1.5 }, /replan/],
  ])('refuses %j', async (plan, message) => {
    const { control } = startSimulator();
    const { status, json } = await control('POST', '/plan', plan);
    expect(status).toBe(400);
    expect((json as { error: string }).error).toMatch(message);
  });

  it('makes the same histories in whatever order the stacks are used', async () => {
    const histories = async (order: readonly string[], ms: number) => {
      const plan = {
        ...PLAN,
        outcomes: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 1])),
      };
      const simulator = startSimulator({ plan, runIds: 'seeded', stateMs: ms });
      for (const id of ['a', 'b']) await simulator.control('POST', '/stacks', { id });
      for (const id of order) {
        await simulator.startRun(id, { type: 'PROPOSED', triggeredBy: 'ada' });
        await simulator.clock.advance(ms);
      }
      await simulator.clock.advance(100_000);
      const of = async (id: string) => {
        const { json } = await simulator.control('GET', `/runs?stack=${id}`);
        return (json as { id: string; history: { state: string }[] }[]).map((run) => [
          run.id,
          ...run.history.map(({ state }) => state),
        ]);
      };
      return [await of('a'), await of('b')];
    };
    const one = await histories(['a', 'a', 'a', 'b', 'b', 'b'], 3);
    expect(await histories(['b', 'a', 'b', 'a', 'b', 'a'], 70)).toEqual(one);
    expect(new Set(one.flat().map(([, ...states]) => states.join())).size).toBeGreaterThan(2);
  });
});
