import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SIGNALS, UPDATES } from '../../shared/contract/names.ts';
import { runIdOf } from './harness.ts';
import { runEvent } from '../events.ts';
import { PATIENCE, progressOf, type RunKit, settingsWith, startRunKit } from './run-kit.ts';

const runFile = promisify(execFile);
const temporalCli = inject('temporalCli');
let kit: RunKit;

beforeAll(async () => {
  kit = await startRunKit(temporalCli);
});
afterAll(() => kit.stop());

/** An execution that knows its run to be UNCONFIRMED at position 2. */
async function awaitDecision(stackId: string, later: readonly string[] = []) {
  const runId = await kit.createRun({ id: stackId }, ['PLANNING', 'UNCONFIRMED', ...later]);
  await expect.poll(() => kit.stateVersionOf(runId), PATIENCE).toBe(2 + later.length);
  const event = runEvent(stackId, runId, 'UNCONFIRMED', 2);
  const handle = await kit.deliver([event], settingsWith());
  await expect.poll(() => progressOf(handle), PATIENCE).toHaveProperty('transitions.length', 1);
  return { runId, handle, executionId: runIdOf(stackId, runId) };
}

const update = (
  stackId: string,
  runId: string,
  name: string,
  request: unknown,
  updateId?: string,
) =>
  kit.handleOf(stackId, runId).executeUpdate<unknown, [unknown]>(name, {
    args: [request],
    ...(updateId !== undefined && { updateId }),
  });

const refusalOf = async (updating: Promise<unknown>): Promise<string> => {
  const error: unknown = await updating.catch((error: unknown) => error);
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure)) return String(error);
  expect(cause).toMatchObject({ type: 'decision-refused', nonRetryable: true });
  return cause.message;
};

