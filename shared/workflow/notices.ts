/** What people are told, from what an execution knows. Commit messages and the like are not among it. */
import { workflowInfo } from '@temporalio/workflow';
import type { EventInput, IntentInput, SingleEvent } from './messages.ts';
import type { FoundRun, Notice, StackRef, WebhookState } from './ports.ts';
import type { TrackedVerdict } from './propagation-messages.ts';
import { currentTransition, currentWait, toIso } from './progress.ts';
import type { RunProgress } from './run-memory.ts';
import { traitsOf } from './run-traits.ts';
import type { Saying, Trouble } from './single-event.ts';
import type { KnownWebhook } from './sweep-messages.ts';

const TEXTS = {
  'run-failed': 'Run failed',
  'run-waiting': 'Run waits for a person',
  'run-completed': 'Run completed',
  'run-ended': 'Run ended',
} as const;

export function runNotice(
  topic: keyof typeof TEXTS,
  progress: RunProgress,
  traceId: string,
): Notice {
  const state = currentTransition(progress)?.state ?? null;
  const mustAct = currentWait(progress)?.mustAct ?? null;
  return {
    topic,
    account: progress.account,
    stackId: progress.stackId,
    runId: progress.runId,
    state,
    url: progress.url,
    text: `${TEXTS[topic]}: ${progress.stackId} is ${state ?? 'in an unknown state'}${mustAct === null ? '' : `; must act: ${mustAct}`}`,
    executionId: workflowInfo().workflowId,
    traceId,
  };
}

/** The same with all that routes may go by, for executions with reactions. */
export function wholeRunNotice(
  topic: keyof typeof TEXTS,
  progress: RunProgress,
  traceId: string,
): Notice {
  const { branch, commit, repository, labels, driftDetection } = traitsOf(progress);
  return {
    ...runNotice(topic, progress, traceId),
    stateVersion: currentTransition(progress)?.stateVersion ?? null,
    branch,
    commit,
    repository,
    labels,
    runType: progress.runType,
    driftDetection,
    transitions: progress.transitions.map(({ state, at }) => ({ state, at })),
  };
}

export const troubleNotice = (
  { event, delivery }: EventInput,
  { stackId, state }: Saying,
  { topic, text }: Trouble,
): Notice => ({
  topic,
  account: event.account,
  stackId,
  runId: null,
  state,
  url: null,
  text,
  executionId: workflowInfo().workflowId,
  traceId: delivery.traceId,
});

const NEWS = {
  stack: { topic: 'stack-completed', text: 'Stack reported completed' },
  account: { topic: 'internal-error', text: 'Notice of the account' },
  module: { topic: 'module-version', text: 'Module version reported' },
  audit: { topic: 'audit', text: 'Audit trail entry' },
} as const satisfies Record<SingleEvent['about'], Pick<Notice, 'topic' | 'text'>>;

/** Of an event that is no trouble, and that a rule wants to be told of all the same. */
export function newsNotice(input: EventInput, saying: Saying): Notice {
  const { topic, text } = NEWS[input.event.about];
  const { stackId, fields } = saying;
  const words = [stackId, fields['version'], fields['action'], saying.state];
  const told = words.filter((word) => typeof word === 'string').join(' ');
  return troubleNotice(input, saying, { topic, text: `${text}: ${told}`, reason: null });
}

export const loopNotice = ({ event, delivery }: IntentInput, text: string): Notice => ({
  topic: 'loop-refused',
  account: event.account,
  stackId: event.stackId,
  runId: null,
  state: null,
  url: null,
  text,
  executionId: workflowInfo().workflowId,
  traceId: delivery.traceId,
});

export const refusedPropagationNotice = (
  { account, stackId, runId, state, traceId }: TrackedVerdict,
  text: string,
): Notice => ({
  topic: 'propagation-refused',
  account,
  stackId,
  runId,
  state,
  url: null,
  text,
  executionId: workflowInfo().workflowId,
  traceId,
});

export const extraNotice = (
  { account, stackId }: StackRef,
  { runId, state, url }: FoundRun,
  text: string,
  traceId: string,
): Notice => ({
  topic: 'extra-run',
  account,
  stackId,
  runId,
  state: state ?? null,
  url: url ?? null,
  text,
  executionId: workflowInfo().workflowId,
  traceId,
});

export const doubtNotice = (
  { account, stackId }: StackRef,
  text: string,
  traceId: string,
): Notice => ({
  topic: 'intent-in-doubt',
  account,
  stackId,
  runId: null,
  state: null,
  url: null,
  text,
  executionId: workflowInfo().workflowId,
  traceId,
});

const WEBHOOK_TEXTS = {
  enabled: 'is enabled again',
  disabled: 'is switched off in Spacelift',
  missing: 'is not there for our API key: deleted, or not to be seen',
  forbidden: 'cannot be watched: our API key may not read it',
} as const satisfies Record<WebhookState, string>;

/** `lastEnabledAt` is when it was seen enabled before now. */
export const webhookNotice = (
  topic: 'webhook-disabled' | 'webhook-enabled',
  account: string,
  { webhookId, state }: KnownWebhook,
  lastEnabledAt: number | null,
  traceId: string,
): Notice => ({
  topic,
  account,
  stackId: null,
  runId: null,
  state: null,
  url: null,
  text: `Webhook ${webhookId} ${WEBHOOK_TEXTS[state]}; last seen enabled: ${toIso(lastEnabledAt) ?? 'never'}`,
  executionId: workflowInfo().workflowId,
  traceId,
});
