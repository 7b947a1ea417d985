import { NamespaceNotFoundError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { createExecutions } from '../../../worker/executions.ts';
import { type CallVerdict, verdictOfFailure } from '../../../worker/starter/grpc.ts';
import { startOfRun } from '../../../shared/workflow/start.ts';
import { SETTINGS } from '../../shared/workflow/settings.ts';
import { NOBODY } from '../processes.ts';
import { clientOf, startFailingTemporal } from '../temporal.ts';

const START = startOfRun({ account: 'demo', stackId: 'app', runId: '01RUN' }, SETTINGS);
const SIGNAL = { name: 'handle_run_events', payload: {} };

const failureOf = (calling: Promise<unknown>): Promise<unknown> =>
  calling.then(
    () => null,
    (error: unknown) => error,
  );

describe('verdictOfFailure()', () => {
  test.each<[code: number, name: string, CallVerdict['verdict'], isTemporalAway: boolean]>([
    [1, 'CANCELLED', 'retry', false],
    [2, 'UNKNOWN', 'retry', false],
    [3, 'INVALID_ARGUMENT', 'refused', false],
    [4, 'DEADLINE_EXCEEDED', 'retry', true],
    [5, 'NOT_FOUND', 'retry', false],
    [7, 'PERMISSION_DENIED', 'retry', true],
    [8, 'RESOURCE_EXHAUSTED', 'retry', false],
    [9, 'FAILED_PRECONDITION', 'retry', false],
    [10, 'ABORTED', 'retry', false],
    [11, 'OUT_OF_RANGE', 'retry', false],
    [12, 'UNIMPLEMENTED', 'retry', false],
    [13, 'INTERNAL', 'retry', false],
    [14, 'UNAVAILABLE', 'retry', true],
    [15, 'DATA_LOSS', 'retry', false],
    [16, 'UNAUTHENTICATED', 'retry', true],
  ])(
    'of gRPC status %i, %s, is %s (Temporal away: %s)',
    async (code, name, verdict, isTemporalAway) => {
      await using temporal = await startFailingTemporal(code);
      const executions = createExecutions(temporal.client);
      const failures = {
        start: await failureOf(executions.start(START, 'never')),
        'signal-with-start': await failureOf(executions.signalWithStart(START, SIGNAL, 'never')),
      } as const;
      for (const by of ['start', 'signal-with-start'] as const)
        expect(verdictOfFailure(failures[by], by)).toEqual({
          verdict,
          reason: `temporal answered ${name}`,
          isTemporalAway,
        });
      expect(temporal.calls).toHaveLength(2);
    },
  );

  test('of a refused connection is retry, with Temporal away', async () => {
    const failure = await failureOf(createExecutions(clientOf(NOBODY)).start(START, 'never'));
    expect(verdictOfFailure(failure, 'start')).toEqual({
      verdict: 'retry',
      reason: 'temporal answered UNAVAILABLE',
      isTemporalAway: true,
    });
  });

  test('of a raw gRPC error is the same as of the wrapped one', async () => {
    await using temporal = await startFailingTemporal(3);
    const failure = await failureOf(
      temporal.client.workflowService.startWorkflowExecution({ namespace: 'default' }),
    );
    expect(failure).not.toBeInstanceOf(ServiceError);
    expect(verdictOfFailure(failure, 'start')).toMatchObject({ verdict: 'refused' });
  });

  test('of an execution that is not open is already-handled for a plain signal only', async () => {
    await using temporal = await startFailingTemporal(5);
    const { signal } = createExecutions(temporal.client);
    const failure = await failureOf(signal(START.workflowId, SIGNAL));
    expect(failure).toBeInstanceOf(WorkflowNotFoundError);
    expect(verdictOfFailure(failure, 'signal')).toEqual({
      verdict: 'already-handled',
      reason: 'execution-not-open',
      isTemporalAway: false,
    });
    for (const by of ['start', 'signal-with-start'] as const)
      expect(verdictOfFailure(failure, by)).toMatchObject({ verdict: 'retry' });
  });

  test('of a namespace that is not there is retry, with Temporal away', () => {
    expect(verdictOfFailure(new NamespaceNotFoundError('production'), 'start')).toEqual({
      verdict: 'retry',
      reason: 'temporal namespace not found',
      isTemporalAway: true,
    });
  });

  test.each([
    ['a bug', new TypeError('bug')],
    ['a text', 'thrown'],
    ['nothing', undefined],
    ['a ServiceError without a cause', new ServiceError('odd')],
  ])('of %s is retry', (_, failure) => {
    expect(verdictOfFailure(failure, 'start')).toEqual({
      verdict: 'retry',
      reason: 'temporal answered no status',
      isTemporalAway: false,
    });
  });
});
