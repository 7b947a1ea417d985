/**
 * Proxies of the activities, by how each may be retried. A trigger gets one attempt only: the lane decides what an
 * unanswered one means, Temporal's blind retry would make a second run.
 */
import { proxyActivities } from '@temporalio/workflow';
import { SPACELIFT_API_TASK_QUEUE } from '../contract/names.ts';
import type { ExecutionActivities, NoticeActivities, SpaceliftActivities } from './ports.ts';

/** Longer than the Spacelift client's own deadline, so that the client's error is the one that is seen. */
const API_CALL_TIMEOUT = '45 seconds';

const trigger = proxyActivities<Pick<SpaceliftActivities, 'triggerRun'>>({
  taskQueue: SPACELIFT_API_TASK_QUEUE,
  startToCloseTimeout: API_CALL_TIMEOUT,
  retry: { maximumAttempts: 1 },
});

/** Reading changes nothing, so it is tried until it works or is refused for good. */
const reading = proxyActivities<Pick<SpaceliftActivities, 'findRuns' | 'lookUpRun'>>({
  taskQueue: SPACELIFT_API_TASK_QUEUE,
  startToCloseTimeout: API_CALL_TIMEOUT,
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
});

const recording = proxyActivities<Pick<SpaceliftActivities, 'lookUpRun'>>({
  taskQueue: SPACELIFT_API_TASK_QUEUE,
  startToCloseTimeout: API_CALL_TIMEOUT,
  scheduleToCloseTimeout: '5 minutes',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 5 },
});

const executions = proxyActivities<ExecutionActivities>({
  startToCloseTimeout: '15 seconds',
  retry: {
    initialInterval: '500 milliseconds',
    backoffCoefficient: 2,
    maximumInterval: '30 seconds',
  },
});

const notices = proxyActivities<NoticeActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumAttempts: 5 },
});

export const { triggerRun } = trigger;
export const { findRuns } = reading;
/** Gives up after five tries: for news that would be good to have. */
export const { lookUpRun } = recording;
export const { askLane, attachToRun } = executions;
export const { notify } = notices;
