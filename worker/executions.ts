/** Starts and signals executions through a Temporal client: the port that starter and activities share. */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Executions } from '../shared/activities/execution-activities.ts';
import { WORKFLOW_TASK_QUEUE } from '../shared/contract/names.ts';
import type { ExecutionResult, RunVerdict } from '../shared/workflow/messages.ts';
import type { ExecutionStart } from '../shared/workflow/start.ts';
import { watchStarted } from './started-answer.ts';

export type StarterExecutions = Executions & {
  /** Starts an execution that no signal is due to; `closed` or open already, it is left alone. */
  readonly start: (start: ExecutionStart) => Promise<'started' | 'already-started'>;
  /** Signals an execution only if it is open. */
  readonly signal: (
    executionId: string,
    signal: { readonly name: string; readonly payload: unknown },
  ) => Promise<void>;
};

const optionsOf = (start: ExecutionStart) => ({
  workflowId: start.workflowId,
  taskQueue: WORKFLOW_TASK_QUEUE,
  args: [start.input],
  staticSummary: start.summary,
  ...(start.searchAttributes.length > 0 && { typedSearchAttributes: start.searchAttributes }),
});

export const createExecutions = (client: Client): StarterExecutions => ({
  async signalWithStart(start, signal, reuse) {
    const watched = watchStarted(client);
    try {
      await watched.client.workflow.signalWithStart(start.workflowType, {
        ...optionsOf(start),
        workflowIdReusePolicy: reuse === 'never' ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
        signal: signal.name,
        signalArgs: [signal.payload],
      });
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'closed';
      throw error;
    }
    return watched.hasStarted() ? 'started' : 'signalled';
  },

  async start(start) {
    try {
      await client.workflow.start(start.workflowType, {
        ...optionsOf(start),
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
      });
      return 'started';
    } catch (error) {
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'already-started';
      throw error;
    }
  },

  async signal(executionId, { name, payload }) {
    await client.workflow.getHandle(executionId).signal(name, payload);
  },

  async verdictOf(executionId) {
    const handle = client.workflow.getHandle<() => Promise<ExecutionResult>>(executionId);
    return toVerdict(await handle.result().catch(() => null));
  },
});

function toVerdict(result: ExecutionResult | null): RunVerdict | null {
  if (result === null || result.runId === null || result.state === null) return null;
  const { runId, state, outcome, reason, steps } = result;
  if (outcome !== 'completed' && outcome !== 'failed' && outcome !== 'ended') return null;
  return { runId, state, outcome, reason, steps };
}
