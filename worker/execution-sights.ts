/** What can be seen of executions through a Temporal client, without telling them anything. */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import type { Executions } from '../shared/activities/execution-activities.ts';
import type { ExecutionSight, SweepExecutions } from '../shared/activities/sweep-activities.ts';
import { PROGRESS_QUERY, SEARCH_ATTRIBUTES } from '../shared/contract/names.ts';
import type { ExecutionResult, RunVerdict } from '../shared/workflow/messages.ts';

type Sights = Pick<Executions, 'isAnswered' | 'verdictOf'> & Pick<SweepExecutions, 'sightOf'>;

const SHOWN_STATE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, SearchAttributeType.KEYWORD);

export const createSights = (client: Client): Sights => ({
  async isAnswered(executionId) {
    const intent = client.workflow.getHandle(executionId);
    try {
      if ((await intent.describe()).status.name !== 'RUNNING') return true;
      const { answer } = await intent.query<{ answer?: unknown }>(PROGRESS_QUERY);
      return answer !== null && answer !== undefined;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return true;
      throw error;
    }
  },

  async sightOf(executionId): Promise<ExecutionSight> {
    try {
      const handle = client.workflow.getHandle(executionId);
      const { status, typedSearchAttributes } = await handle.describe();
      if (status.name !== 'RUNNING') return { is: 'closed' };
      return { is: 'open', state: typedSearchAttributes.get(SHOWN_STATE) ?? null };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { is: 'missing' };
      throw error;
    }
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
