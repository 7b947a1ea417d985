import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { DefaultLogger } from '@temporalio/worker';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SIGNALS } from '../../shared/contract/names.ts';
import { runEvent } from '../events.ts';
import { runIdOf } from './harness.ts';
import { PATIENCE, progressOf, type RunKit, settingsWith, startRunKit } from './run-kit.ts';

const runFile = promisify(execFile);
const temporalCli = inject('temporalCli');
let kit: RunKit;
const lines: { readonly message: string; readonly workflowId: unknown }[] = [];

beforeAll(async () => {
  const logger = new DefaultLogger('WARN', ({ message, meta }) => {
    lines.push({ message, workflowId: meta?.['workflowId'] });
  });
  kit = await startRunKit(temporalCli, {}, { logger });
});
afterAll(() => kit.stop());

const signal = (executionId: string, name: string, ...input: readonly string[]) =>
  runFile(temporalCli, [
    'workflow',
    'signal',
    '--address',
    kit.harness.env.address,
    '--workflow-id',
    executionId,
    '--name',
    name,
    ...input,
  ]);

const follow = (runId: string) =>
  kit.deliver([runEvent('nowhere', runId, 'PLANNING', 4)], settingsWith());

const warningsOf = (runId: string) =>
  lines
    .filter(({ workflowId }) => workflowId === runIdOf('nowhere', runId))
    .map(({ message }) => message);

/** No task of it has failed: it has done all it was told, and nothing is tried again behind the scenes. */
async function isSound(runId: string): Promise<boolean> {
  const { events } = await kit.handleOf('nowhere', runId).fetchHistory();
  return (events ?? []).every(
    ({ workflowTaskFailedEventAttributes }) => !workflowTaskFailedEventAttributes,
  );
}

describe('signals by `temporal workflow signal`', () => {
  test.each([
    ['nothing', []],
    ['junk', ['--input', '{"events":[{"delivery":{"key":"x"},"event":{"state":7}}],"verdict":[]}']],
    ['several arguments', ['--input', '1', '--input', '[{}]', '--input', '"x"']],
    ['a date that is none', ['--input', eventWith('01SIGNALLED', { occurredAt: 'yesterday' })]],
    [
      'a verdict',
      [
        '--input',
        '{"verdict":{"runId":"01X","state":"FINISHED","outcome":"completed","reason":null,"steps":[]}}',
      ],
    ],
    ['bytes', ['--input', 'bytes', '--input-meta', 'encoding=binary/plain']],
    ['an encoding of another world', ['--input', 'x', '--input-meta', 'encoding=of/nowhere']],
  ])('%s: prompts a look at most, and fails nothing', async (name, input) => {
    const runId = `01SIGNALLED${name.replaceAll(' ', '')}`;
    const handle = await follow(runId);
    const names = [
      SIGNALS.completedRun,
      SIGNALS.failedRun,
      SIGNALS.runEvents,
      SIGNALS.attachIntent,
    ];
    const looks = await kit.countOperations('stack');
    for (const name of [...names, 'unheard_of'])
      await signal(runIdOf('nowhere', runId), name, ...input);
    await expect
      .poll(async () => (await progressOf(handle)).transitions.map(({ state }) => state), PATIENCE)
      .toEqual(['PLANNING']);
    await expect
      .poll(() => warningsOf(runId), PATIENCE)
      .toEqual(
        expect.arrayContaining([
          ...(name === 'a verdict' ? [] : ['signal without a delivery key prompts a look']),
          'signal without an execution id is ignored',
        ]),
      );
    if (name !== 'a verdict') expect(await kit.countOperations('stack')).toBeGreaterThan(looks);
    await kit.deliver([runEvent('nowhere', runId, 'FINISHED', 5)], settingsWith());
    expect(await handle.result()).toMatchObject({ outcome: 'completed', state: 'FINISHED' });
    expect(await isSound(runId)).toBe(true);
  });

  test('one without a delivery key is answered by Spacelift, not by what it says', async () => {
    const runId = await kit.createRun({ id: 'looked-at' }, ['PLANNING', 'UNCONFIRMED']);
    await expect.poll(() => kit.stateOf(runId), PATIENCE).toBe('UNCONFIRMED');
    const handle = await kit.deliver([runEvent('looked-at', runId, 'PLANNING', 1)], settingsWith());
    const event = runEvent('looked-at', runId, 'FINISHED', 3);
    const typed = JSON.stringify({ events: [{ event }] });
    await signal(runIdOf('looked-at', runId), SIGNALS.completedRun, '--input', typed);
    await expect
      .poll(async () => (await progressOf(handle)).transitions.map(({ state }) => state), PATIENCE)
      .toEqual(['QUEUED', 'PLANNING', 'UNCONFIRMED']);
    await expect.poll(() => kit.noticesOf(runId), PATIENCE).toHaveLength(1);
    await handle.terminate();
  });

  test('what is sound counts, in any order, and for this run only', async () => {
    const handle = await follow('01BYHAND');
    const id = runIdOf('nowhere', '01BYHAND');
    await signal(id, SIGNALS.failedRun, '--input', eventWith('01OTHER', { state: 'FAILED' }));
    await signal(
      id,
      SIGNALS.completedRun,
      '--input',
      eventWith('01BYHAND', { state: 'FINISHED', stateVersion: 2 }),
    );
    const result = await handle.result();
    expect(result).toMatchObject({ outcome: 'completed', state: 'FINISHED' });
    expect(result.steps.map(({ step }) => step)).toEqual(['PLANNING', 'FINISHED']);
  });

  test('a closed execution takes none', async () => {
    const handle = await kit.deliver(
      [runEvent('nowhere', '01CLOSED', 'FINISHED', 5)],
      settingsWith(),
    );
    await handle.result();
    await expect(signal(runIdOf('nowhere', '01CLOSED'), SIGNALS.completedRun)).rejects.toThrow(
      /already completed/,
    );
  });
});

function eventWith(runId: string, changes: object): string {
  const event = { ...runEvent('nowhere', runId, 'PLANNING', 4), ...changes };
  return JSON.stringify({ events: [{ event, delivery: { key: 'by-hand' } }] });
}

describe('signals of any JSON', () => {
  test('hundreds of them leave a run execution where it was', async () => {
    const handle = await follow('01ARBITRARY');
    const names = [
      SIGNALS.completedRun,
      SIGNALS.failedRun,
      SIGNALS.runEvents,
      SIGNALS.attachIntent,
    ];
    const payloads = fc.sample(fc.tuple(fc.constantFrom(...names), fc.jsonValue()), {
      numRuns: 300,
      seed: 5,
    });
    for (const [name, payload] of payloads) await handle.signal(name, payload);
    await kit.deliver([runEvent('nowhere', '01ARBITRARY', 'FINISHED', 5)], settingsWith());
    expect(await handle.result()).toMatchObject({ outcome: 'completed', state: 'FINISHED' });
    expect(await isSound('01ARBITRARY')).toBe(true);
  });
});
