/** How an intent's result comes about: what it was given, what happened, and why it ended so. */
import { log } from '@temporalio/workflow';
import type { Intent } from './intent.ts';
import type { FailureClass, IntentResult, Outcome, Step } from './messages.ts';
import { showOutcome } from './visibility.ts';

type Ending = {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly runId?: string | null;
  readonly state?: string | null;
  /** Of the run. */
  readonly steps?: readonly Step[];
  readonly failureClass?: FailureClass;
};

export function conclude(intent: Intent, ending: Ending): IntentResult {
  const { event, delivery, settings } = intent.input;
  const { outcome, reason, failureClass } = ending;
  const retriedAfterMs = intent.answer?.retriedAfterMs;
  const result: IntentResult = {
    eventType: event.type,
    account: event.account,
    stackId: event.stackId,
    runId: ending.runId ?? null,
    state: ending.state ?? null,
    outcome,
    attempts: intent.answer?.attempts ?? 0,
    steps: [...intent.steps, ...(ending.steps ?? [])],
    done: intent.recorder.done,
    reason,
    url: intent.url,
    metadata: event.metadata ?? [],
    cause: event.cause ?? [],
    ...(failureClass !== undefined && { failureClass }),
    ...(retriedAfterMs !== undefined && { retriedAfterMs }),
  };
  showOutcome(result, settings, intent.show);
  log.info('intent ended', { ...delivery, outcome, reason });
  return result;
}
