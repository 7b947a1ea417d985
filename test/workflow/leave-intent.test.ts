import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { laneExecutionId } from '../../shared/contract/ids.ts';
import type { ExecutionResult } from '../../shared/workflow/messages.ts';
import { ACCOUNT } from '../events.ts';
import { type Harness, intentIdOf, SETTINGS, startHarness } from './harness.ts';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness(inject('temporalCli'), { stateMs: 100 });
});
afterAll(() => harness.stop());

type Run = { readonly id: string; readonly state: string };

const runsOf = (stackId: string) => harness.runsOf(stackId) as Promise<readonly Run[]>;

/** Whose runs wait to be confirmed, for ever. */
async function waitingStack(id: string): Promise<string> {
  await harness.control('POST', '/stacks', { id, autodeploy: false });
  return id;
}

const reaches = (stackId: string, state: string, index = 0) =>
  expect
    .poll(async () => (await runsOf(stackId)).map((run) => run.state)[index], { timeout: 20_000 })
    .toBe(state);

/** Mutations that end runs, as the simulator got them. */
async function endingsOf(stackId: string): Promise<readonly string[]> {
  const { operations } = (await harness.control('GET', '/journal')) as {
    operations: readonly { operation: string; stack?: string; run?: string }[];
  };
  return operations
    .filter(
      ({ operation, stack }) =>
        stack === stackId &&
        ['runStop', 'runCancel', 'runDiscard', 'runReview'].includes(operation),
    )
    .map(({ operation, run }) => `${operation} ${run ?? 'whichever'}`);
}

const stopped = { ...SETTINGS, intents: { ...SETTINGS.intents, cancelStopsRun: true } };

describe('an intent whose deadline passes', () => {
  test('ends timed-out and leaves its run alone; so does the same key later', async () => {
    const stackId = await waitingStack('deadline-leaves');
    const intent = await harness.pursue(stackId, 'k', {
      deadlineMs: 3000,
      metadata: ['ticket 7'],
      cause: ['network'],
    });
    const ended = await intent.result;
    const [run] = await runsOf(stackId);
    expect(ended).toMatchObject({
      outcome: 'timed-out',
      runId: run?.id,
      metadata: ['ticket 7'],
      cause: ['network'],
    });
    expect(ended.reason).toMatch(
      new RegExp(`^deadline of .*Z has passed: run ${run?.id} goes on$`),
    );
    await reaches(stackId, 'UNCONFIRMED');
    expect(await endingsOf(stackId)).toEqual([]);
    const again = await harness.pursue(stackId, 'k', { deadlineMs: 60_000 });
    expect(again.started).toBe('already-handled');
    expect(await again.result).toEqual(ended);
  });

  test('discards its run if told to, by its id, and says what came of it', async () => {
    const stackId = await waitingStack('deadline-discards');
    const intent = await harness.pursue(stackId, 'k', { deadlineMs: 6000, stopAtDeadline: true });
    await reaches(stackId, 'UNCONFIRMED');
    const ended = await intent.result;
    expect(ended).toMatchObject({ outcome: 'timed-out', state: 'DISCARDED' });
    expect(ended.reason).toContain(
      `asked Spacelift to discard run ${ended.runId}, it is DISCARDED`,
    );
    expect(await endingsOf(stackId)).toEqual([`runDiscard ${ended.runId}`]);
  });

  test('rejects a run that waits for its reviewer, where that cannot be discarded', async () => {
    const stackId = await waitingStack('deadline-rejects');
    await harness.control('POST', `/stacks/${stackId}/script`, { warns: true });
    const intent = await harness.pursue(stackId, 'k', {
      runType: 'PROPOSED',
      deadlineMs: 6000,
      stopAtDeadline: true,
    });
    await reaches(stackId, 'PENDING_REVIEW');
    const ended = await intent.result;
    expect(ended).toMatchObject({ outcome: 'timed-out', state: 'FAILED' });
    expect(ended.reason).toContain(`asked Spacelift to reject run ${ended.runId}, it is FAILED`);
    const { runId } = ended;
    expect(await endingsOf(stackId)).toEqual([`runDiscard ${runId}`, `runReview ${runId}`]);
  });

  test('cancels its run while that is queued, and no other', async () => {
    const stackId = await waitingStack('deadline-cancels');
    await harness.control('POST', `/stacks/${stackId}/runs`, {});
    await reaches(stackId, 'UNCONFIRMED');
    const intent = await harness.pursue(stackId, 'k', { deadlineMs: 2000, stopAtDeadline: true });
    const ended = await intent.result;
    expect(ended).toMatchObject({ outcome: 'timed-out', state: 'CANCELED' });
    expect(await endingsOf(stackId)).toEqual([`runCancel ${ended.runId}`]);
    expect((await runsOf(stackId)).map(({ state }) => state).toSorted()).toEqual([
      'CANCELED',
      'UNCONFIRMED',
    ]);
  });

  test('takes the configured deadline where the event names none', async () => {
    const stackId = await waitingStack('deadline-configured');
    const settings = { ...SETTINGS, intents: { ...stopped.intents, deadlineMs: 1500 } };
    const { result } = await harness.pursue(stackId, 'k', {}, settings as typeof SETTINGS);
    expect(await result).toMatchObject({ outcome: 'timed-out' });
  });

  test('is not late when its run ends before', async () => {
    const stackId = await harness.addStack('deadline-in-time');
    const { result } = await harness.pursue(stackId, 'k', { deadlineMs: 30_000 });
    expect(await result).toMatchObject({ outcome: 'completed', state: 'FINISHED' });
  });

  test('withdraws its request from the lane, and names the run that is just being made', async () => {
    const stackId = await waitingStack('deadline-in-lane');
    await harness.control('POST', '/faults', { operation: 'runTrigger', hangMs: 2500 });
    const intent = await harness.pursue(stackId, 'k', { deadlineMs: 1000 });
    const ended = await intent.result;
    const [run] = await runsOf(stackId);
    expect(ended).toMatchObject({ outcome: 'timed-out', runId: run?.id });
    expect(ended.reason).toContain(`run ${run?.id} goes on`);
    expect(await signalsOf(laneExecutionId(ACCOUNT, stackId))).toContain('withdraw_request');
  });
});

