/** Faults that others who run stacks after stacks are known to have had; each names where it was seen. */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { eventually } from '../../dev/launcher/eventually.ts';
import { type PropagationKit, startPropagationKit } from './propagation-kit.ts';

let kit: PropagationKit;

beforeAll(async () => {
  kit = await startPropagationKit(inject('temporalCli'));
});
afterAll(() => kit.stop());

const FAILS = ['PREPARING', 'PLANNING', 'FAILED'];

/** What nothing is to come of: the registry has decided about the run, and nothing is open. */
const settledAfter = async (runId: string) => {
  await kit.decided(runId);
  await kit.settled();
};

describe('propagation is free of', () => {
  test('substring label match (nic-avant/spacelift: dependsOn:global-dev met global-dev-2)', async () => {
    await kit.addStacks({ 'global-dev': [], 'global-dev-2': [] });
    await kit.addStacks({ 'of-dev': ['global-dev'], 'of-dev-2': ['global-dev-2'] });
    await settledAfter(await kit.run('global-dev'));
    expect(await kit.runsOf('of-dev')).toHaveLength(1);
    expect(await kit.runsOf('of-dev-2')).toHaveLength(0);
  });

  test('the grandchild of a failure that runs (Spacelift stack dependencies, support article of 2025-09-15)', async () => {
    await kit.addStacks({ g0: [], g1: ['g0'], g2: ['g1'], g3: ['g2'] });
    await kit.script('g1', FAILS);
    const root = await kit.run('g0');
    await kit.reached(root, { g1: 'failed', g2: 'stopped', g3: 'stopped' });
    await kit.handleOf(root).cancel();
    await kit.settled();
    for (const stack of ['g2', 'g3']) expect(await kit.runsOf(stack)).toHaveLength(0);
  });

  test('a child that starts before all its parents are done, or once for each (trigger policies, Spacelift module of cloudposse, PR 136)', async () => {
    await kit.addStacks({ p0: [], quick: ['p0'], slow: ['p0'], child: ['quick', 'slow'] });
    await kit.harness.control('POST', '/stacks', {
      id: 'slow',
      autodeploy: false,
      labels: ['dependsOn:p0'],
    });
    const root = await kit.run('p0');
    await kit.reached(root, { quick: 'completed', slow: 'started', child: 'waiting' });
    const waiting = await eventually('slow to wait', 30_000, async () =>
      (await kit.runsOf('slow')).find(({ state }) => state === 'UNCONFIRMED'),
    );
    expect(await kit.runsOf('child')).toHaveLength(0);
    await kit.harness.control('POST', `/runs/${waiting.id}/confirm`, {});
    expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
    expect(await kit.runsOf('child')).toHaveLength(1);
  });

  test('a retry that does not continue (Spacelift stack dependencies: a retry does not start dependents)', async () => {
    await kit.addStacks({ t0: [], t1: ['t0'], t2: ['t1'] });
    await kit.script('t1', FAILS);
    const root = await kit.run('t0');
    await kit.reached(root, { t1: 'failed', t2: 'stopped' });
    await kit.run('t1');
    expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
    expect(await kit.runsOf('t2')).toHaveLength(1);
  });

  test('one fixed child id per stack (nic-avant/spacelift: run-stack-<id>, which collides while the one before is open)', async () => {
    await kit.addStacks({ i0: [], i1: ['i0'] });
    const first = await kit.run('i0');
    await kit.result(first);
    const second = await kit.run('i0');
    await kit.result(second);
    expect(await kit.runsOf('i1')).toHaveLength(2);
    const keys = (await kit.runsOf('i1')).map(({ userMetadata }) => userMetadata[0]);
    expect(new Set(keys).size).toBe(2);
  });

  test('a PROPOSED or drift run that fans out, nor does a task or a failed run (nic-avant/spacelift: run types not filtered)', async () => {
    await kit.addStacks({ f0: [], f1: ['f0'] });
    const proposed = await kit.run('f0', { type: 'PROPOSED' });
    await kit.run('f0', { type: 'TASK', command: 'ls' });
    const drift = await kit.run('f0', { driftDetection: true });
    await kit.script('f0', FAILS);
    const failed = await kit.run('f0');
    await settledAfter(drift);
    await settledAfter(failed);
    await eventually('the end of all runs', 30_000, async () =>
      (await kit.runsOf('f0')).every(({ state }) => state === 'FINISHED' || state === 'FAILED')
        ? true
        : null,
    );
    expect(await kit.runsOf('f1')).toHaveLength(0);
    const { decided } = await kit.registry().query<{ decided: string[] }>('progress');
    expect(decided).not.toContain(proposed);
  });

  test('an endless loop between two stacks (labels both ways; over-triggering, masterpointio/terraform-spacelift-automation#144)', async () => {
    await kit.addStacks({ ping: ['pong'], pong: ['ping'] });
    const run = await kit.run('ping');
    await settledAfter(run);
    expect(await kit.runsOf('pong')).toHaveLength(0);
    expect(await kit.runsOf('ping')).toHaveLength(1);
    const notice = kit.harness.notices.find(({ stackId }) => stackId === 'ping');
    expect(notice?.text).toContain('ping → pong → ping');
  });
});
