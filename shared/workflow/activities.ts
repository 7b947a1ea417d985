/**
 * Proxies of the activities, by how each may be retried. A call that makes or changes a run gets one attempt only: what
 * an unanswered one means is decided here in the workflow, Temporal's blind retry would do it twice.
 */
import { type ActivityOptions, proxyActivities } from '@temporalio/workflow';
import { SPACELIFT_API_TASK_QUEUE, spaceliftApiTaskQueue } from '../contract/names.ts';
import type {
  ExecutionActivities,
  NoticeActivities,
  SpaceliftActivities,
  SweepActivities,
} from './ports.ts';
import type { WorkflowSettings } from './settings.ts';

/** Longer than the Spacelift client's own deadline, so that the client's error is the one that is seen. */
const API_CALL_TIMEOUT = '45 seconds';

const ONCE = { maximumAttempts: 1 } as const;

/** Reading changes nothing, so it is tried until it works or is refused for good. */
const UNTIL_IT_WORKS = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '1 minute',
} as const;

/** For news that would be good to have. */
const FIVE_TIMES = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumAttempts: 5,
} as const;

/** The next sweep comes soon. */
const WITHIN_A_SWEEP = { scheduleToCloseTimeout: '5 minutes', retry: FIVE_TIMES } as const;

/** The Spacelift calls of one account: they share its task queue, and with it its rate limit. */
export function spaceliftOf(account: string, { accounts = [] }: WorkflowSettings) {
  const hasOwnQueue = accounts.includes(account);
  const taskQueue = hasOwnQueue ? spaceliftApiTaskQueue(account) : SPACELIFT_API_TASK_QUEUE;
  const proxy = <Names extends keyof SpaceliftActivities>(options: ActivityOptions) =>
    proxyActivities<Pick<SpaceliftActivities, Names>>({
      taskQueue,
      startToCloseTimeout: API_CALL_TIMEOUT,
      ...options,
    });
  return {
    triggerRun: proxy<'triggerRun'>({ retry: ONCE }).triggerRun,
    findRuns: proxy<'findRuns'>({ retry: UNTIL_IT_WORKS }).findRuns,
    lookUpRun: proxy<'lookUpRun'>({ scheduleToCloseTimeout: '5 minutes', retry: FIVE_TIMES })
      .lookUpRun,
    listRuns: proxy<'listRuns'>(WITHIN_A_SWEEP).listRuns,
    readWebhook: proxy<'readWebhook'>(WITHIN_A_SWEEP).readWebhook,
  };
}

const executions = proxyActivities<ExecutionActivities>({
  startToCloseTimeout: '15 seconds',
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
  },
});

const sweeping = proxyActivities<SweepActivities>({
  startToCloseTimeout: '2 minutes',
  scheduleToCloseTimeout: '10 minutes',
  retry: FIVE_TIMES,
});

const notices = proxyActivities<NoticeActivities>({
  startToCloseTimeout: '30 seconds',
  retry: FIVE_TIMES,
});

export const { askLane, attachToRun } = executions;
export const { tellRuns } = sweeping;
export const { notify } = notices;
