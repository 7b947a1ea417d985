/**
 * The same starts, signals, timers and activities as the project's executions, and no logic: nothing is ordered, deduplicated,
 * doubted or shown.
 */
import {
  CancellationScope,
  condition,
  defineSignal,
  executeChild,
  getExternalWorkflowHandle,
  proxyActivities,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { BARE_API_TASK_QUEUE } from './names.ts';
import type { BareActivities } from './activities.ts';

export type BareRun = { readonly stackId: string; readonly runId: string };
export type BareIntent = { readonly stackId: string; readonly executionId: string };

export const heard = defineSignal<[states: readonly string[]]>('heard');
export const attach = defineSignal<[executionId: string]>('attach');
export const ask = defineSignal<[executionId: string]>('ask');
export const assign = defineSignal<[runId: string]>('assign');
export const conclude = defineSignal<[state: string]>('conclude');

const LAST_STATE = 'FINISHED';

const { lookUpRun, triggerRun } = proxyActivities<BareActivities>({
  startToCloseTimeout: '45 seconds',
  taskQueue: BARE_API_TASK_QUEUE,
});

/** Waits for the last state, asks whether it is true, and tells the intent. */
export async function BareRunWorkflow(run: BareRun): Promise<string> {
  const states: string[] = [];
  const attached = new Set<string>();
  setHandler(heard, (told) => void states.push(...told));
  setHandler(attach, (executionId) => void attached.add(executionId));
  const silence = new CancellationScope();
  void silence.run(() => sleep('10 minutes')).catch(() => {});
  await condition(() => states.includes(LAST_STATE));
  const state = await lookUpRun(run);
  for (const executionId of attached)
    await getExternalWorkflowHandle(executionId).signal(conclude, state);
  return state;
}

/** Waits for its run, then for how that ends. */
export async function BareIntentWorkflow(): Promise<string> {
  let runId: string | null = null;
  let state: string | null = null;
  setHandler(assign, (given) => void (runId = given));
  setHandler(conclude, (told) => void (state = told));
  await condition(() => runId !== null && state !== null);
  return `${runId ?? ''} ${state ?? ''}`;
}

/** Makes one run for each that asks, one at a time, and stays open. */
export async function BareLaneWorkflow({ stackId }: { stackId: string }): Promise<void> {
  const queue: string[] = [];
  setHandler(ask, (executionId) => void queue.push(executionId));
  for (;;) {
    const isAsked = await condition(() => queue.length > 0, '10 minutes');
    const executionId = queue.shift();
    if (!isAsked || executionId === undefined) return;
    const runId = await triggerRun({ stackId, executionId });
    await getExternalWorkflowHandle(executionId).signal(assign, runId);
  }
}

/** One call and nothing else: what a start that leads to an activity costs at the least. */
export async function BareTriggerWorkflow(intent: BareIntent): Promise<string> {
  return triggerRun(intent);
}

/** A run for the parent below, and how it ended. */
export async function BareChildWorkflow({ stackId }: { stackId: string }): Promise<string> {
  let state: string | null = null;
  setHandler(conclude, (told) => void (state = told));
  await triggerRun({ stackId, executionId: workflowInfo().workflowId });
  await condition(() => state !== null);
  return state ?? '';
}

/** One parent, a child for every stack, all at once. */
export async function BareFlatWorkflow(stackIds: readonly string[]): Promise<number> {
  const states = await Promise.all(
    stackIds.map((stackId) =>
      executeChild(BareChildWorkflow, {
        workflowId: `bare-child/${stackId}`,
        args: [{ stackId }],
      }),
    ),
  );
  return states.length;
}
