/**
 * The two Temporal workers of the process: one for workflows, notices and calls to Temporal, one for Spacelift API calls,
 * whose task queue carries the rate limit for all processes together.
 */
import { Client } from '@temporalio/client';
import { type NativeConnection, Worker } from '@temporalio/worker';
import { createExecutionActivities } from '../shared/activities/execution-activities.ts';
import { createNoticeActivities, type Notifier } from '../shared/activities/notice-activities.ts';
import {
  createSpaceliftActivities,
  type SpaceliftClients,
} from '../shared/activities/spacelift-activities.ts';
import { SPACELIFT_API_TASK_QUEUE, WORKFLOW_TASK_QUEUE } from '../shared/contract/names.ts';
import { createExecutions } from './executions.ts';

/** Running activities get this long to end when the worker is stopped; Spacelift's deadline is 30 s. */
const SHUTDOWN_GRACE = '20 seconds';

export type TemporalWorkersOptions = {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly clientOf: SpaceliftClients;
  readonly notifiers: readonly Notifier[];
  readonly maxRequestsPerSecond: number;
  /** Said outright: the SDK derives its default from the heap limit, which Bun does not have. */
  readonly maxCachedWorkflows: number;
  readonly workflowBundle: string | undefined;
};

/** The path of the workflow's entry, for the SDK's bundler. */
export const WORKFLOWS_PATH = new URL('../shared/workflow/index.ts', import.meta.url).pathname;

export async function createTemporalWorkers(
  options: TemporalWorkersOptions,
): Promise<readonly Worker[]> {
  const { connection, namespace, workflowBundle } = options;
  const client = new Client({ connection, namespace });
  const common = { connection, namespace, shutdownGraceTime: SHUTDOWN_GRACE };
  return Promise.all([
    Worker.create({
      ...common,
      taskQueue: WORKFLOW_TASK_QUEUE,
      ...(workflowBundle === undefined
        ? { workflowsPath: WORKFLOWS_PATH }
        : { workflowBundle: { codePath: workflowBundle } }),
      activities: {
        ...createExecutionActivities(createExecutions(client)),
        ...createNoticeActivities(options.notifiers),
      },
      maxCachedWorkflows: options.maxCachedWorkflows,
    }),
    Worker.create({
      ...common,
      taskQueue: SPACELIFT_API_TASK_QUEUE,
      activities: { ...createSpaceliftActivities(options.clientOf) },
      maxTaskQueueActivitiesPerSecond: options.maxRequestsPerSecond,
    }),
  ]);
}
