import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ExecutionStart, startOfIntent, startOfRun } from '../../shared/workflow/start.ts';
import { createExecutions, type StarterExecutions } from '../../worker/executions.ts';
import { SETTINGS } from '../shared/workflow/settings.ts';
import { intentOf } from './envelopes.ts';
import { startTemporal } from './temporal.ts';

const DELIVERY = { key: 'k', deliveryId: 'd', traceId: '0'.repeat(32) };
const SIGNAL = { name: 'handle_run_events', payload: { events: [] } };
const UNSEARCHED = { ...SETTINGS, searchAttributes: [] };

/** COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION of Temporal's API. */
const FAIL_EXECUTION = 5;

describe('createExecutions() on a redelivery', () => {
  let env: TestWorkflowEnvironment;
  let executions: StarterExecutions;

  beforeAll(async () => {
    env = await startTemporal();
    executions = createExecutions(env.client);
  });

  afterAll(() => env.teardown());

  /** Lets the only open execution fail, as its worker would. */
  async function fail({ workflowId }: ExecutionStart): Promise<void> {
    const service = env.client.workflowService;
    const worker = { namespace: 'default', identity: 'test' };
    const taskQueue = { name: 'spacelift' };
    const { taskToken } = await env.client.connection.withDeadline(Date.now() + 10_000, () =>
      service.pollWorkflowTaskQueue({ ...worker, taskQueue }),
    );
    await service.respondWorkflowTaskCompleted({
      ...worker,
      taskToken,
      commands: [
        {
          // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- its enum is in a package that is not a dependency
          commandType: FAIL_EXECUTION,
          failWorkflowExecutionCommandAttributes: { failure: { message: 'broken' } },
        },
      ],
    });
    const { status } = await env.client.workflow.getHandle(workflowId).describe();
    expect(status.name).toBe('FAILED');
  }

  const end = (start: ExecutionStart) =>
    env.client.workflow.getHandle(start.workflowId).terminate();

  test('start() starts anew what failed, once, and not what was terminated', async () => {
    const start = startOfIntent(intentOf('key.failed'), DELIVERY, UNSEARCHED);
    await executions.start(start, 'never');
    await fail(start);
    expect(await executions.start(start, 'never')).toBe('already-started');
    expect(await executions.start(start, 'after-failure')).toBe('started');
    expect(await executions.start(start, 'after-failure')).toBe('already-started');
    await end(start);
    expect(await executions.start(start, 'after-failure')).toBe('already-started');
  });

  test('signalWithStart() starts anew what failed, and signals what is open', async () => {
    const start = startOfRun({ account: 'demo', stackId: 'app', runId: '01FAILED' }, UNSEARCHED);
    await executions.signalWithStart(start, SIGNAL, 'after-failure');
    await fail(start);
    expect(await executions.signalWithStart(start, SIGNAL, 'never')).toBe('closed');
    expect(await executions.signalWithStart(start, SIGNAL, 'after-failure')).toBe('started');
    expect(await executions.signalWithStart(start, SIGNAL, 'after-failure')).toBe('signalled');
    await end(start);
    expect(await executions.signalWithStart(start, SIGNAL, 'after-failure')).toBe('closed');
  });
});
