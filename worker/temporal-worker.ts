/**
 * The Temporal workers of the process: one for workflows, notices and calls to Temporal, and one for the Spacelift API
 * calls of each account, whose task queue carries the rate limit for all processes together.
 */
import { fileURLToPath } from 'node:url';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type NativeConnection,
  Worker,
  type WorkerDeploymentOptions,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import {
  createExecutionActivities,
  type RunPages,
} from '../shared/activities/execution-activities.ts';
import { runPage } from '../shared/activities/spacelift/look-up-run.ts';
import { createNoticeActivities, type Route } from '../shared/activities/notice-activities.ts';
import {
  createSpaceliftActivities,
  type SpaceliftClients,
} from '../shared/activities/spacelift-activities.ts';
import {
  createReactionActivities,
  type Reactor,
} from '../shared/activities/reaction-activities.ts';
import { createPropagationActivities } from '../shared/activities/propagation-activities.ts';
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
  readonly dataConverter: DataConverter;
  readonly clientOf: SpaceliftClients;
  /** Where notices go. */
  readonly routes: readonly Route[];
  /** What the rules want. */
  readonly reactor: Reactor;
  readonly maxRequestsPerSecond: number;
  /** Said outright: the SDK derives its default from the heap limit, which Bun does not have. */
  readonly maxCachedWorkflows: number;
  /** Made beforehand; without it the workflow is bundled now. */
  readonly workflowBundle: WorkflowBundleOption | undefined;
  /** Without it the workers have no version, and take work as soon as they poll. */
  readonly deployment?: WorkerDeploymentOptions | undefined;
};

const pathOf = (module: 'index' | 'payload-converter' | 'failure-converter'): string =>
  fileURLToPath(new URL(`../shared/workflow/${module}.ts`, import.meta.url));

/** Bundles the workflow from its sources; the bundler's own report is of no use to an operator. */
export const bundleWorkflow = (
  workflowInterceptorModules: string[] = [],
): Promise<{ code: string }> =>
  bundleWorkflowCode({
    workflowsPath: pathOf('index'),
    payloadConverterPath: pathOf('payload-converter'),
    failureConverterPath: pathOf('failure-converter'),
    workflowInterceptorModules,
    logger: new DefaultLogger('WARN'),
  });

export async function createTemporalWorkers(
  options: TemporalWorkersOptions,
): Promise<readonly Worker[]> {
  const { connection, namespace, dataConverter } = options;
  const executions = createExecutions(new Client({ connection, namespace, dataConverter }));
  const common = {
    connection,
    namespace,
    dataConverter,
    shutdownGraceTime: SHUTDOWN_GRACE,
    ...(options.deployment !== undefined && { workerDeploymentOptions: options.deployment }),
  };
  const executionActivities = createExecutionActivities(executions, pagesBy(options.clientOf));
  const createApiWorker = (taskQueue: string) =>
    Worker.create({
      ...common,
      taskQueue,
      activities: {
        ...createSpaceliftActivities(options.clientOf, (run) =>
          executionActivities.attachToRun(run),
        ),
      },
      maxTaskQueueActivitiesPerSecond: options.maxRequestsPerSecond,
    });
  return Promise.all([
    Worker.create({
      ...common,
      taskQueue: WORKFLOW_TASK_QUEUE,
      workflowBundle: options.workflowBundle ?? (await bundleWorkflow()),
      activities: {
        ...executionActivities,
        ...createSweepActivities(executions),
        ...createPropagationActivities(executions),
        ...createNoticeActivities(options.routes),
        ...createReactionActivities({ ...options.reactor, start: executions.start }),
      },
      maxCachedWorkflows: options.maxCachedWorkflows,
    }),
    ...options.accounts.map((account) => createApiWorker(spaceliftApiTaskQueue(account))),
    createApiWorker(SPACELIFT_API_TASK_QUEUE),
  ]);
}

/** Only the link is wanted: an account without a key is told about where a call needs it. */
const pagesBy =
  (clientOf: SpaceliftClients): RunPages =>
  (run) => {
    try {
      return runPage(clientOf(run.account), run);
    } catch {
      return null;
    }
  };
