/** How an intent of a propagation tells it what became of it. */
import { getExternalWorkflowHandle, log } from '@temporalio/workflow';
import { messageOf, rethrowCancellation } from './failures.ts';
import type { Intent } from './intent.ts';
import { type NodeEnd, nodeEnded } from './propagation-messages.ts';

/** One that is over does not mind. */
export async function tellPropagation(intent: Intent, reason: string | null): Promise<void> {
  const { propagation } = intent.input;
  if (propagation === undefined) return;
  const { run, verdict } = intent;
  const end: NodeEnd = { nodeId: propagation.nodeId, runId: run?.runId ?? null, verdict, reason };
  try {
    await getExternalWorkflowHandle(propagation.executionId).signal(nodeEnded, {
      ...end,
      verdict: verdict && {
        state: verdict.state,
        outcome: verdict.outcome,
        delta: verdict.delta ?? null,
      },
    });
  } catch (error) {
    rethrowCancellation(error);
    const { executionId } = propagation;
    log.warn('propagation could not be told', { executionId, error: messageOf(error) });
  }
}
