/**
 * Proxies of the activities, by how each may be retried. A call that makes or changes a run gets one attempt only: what
 * an unanswered one means is decided here in the workflow, Temporal's blind retry would do it twice.
 */
import {
  type ActivityOptions,
  proxyActivities,
  proxyLocalActivities,
  TimeoutFailure,
} from '@temporalio/workflow';
import { SPACELIFT_API_TASK_QUEUE, spaceliftApiTaskQueue } from '../contract/names.ts';
import type {
  ExecutionActivities,
  NoticeActivities,
  SpaceliftActivities,
  SweepActivities,
  TriggerOutcome,
  TriggerRequest,
} from './ports.ts';
import type { ReactionActivities } from './reactions.ts';
import type { WorkflowSettings } from './settings.ts';

/** Longer than the Spacelift client's own deadline, so that the client's error is the one that is seen. */
const API_CALL_TIMEOUT = '45 seconds';

/** A look, the decision and a look afterwards. */
const CALLS_OF_A_DECISION = 3;
const DECISION_TIMEOUT = '2 minutes';

/** Some hundred pages of stacks. */
const PLAN_TIMEOUT = '5 minutes';

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

/** An account's own queue may be one that no worker serves: starter and worker are configured apart. */
const SERVED_WITHIN = '10 minutes';

/** Where the server orders by priority, what somebody waits for goes before what is only looked at; 3 is usual. */
const AHEAD = { priorityKey: 2 } as const;
/** The next sweep comes soon. */
const WITHIN_A_SWEEP = { scheduleToCloseTimeout: '5 minutes', retry: FIVE_TIMES } as const;

/** The Spacelift calls of one account: they share its task queue, and with it its rate limit. */
export function spaceliftOf(account: string, { accounts = [], lane }: WorkflowSettings) {
  const hasOwnQueue = accounts.includes(account);
  const taskQueue = hasOwnQueue ? spaceliftApiTaskQueue(account) : SPACELIFT_API_TASK_QUEUE;
  const proxy = <Names extends keyof SpaceliftActivities>(options: ActivityOptions) =>
    proxyActivities<Pick<SpaceliftActivities, Names>>({
      taskQueue,
      startToCloseTimeout: lane?.callTimeoutMs ?? API_CALL_TIMEOUT,
      ...options,
    });
  const decisionTimeout =
    lane?.callTimeoutMs === undefined ? DECISION_TIMEOUT : CALLS_OF_A_DECISION * lane.callTimeoutMs;
  const ahead = { priority: AHEAD, ...(hasOwnQueue && { scheduleToStartTimeout: SERVED_WITHIN }) };
  const { triggerRun } = proxy<'triggerRun'>({ retry: ONCE, ...ahead });
  return {
    triggerRun: (request: TriggerRequest): Promise<TriggerOutcome> =>
      triggerRun(request).catch((error: unknown) => outcomeOfNoWorker(error, request, taskQueue)),
    findRuns: proxy<'findRuns'>({ retry: UNTIL_IT_WORKS, priority: AHEAD }).findRuns,
    endRun: proxy<'endRun'>({ retry: ONCE, ...ahead }).endRun,
    lookUpRun: proxy<'lookUpRun'>({ scheduleToCloseTimeout: '5 minutes', retry: FIVE_TIMES })
      .lookUpRun,
    /** Looks at that pace until there is news; attempts leave no trace in the history. */
    watchRun: (paceMs: number) =>
      proxy<'watchRun'>({
        retry: { initialInterval: paceMs, backoffCoefficient: 1 },
        cancellationType: 'TRY_CANCEL',
        summary: 'Looks at Spacelift until there is news',
      }).watchRun,
    decideRun: proxy<'decideRun'>({ startToCloseTimeout: decisionTimeout, retry: ONCE }).decideRun,
    listRuns: proxy<'listRuns'>(WITHIN_A_SWEEP).listRuns,
    readWebhook: proxy<'readWebhook'>(WITHIN_A_SWEEP).readWebhook,
    planPropagation: proxy<'planPropagation'>({
      startToCloseTimeout: PLAN_TIMEOUT,
      heartbeatTimeout: lane?.callTimeoutMs ?? API_CALL_TIMEOUT,
      retry: UNTIL_IT_WORKS,
    }).planPropagation,
    findDependentRun: proxy<'findDependentRun'>({ retry: FIVE_TIMES }).findDependentRun,
  };
}

/** A call that no worker took made nothing; every other failure tells less and is left to the caller. */
function outcomeOfNoWorker(
  error: unknown,
  { runType, stackId, account }: TriggerRequest,
  taskQueue: string,
): TriggerOutcome {
  const timeout = error instanceof Error ? error.cause : undefined;
  if (!(timeout instanceof TimeoutFailure) || timeout.timeoutType !== 'SCHEDULE_TO_START')
    throw error;
  const operation = `trigger a ${runType} run of stack ${stackId}`;
  const reason = `Cannot ${operation}: no worker serves account ${account} (task queue ${taskQueue})`;
  return { kind: 'refused', reason, isFinal: false };
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
  heartbeatTimeout: '20 seconds',
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

/** Outlets are down for minutes rather than seconds; what they refuse for good is not tried again. */
export const { sendNotice } = proxyActivities<Pick<NoticeActivities, 'sendNotice'>>({
  startToCloseTimeout: '45 seconds',
  scheduleToCloseTimeout: '6 hours',
  retry: UNTIL_IT_WORKS,
});

/** The same where something waits for it: what could not be told soon is logged, or told the next time. */
export const { sendNotice: sendNoticeSoon } = proxyActivities<Pick<NoticeActivities, 'sendNotice'>>(
  { startToCloseTimeout: '45 seconds', retry: FIVE_TIMES },
);

/**
 * Computes from what the worker has loaded at its start, in no time: a local activity, which takes one event of the history
 * instead of three, and a workflow task less.
 */
export const { planReactions } = proxyLocalActivities<Pick<ReactionActivities, 'planReactions'>>({
  startToCloseTimeout: '10 seconds',
  retry: FIVE_TIMES,
});

/** Starting an execution twice is the same as once. */
export const { startReaction } = proxyActivities<Pick<ReactionActivities, 'startReaction'>>({
  startToCloseTimeout: '15 seconds',
  retry: UNTIL_IT_WORKS,
});

export const { callWebhook } = proxyActivities<Pick<ReactionActivities, 'callWebhook'>>({
  startToCloseTimeout: '45 seconds',
  scheduleToCloseTimeout: '6 hours',
  retry: UNTIL_IT_WORKS,
});
