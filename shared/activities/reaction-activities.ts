/**
 * The activities of reactions: planning by the rules that the worker has loaded, and what only an activity can do of a
 * plan. What starts a run starts an intent, whose key is made from the action's: the same action is the same intent.
 */
import { activityInfo, ApplicationFailure, log } from '@temporalio/activity';
import { INTENT_RUN_TYPES, type IntentEvent, type IntentRunType } from '../contract/events.ts';
import { sha256Hex, utf8 } from '../contract/hmac.ts';
import type { DeliveryFacts } from '../workflow/messages.ts';
import type {
  ReactionActivities,
  ReactionEvent,
  ReactionPlan,
  TriggerByReaction,
  WebhookByReaction,
} from '../workflow/reactions.ts';
import { type ExecutionStart, startOfIntent } from '../workflow/start.ts';
import type { Reuse } from './execution-activities.ts';
import { SendFailure } from './notice-activities.ts';

/** The rules at work. */
export type Reactor = {
  readonly plan: (event: ReactionEvent) => ReactionPlan;
  /** Throws {@link SendFailure}. */
  readonly callWebhook: (request: WebhookByReaction) => Promise<void>;
};

type Starting = {
  readonly start: (start: ExecutionStart, reuse: Reuse) => Promise<'started' | 'already-started'>;
};

export const createReactionActivities = ({
  plan,
  callWebhook,
  start,
}: Reactor & Starting): ReactionActivities => ({
  async planReactions(event) {
    const planned = plan(event);
    const { on, stackId, runId, traceId } = event;
    log.info('reactions planned', {
      on,
      stackId,
      runId,
      traceId,
      actions: planned.actions.map(({ ruleId, action }) => `${ruleId}: ${action}`).join(', '),
    });
    return planned;
  },

  async startReaction({ settings, ...request }) {
    const intent = await intentOf(request);
    const intentStart = startOfIntent(intent.event, intent.delivery, settings);
    const answer = await start({ ...intentStart, ...intent.delay }, 'never');
    const executionId = intentStart.workflowId;
    const { ruleId: rule } = request.action;
    log.info('reaction wants a run', { executionId, rule, answer, traceId: request.event.traceId });
    return { executionId };
  },

  async callWebhook(request) {
    try {
      await callWebhook(request);
    } catch (error) {
      throw failureOf(request.ruleId, error);
    }
  },
});

type Intent = {
  readonly event: IntentEvent;
  readonly delivery: DeliveryFacts;
  readonly delay: Pick<ExecutionStart, 'startDelayMs'>;
};

/**
 * A run that is retried is not triggered by itself, so its stack does not get into its cause: what ends the chain is the
 * attempt, which stands in the key and comes back with the run.
 */
async function intentOf({ action, event }: TriggerByReaction): Promise<Intent> {
  const name = await nameOf(action.key);
  const isRetry = action.action === 'retry-run';
  const key = isRetry ? `retry.${action.attempt}.${name}` : `reaction.${name}`;
  const { account, traceId } = event;
  const stackId = isRetry ? event.stackId : action.stackId;
  if (stackId === null)
    throw ApplicationFailure.nonRetryable('Cannot trigger: no stack is named', 'no-stack');
  return {
    event: {
      about: 'intent',
      type: 'triggered',
      account,
      stackId,
      key,
      runType: isRetry ? intentTypeOf(event.runType) : action.runType,
      commit: isRetry ? null : action.commit,
      retry: {},
      ...(isRetry && { retryOf: event.runId }),
      cause: [...event.cause, ...(isRetry || event.stackId === null ? [] : [event.stackId])],
    },
    delivery: { key: `intent/${account}/${stackId}/${key}`, deliveryId: name, traceId },
    delay: isRetry && action.delayMs > 0 ? { startDelayMs: action.delayMs } : {},
  };
}

/** A retried run keeps its type, which need not be one that can be triggered. */
const intentTypeOf = (runType: string | null): IntentRunType =>
  INTENT_RUN_TYPES.find((type) => type === runType) ?? 'TRACKED';

/** 160 bits of the key's hash: short, and as good as the key. */
const NAME_LENGTH = 40;

const nameOf = async (key: string): Promise<string> =>
  (await sha256Hex(utf8(key))).slice(0, NAME_LENGTH);

function failureOf(ruleId: string, error: unknown): ApplicationFailure {
  const failure =
    error instanceof SendFailure
      ? error
      : new SendFailure(error instanceof Error ? error.name : 'unknown failure', false);
  const { reason, isFinal, retryAfterMs } = failure;
  log.warn('webhook not called', { rule: ruleId, error: reason, attempt: activityInfo().attempt });
  return ApplicationFailure.create({
    message: `Cannot call the webhook of rule ${ruleId}: ${reason}`,
    type: 'webhook-not-called',
    nonRetryable: isFinal,
    ...(retryAfterMs !== undefined && { nextRetryDelay: retryAfterMs }),
  });
}