async function signalsOf(executionId: string): Promise<readonly (string | null | undefined)[]> {
  const { events } = await harness.handleOf(executionId).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal === null || signal === undefined ? [] : [signal.signalName],
  );
}

describe('an intent that is cancelled', () => {
  async function cancel(stackId: string, result: Promise<ExecutionResult>): Promise<void> {
    const handle = harness.handleOf(intentIdOf(stackId, 'k'));
    await handle.cancel();
    await expect(result).rejects.toThrow(WorkflowFailedError);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  }

  test('leaves its run alone', async () => {
    const stackId = await waitingStack('cancel-leaves');
    const { result } = await harness.pursue(stackId, 'k');
    await reaches(stackId, 'UNCONFIRMED');
    await cancel(stackId, result);
    expect(await endingsOf(stackId)).toEqual([]);
    expect((await runsOf(stackId)).map(({ state }) => state)).toEqual(['UNCONFIRMED']);
  });

  test('ends its run where that is configured, and waits for the end', async () => {
    const stackId = await waitingStack('cancel-ends');
    const { result } = await harness.pursue(stackId, 'k', {}, stopped as typeof SETTINGS);
    await reaches(stackId, 'UNCONFIRMED');
    await cancel(stackId, result);
    const [run] = await runsOf(stackId);
    expect(run?.state).toBe('DISCARDED');
    expect(await endingsOf(stackId)).toEqual([`runDiscard ${run?.id}`]);
    const progress = await harness.handleOf(intentIdOf(stackId, 'k')).query<{
      steps: readonly { step: string }[];
    }>('progress');
    expect(progress.steps.at(-1)?.step).toContain('it is DISCARDED');
  });

  test('ends the run that is just being made, too', async () => {
    const stackId = await waitingStack('cancel-in-lane');
    await harness.control('POST', '/faults', { operation: 'runTrigger', hangMs: 2000 });
    const { result } = await harness.pursue(stackId, 'k', {}, stopped as typeof SETTINGS);
    await expect.poll(async () => (await runsOf(stackId)).length, { timeout: 20_000 }).toBe(1);
    await cancel(stackId, result);
    const [run] = await runsOf(stackId);
    expect(['CANCELED', 'STOPPED', 'DISCARDED']).toContain(run?.state);
  });
});
