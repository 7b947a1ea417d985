import { WorkflowNotFoundError } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOfIntent, startOfLane, startOfRun } from '../../shared/workflow/start.ts';
import { createExecutions, type StarterExecutions } from '../../worker/executions.ts';
import { verdictOfFailure } from '../../worker/starter/grpc.ts';
import { SETTINGS } from '../shared/workflow/settings.ts';
import { intentOf } from './envelopes.ts';
import { startTemporal } from './temporal.ts';

const DELIVERY = { key: 'k', deliveryId: 'd', traceId: '0'.repeat(32) };
const SIGNAL = { name: 'handle_run_events', payload: { events: [] } };
const UNSEARCHED = { ...SETTINGS, searchAttributes: [] };

describe('createExecutions()', () => {
  let env: TestWorkflowEnvironment;
  let executions: StarterExecutions;

  beforeAll(async () => {
    env = await startTemporal();
    executions = createExecutions(env.client);
  });

  afterAll(() => env.teardown());

  const runStart = (runId: string, settings = UNSEARCHED) =>
    startOfRun({ account: 'demo', stackId: 'app', runId }, settings);
  const signalsOf = async (executionId: string) => {
    const { events } = await env.client.workflow.getHandle(executionId).fetchHistory();
    return (events ?? []).flatMap(
      ({ workflowExecutionSignaledEventAttributes: signalled }) => signalled?.signalName ?? [],
    );
  };

  test('signalWithStart() starts once, then signals, and leaves alone what has closed', async () => {
    const start = runStart('01ONCE');
    expect(await executions.signalWithStart(start, SIGNAL, 'never')).toBe('started');
    expect(await executions.signalWithStart(start, SIGNAL, 'never')).toBe('signalled');
    expect(await signalsOf(start.workflowId)).toEqual([SIGNAL.name, SIGNAL.name]);
    await env.client.workflow.getHandle(start.workflowId).terminate();
    expect(await executions.signalWithStart(start, SIGNAL, 'never')).toBe('closed');
    expect(await signalsOf(start.workflowId)).toHaveLength(2);
  });

  test('signalWithStart() starts what has closed again where it may', async () => {
    const start = startOfLane({ account: 'demo', stackId: 'app' }, UNSEARCHED);
    expect(await executions.signalWithStart(start, SIGNAL, 'always')).toBe('started');
    await env.client.workflow.getHandle(start.workflowId).terminate();
    expect(await executions.signalWithStart(start, SIGNAL, 'always')).toBe('started');
  });

  test('signalWithStart() tells each of many concurrent callers its own answer', async () => {
    const starts = Array.from({ length: 10 }, (_, index) => runStart(`01MANY${index % 5}`));
    const answers = await Promise.all(
      starts.map((start) => executions.signalWithStart(start, SIGNAL, 'never')),
    );
    expect(answers.filter((answer) => answer === 'started')).toHaveLength(5);
    expect(answers.filter((answer) => answer === 'signalled')).toHaveLength(5);
  });

  test('start() starts once, open or closed', async () => {
    const start = startOfIntent(intentOf('key.once'), DELIVERY, UNSEARCHED);
    expect(await executions.start(start, 'never')).toBe('started');
    expect(await executions.start(start, 'never')).toBe('already-started');
    await env.client.workflow.getHandle(start.workflowId).terminate();
    expect(await executions.start(start, 'never')).toBe('already-started');
  });

  test('start() tells type, task queue, input and summary', async () => {
    const start = startOfIntent(intentOf('key.told'), DELIVERY, UNSEARCHED);
    await executions.start(start, 'never');
    const handle = env.client.workflow.getHandle(start.workflowId);
    const { type, taskQueue, staticSummary } = await handle.describe().then(async (described) => ({
      ...described,
      staticSummary: await described.staticSummary(),
    }));
    expect({ type, taskQueue, staticSummary }).toEqual({
      type: 'SpaceliftWebhookWorkflow',
      taskQueue: 'spacelift',
      staticSummary: 'Wants a TRACKED run of app',
    });
    const { events } = await handle.fetchHistory();
    const [payload] = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    const text = Buffer.from(payload?.data ?? []).toString();
    expect(JSON.parse(text)).toEqual(start.input);
  });

  test('start() with an attribute that is not registered is refused, which is why they are asked for', async () => {
    const failure = await executions
      .start(startOfIntent(intentOf('key.unregistered'), DELIVERY, SETTINGS), 'never')
      .catch((error: unknown) => error);
    expect(verdictOfFailure(failure, 'start')).toMatchObject({ verdict: 'refused' });
  });

  test('signal() reaches an open execution and starts none', async () => {
    const start = runStart('01OPEN');
    await expect(executions.signal(start.workflowId, SIGNAL)).rejects.toThrow(
      WorkflowNotFoundError,
    );
    await executions.signalWithStart(start, SIGNAL, 'never');
    await executions.signal(start.workflowId, { ...SIGNAL, name: 'handle_failed_run' });
    expect(await signalsOf(start.workflowId)).toEqual([SIGNAL.name, 'handle_failed_run']);

    await env.client.workflow.getHandle(start.workflowId).terminate();
    const failure = await executions
      .signal(start.workflowId, SIGNAL)
      .catch((error: unknown) => error);
    expect(verdictOfFailure(failure, 'signal')).toMatchObject({ verdict: 'already-handled' });
  });

  test('verdictOf() is null for an execution that ended without one, and for none', async () => {
    const start = runStart('01TERMINATED');
    await executions.signalWithStart(start, SIGNAL, 'never');
    await env.client.workflow.getHandle(start.workflowId).terminate();
    expect(await executions.verdictOf(start.workflowId)).toBeNull();
    expect(await executions.verdictOf('spacelift/demo/app/run/01NONE')).toBeNull();
  });
});