describe('confirm_run and discard_run', () => {
  test('by `temporal workflow update execute`', async () => {
    const { runId, executionId, handle } = await awaitDecision('by-hand');
    const { stdout } = await runFile(temporalCli, [
      'workflow',
      'update',
      'execute',
      '--address',
      kit.harness.env.address,
      '--workflow-id',
      executionId,
      '--name',
      'confirm_run',
      '--input',
      JSON.stringify({ runId, stateVersion: 2, note: 'looks right' }),
      '--output',
      'json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ result: { outcome: 'confirmed' } });
    await expect.poll(() => kit.stateOf(runId), PATIENCE).not.toBe('UNCONFIRMED');
    const { done } = await progressOf(handle);
    expect(done.map(({ action }) => action)).toContain('confirm run');
    await handle.terminate();
  });

  test('discards, and the execution ends with it without any delivery', async () => {
    const { runId, handle } = await awaitDecision('discards');
    const answer = await update('discards', runId, UPDATES.discardRun, { runId, stateVersion: 2 });
    expect(answer).toEqual({ outcome: 'discarded' });
    expect(await handle.result()).toMatchObject({ outcome: 'ended', state: 'DISCARDED' });
  });

  test('is done once, however often it is sent', async () => {
    const { runId, handle } = await awaitDecision('once');
    const before = await kit.countOperations('runConfirm');
    const request = { runId, stateVersion: 2 };
    const send = (updateId?: string) =>
      update('once', runId, UPDATES.confirmRun, request, updateId);
    const answers = [...(await Promise.all([send('one'), send('one'), send()])), await send()];
    expect(answers).toEqual(Array.from({ length: 4 }, () => ({ outcome: 'confirmed' })));
    expect(await kit.countOperations('runConfirm')).toBe(before + 1);
    await handle.terminate();
  });

  test('is refused after a replan, be the execution told of it or not', async () => {
    const replan = ['REPLAN_REQUESTED', 'PREPARING_REPLAN', 'PLANNING', 'UNCONFIRMED'];
    const { runId, handle } = await awaitDecision('replanned', replan);
    const request = { runId, stateVersion: 2 };
    expect(await update('replanned', runId, UPDATES.confirmRun, request)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(
        /^Cannot confirm run \w+ of stack replanned: it is UNCONFIRMED again, at stateVersion 6 and not 2$/,
      ),
    });
    expect(await refusalOf(update('replanned', runId, UPDATES.confirmRun, request))).toMatch(
      /^Cannot confirm run \w+: run has moved on to stateVersion 6, UNCONFIRMED$/,
    );
    expect(await kit.stateOf(runId)).toBe('UNCONFIRMED');
    await handle.terminate();
  });

  test('is carried out for a state that only Spacelift knows of, and refused for one that it does not', async () => {
    const stackId = 'ahead';
    const runId = await kit.createRun({ id: stackId }, ['PLANNING', 'UNCONFIRMED']);
    await expect.poll(() => kit.stateVersionOf(runId), PATIENCE).toBe(2);
    const handle = await kit.deliver([runEvent(stackId, runId, 'PLANNING', 1)], settingsWith());
    await expect.poll(() => progressOf(handle), PATIENCE).toHaveProperty('transitions.length', 1);
    const confirm = (stateVersion: number) =>
      update(stackId, runId, UPDATES.confirmRun, { runId, stateVersion });
    expect(await confirm(6)).toEqual({
      outcome: 'refused',
      reason: `Cannot confirm run ${runId} of stack ${stackId}: it is UNCONFIRMED, at stateVersion 2 and not 6`,
    });
    expect(await kit.stateOf(runId)).toBe('UNCONFIRMED');
    expect(await confirm(2)).toEqual({ outcome: 'confirmed' });
    await handle.terminate();
  });

  test.each([
    ['nothing', undefined, 'request is no object'],
    ['text', 'confirm', 'request is no object'],
    [
      'another run',
      { runId: '01OTHER', stateVersion: 2 },
      'runId is missing, or that of another run',
    ],
    ['no position', {}, 'stateVersion is missing or no whole number'],
    ['a position in text', { stateVersion: '2' }, 'stateVersion is missing or no whole number'],
    [
      'a note of numbers',
      { stateVersion: 2, note: 7 },
      'note is no text of at most 1000 characters',
    ],
    [
      'a long note',
      { stateVersion: 2, note: 'x'.repeat(1001) },
      'note is no text of at most 1000 characters',
    ],
    ['a state that is past', { stateVersion: 1 }, 'run has moved on to stateVersion 2, PLANNING'],
    ['a state that waits for nobody', { stateVersion: 2 }, 'it is PLANNING'],
  ])('refuses %s, and leaves no trace', async (name, request, reason) => {
    const runId = `01BAD${name.replaceAll(' ', '')}`;
    const handle = await kit.deliver([runEvent('nowhere', runId, 'PLANNING', 2)], settingsWith());
    await expect.poll(() => progressOf(handle), PATIENCE).toHaveProperty('transitions.length', 1);
    const { historyLength } = await handle.describe();
    const sent = typeof request === 'object' ? { runId, ...request } : request;
    const refusal = await refusalOf(update('nowhere', runId, UPDATES.confirmRun, sent));
    expect(refusal).toBe(`Cannot confirm run ${runId}: ${reason}`);
    expect((await handle.describe()).historyLength).toBe(historyLength);
    await handle.terminate();
  });

  test('a run whose approval is outstanding can be discarded', async () => {
    const stackId = 'unapproved';
    const stack = { id: stackId, approvals: ['UNCONFIRMED'] };
    const runId = await kit.createRun(stack, ['PLANNING', 'UNCONFIRMED']);
    await expect.poll(() => kit.stateVersionOf(runId), PATIENCE).toBe(2);
    const handle = await kit.deliver([runEvent(stackId, runId, 'PLANNING', 1)], settingsWith());
    await handle.signal(SIGNALS.runEvents, {});
    await expect.poll(async () => (await progressOf(handle)).mustAct, PATIENCE).toBe('an approver');
    const request = { runId, stateVersion: 2 };
    expect(await refusalOf(update(stackId, runId, UPDATES.confirmRun, request))).toBe(
      `Cannot confirm run ${runId}: it waits for an approver`,
    );
    expect(await update(stackId, runId, UPDATES.discardRun, request)).toEqual({
      outcome: 'discarded',
    });
    expect(await handle.result()).toMatchObject({ state: 'DISCARDED' });
  });

  test('a run that waits for its reviewer is discarded if Spacelift lets it', async () => {
    const stackId = 'reviewed';
    const runId = await kit.createRun({ id: stackId }, ['PLANNING', 'PENDING_REVIEW']);
    await expect.poll(() => kit.stateVersionOf(runId), PATIENCE).toBe(2);
    const event = runEvent(stackId, runId, 'PENDING_REVIEW', 2);
    const handle = await kit.deliver([event], settingsWith());
    const request = { runId, stateVersion: 2 };
    expect(await update(stackId, runId, UPDATES.discardRun, request)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/^Cannot discard run \w+ of stack reviewed: /),
    });
    await handle.terminate();
  });

  test('a run that waits for an approver is not confirmed', async () => {
    const event = runEvent('nowhere', '01REVIEW', 'PENDING_REVIEW', 5);
    const handle = await kit.deliver([event], settingsWith());
    const request = { runId: '01REVIEW', stateVersion: 5 };
    await expect.poll(() => progressOf(handle), PATIENCE).toHaveProperty('transitions.length', 1);
    expect(await refusalOf(update('nowhere', '01REVIEW', UPDATES.confirmRun, request))).toBe(
      'Cannot confirm run 01REVIEW: it waits for an approver',
    );
    await handle.terminate();
  });
});
