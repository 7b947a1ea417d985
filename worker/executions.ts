/** Starts and signals executions through a Temporal client: the port that starter and activities share. */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { Executions, Reuse } from '../shared/activities/execution-activities.ts';
import type { PropagationExecutions } from '../shared/activities/propagation-activities.ts';
import type { SweepExecutions } from '../shared/activities/sweep-activities.ts';
import { WORKFLOW_TASK_QUEUE } from '../shared/contract/names.ts';
import type { ExecutionStart } from '../shared/workflow/start.ts';
import { createSights } from './execution-sights.ts';
import { watchStarted } from './started-answer.ts';

export type StarterExecutions = Executions & {
  /** Starts an execution that no signal is due to; open, or closed in a way that `reuse` does not allow for, it is left alone. */
  readonly start: (start: ExecutionStart, reuse: Reuse) => Promise<'started' | 'already-started'>;
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
  ...(start.details !== undefined && { staticDetails: start.details }),
  priority: { fairnessKey: start.fairnessKey },
  ...(start.startDelayMs !== undefined && { startDelay: start.startDelayMs }),
  ...(start.searchAttributes.length > 0 && { typedSearchAttributes: start.searchAttributes }),
});

/** What the server lets be started again; of what did not complete it cannot tell a cancelled one from a failed one. */
const POLICIES = {
  never: 'REJECT_DUPLICATE',
  'after-failure': 'ALLOW_DUPLICATE_FAILED_ONLY',
  always: 'ALLOW_DUPLICATE',
} as const satisfies Record<Reuse, string>;

/** Somebody who cancels or terminates an execution means it. */
const FAILED_STATUSES: readonly string[] = ['FAILED', 'TIMED_OUT'];

export function createExecutions(
  client: Client,
): StarterExecutions & SweepExecutions & PropagationExecutions {
  async function hasFailed(executionId: string): Promise<boolean> {
    const { status } = await client.workflow.getHandle(executionId).describe();
    return FAILED_STATUSES.includes(status.name);
  }

  /** Calls with the policy of `reuse`, after seeing that a closed execution has failed if it must have; null when it stays closed. */
  async function unlessClosed<Answer>(
    { workflowId }: ExecutionStart,
    reuse: Reuse,
    call: (workflowIdReusePolicy: (typeof POLICIES)[Reuse]) => Promise<Answer>,
  ): Promise<Answer | null> {
    try {
      return await call(POLICIES[reuse === 'after-failure' ? 'never' : reuse]);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    if (reuse !== 'after-failure' || !(await hasFailed(workflowId))) return null;
    return call(POLICIES[reuse]);
  }

  return {
    async signalWithStart(start, signal, reuse) {
      const watched = watchStarted(client);
      const handle = await unlessClosed(start, reuse, (workflowIdReusePolicy) =>
        watched.client.workflow.signalWithStart(start.workflowType, {
          ...optionsOf(start),
          workflowIdReusePolicy,
          signal: signal.name,
          signalArgs: [signal.payload],
        }),
      );
      if (handle === null) return 'closed';
      return watched.hasStarted() ? 'started' : 'signalled';
    },

    async start(start, reuse) {
      const handle = await unlessClosed(start, reuse, (workflowIdReusePolicy) =>
        client.workflow.start(start.workflowType, { ...optionsOf(start), workflowIdReusePolicy }),
      );
      return handle === null ? 'already-started' : 'started';
    },

    async update<Answer>(
      executionId: string,
      { name, payload, updateId }: { name: string; payload: unknown; updateId: string },
    ) {
      try {
        const handle = client.workflow.getHandle(executionId);
        return await handle.executeUpdate<Answer, [unknown]>(name, { args: [payload], updateId });
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw error;
      }
    },

    async signal(executionId, { name, payload }) {
      await client.workflow.getHandle(executionId).signal(name, payload);
    },

    ...createSights(client),
  };
}
