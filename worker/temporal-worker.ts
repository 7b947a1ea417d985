/**
 * The Temporal workers of the process: one for workflows, notices and calls to Temporal, and one for the Spacelift API
 * calls of each account, whose task queue carries the rate limit for all processes together.
 */
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type NativeConnection,
  Worker,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { createExecutionActivities } from '../shared/activities/execution-activities.ts';
import { createNoticeActivities, type Notifier } from '../shared/activities/notice-activities.ts';
import {
  createSpaceliftActivities,
  type SpaceliftClients,
} from '../shared/activities/spacelift-activities.ts';
import { createSweepActivities } from '../shared/activities/sweep-activities.ts';
import {
  SPACELIFT_API_TASK_QUEUE,
  spaceliftApiTaskQueue,
  WORKFLOW_TASK_QUEUE,
} from '../shared/contract/names.ts';
import { createExecutions } from './executions.ts';

/** Running activities get this long to end when the worker is stopped; Spacelift's deadline is 30 s. */
const SHUTDOWN_GRACE = '20 seconds';

export type TemporalWorkersOptions = {
  readonly connection: NativeConnection;
  readonly namespace: string;
  /** Each has a task queue of its own, with the rate limit. */
  readonly accounts: readonly string[];
  readonly clientOf: SpaceliftClients;
  readonly notifiers: readonly Notifier[];
  readonly maxRequestsPerSecond: number;
  /** Said outright: the SDK derives its default from the heap limit, which Bun does not have. */
  readonly maxCachedWorkflows: number;
  /** Made beforehand; without it the workflow is bundled now. */
  readonly workflowBundle: WorkflowBundleOption | undefined;
};

/** Bundles the workflow from its sources; the bundler's own report is of no use to an operator. */
export const bundleWorkflow = (): Promise<{ code: string }> =>
  bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../shared/workflow/index.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });

export async function createTemporalWorkers(
  options: TemporalWorkersOptions,
): Promise<readonly Worker[]> {
  const { connection, namespace } = options;
  const executions = createExecutions(new Client({ connection, namespace }));
  const common = { connection, namespace, shutdownGraceTime: SHUTDOWN_GRACE };
  const createApiWorker = (taskQueue: string) =>
    Worker.create({
      ...common,
      taskQueue,
      activities: { ...createSpaceliftActivities(options.clientOf) },
      maxTaskQueueActivitiesPerSecond: options.maxRequestsPerSecond,
    });
  return Promise.all([
    Worker.create({
      ...common,
      taskQueue: WORKFLOW_TASK_QUEUE,
      workflowBundle: options.workflowBundle ?? (await bundleWorkflow()),
      activities: {
        ...createExecutionActivities(executions),
        ...createSweepActivities(executions),
        ...createNoticeActivities(options.notifiers),
      },
      maxCachedWorkflows: options.maxCachedWorkflows,
    }),
    ...options.accounts.map((account) => createApiWorker(spaceliftApiTaskQueue(account))),
    createApiWorker(SPACELIFT_API_TASK_QUEUE),
  ]);
}
