/** How the registry of an account begins a propagation: what it is to run, and its execution. */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, startChild } from '@temporalio/workflow';
import { propagationExecutionId } from '../contract/ids.ts';
import { PROPAGATION_WORKFLOW } from '../contract/names.ts';
import { spaceliftOf } from './activities.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import type { PropagationPlan } from './propagation-graph.ts';
import type {
  OpenPropagation,
  PropagationInput,
  PropagationResult,
  ToldVerdict,
} from './propagation-messages.ts';
import { searchAttributePairs } from './search-attributes.ts';

/** What cannot be read for good is a refusal, too: nobody would be told otherwise. */
export async function planFor({ verdict, settings }: ToldVerdict): Promise<PropagationPlan> {
  const { account, stackId } = verdict;
  const { windows = [], poolLimits = [] } = settings.propagation ?? {};
  const labels = [...windows, ...poolLimits].map(({ label }) => label);
  try {
    return await spaceliftOf(account, settings).planPropagation({ account, stackId, labels });
  } catch (error) {
    rethrowCancellation(error);
    const refusal = `Cannot propagate from stack ${stackId}: ${messageOf(error)}`;
    return { stacks: [], refusal };
  }
}

/** Null where the run has begun one before, whoever tells of it again. */
export async function beginPropagation(
  { verdict, settings }: ToldVerdict,
  stacks: PropagationInput['stacks'],
): Promise<OpenPropagation | null> {
  const { account, stackId, runId } = verdict;
  const executionId = propagationExecutionId(account, runId);
  try {
    await startChild<(input: PropagationInput) => Promise<PropagationResult>>(
      PROPAGATION_WORKFLOW,
      {
        workflowId: executionId,
        args: [{ account, root: verdict, stacks, settings }],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `Runs ${stacks.length} stacks below ${stackId}`,
        typedSearchAttributes: searchAttributePairs(
          { account, stack: stackId, run: runId },
          settings.searchAttributes,
        ),
      },
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return null;
  }
  const members = [stackId, ...stacks.map((stack) => stack.stackId)];
  return { executionId, rootRunId: runId, stacks: members };
}
