/** What an intent asks its lane for. Pure; the starter asks in the intent's name, and the intent by itself. */
import type { IntentEvent } from '../contract/events.ts';
import { intentExecutionId } from '../contract/ids.ts';
import type { DeliveryFacts, LaneRequest } from './messages.ts';
import { retryPolicyOf } from './retry.ts';
import { wishOf } from './run-wish.ts';
import type { WorkflowSettings } from './settings.ts';

/** `askedAt` in epoch ms. */
export const requestOf = (
  event: IntentEvent,
  { traceId }: Pick<DeliveryFacts, 'traceId'>,
  settings: WorkflowSettings,
  askedAt: number,
): LaneRequest => ({
  executionId: intentExecutionId(event.account, event.stackId, event.key),
  key: event.key,
  ...wishOf(event),
  retry: retryPolicyOf(event.retry, settings.retry),
  askedAt,
  traceId,
  ...(settings.intents !== undefined && { cause: event.cause ?? [] }),
});
