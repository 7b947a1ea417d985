import { describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

type Input = Parameters<typeof startSimulator>[0];

const REFERENCE = { stack: 'app', output: 'vpc', input: 'TF_VAR_vpc' };

async function start(child: object, input: Input = {}) {
  const simulator = startSimulator(input);
  const stacks = [
    { id: 'app', autodeploy: true },
    { id: 'child', autodeploy: true, dependsOn: ['app'], ...child },
    { id: 'grandchild', autodeploy: true, dependsOn: ['child'] },
  ];
  for (const stack of stacks) await simulator.control('POST', '/stacks', stack);
  return simulator;
}

describe('a dependent that takes outputs', () => {
  it.each([
    ['new outputs', {}, false, 'FINISHED'],
    ['the same outputs', { outputsChange: false }, false, 'SKIPPED'],
    ['no changes, so nothing applied', { changes: false }, false, 'SKIPPED'],
    ['the same outputs and triggerAlways', { outputsChange: false }, true, 'FINISHED'],
    ['no changes and triggerAlways', { changes: false }, true, 'FINISHED'],
    ['a failure and triggerAlways', { failAt: 'APPLYING' }, true, 'SKIPPED'],
  ])('of a run with %s', async (_, script, triggerAlways, end) => {
    const { lastStates, passTime, startRun } = await start({
      references: [{ ...REFERENCE, triggerAlways }],
    });
    await startRun('app', { script });
    await passTime();
    expect(await lastStates('child')).toEqual([end]);
  });

  it('runs when somebody starts it directly', async () => {
    const { lastStates, passTime, startRun } = await start({ references: [REFERENCE] });
    await startRun('child');
    await passTime();
    expect(await lastStates('child')).toEqual(['FINISHED']);
  });

  it('refuses references to stacks it does not depend on', async () => {
    const { control } = await start({});
    const references = [{ ...REFERENCE, stack: 'elsewhere' }];
    const body = { id: 'child', dependsOn: ['app'], references };
    expect((await control('POST', '/stacks', body)).status).toBe(400);
  });
});

describe('a dependent without references', () => {
  it('runs although nothing was applied upstream', async () => {
    const { lastStates, passTime, startRun } = await start({});
    await startRun('app', { script: { changes: false } });
    await passTime();
    expect(await lastStates('child')).toEqual(['FINISHED']);
  });

  it.each(['TASK', 'PROPOSED', 'DESTROY'])('hears nothing of a %s run', async (type) => {
    const { lastStates, passTime, startRun } = await start({});
    await startRun('app', { type, command: 'ls' });
    await passTime();
    expect(await lastStates('child')).toEqual([]);
  });

  it.each(['SKIPPED', 'CANCELED'] as const)(
    'ends %s when upstream was discarded and the switch says so',
    async (upstreamAbandoned) => {
      const simulator = await start({}, { switches: { upstreamAbandoned } });
      const { control, lastStates, passTime, startRun } = simulator;
      const run = await startRun('app');
      await control('POST', `/runs/${run}/discard`);
      await passTime();
      expect(await lastStates('app')).toEqual(['DISCARDED']);
      expect(await lastStates('child')).toEqual([upstreamAbandoned]);
    },
  );
});
