/** What people are told, from what an execution knows. Commit messages and the like are not among it. */
import { workflowInfo } from '@temporalio/workflow';
import type { InternalErrorEvent, StackEvent } from '../contract/events.ts';
import type { EventInput } from './messages.ts';
import type { Notice } from './ports.ts';
import { currentTransition, type RunProgress } from './progress.ts';

const TEXTS = {
  'run-failed': 'Run failed',
  'run-waiting': 'Run waits for a person',
} as const;

export function runNotice(
  topic: keyof typeof TEXTS,
  progress: RunProgress,
  traceId: string,
): Notice {
  const state = currentTransition(progress)?.state ?? null;
  return {
    topic,
    account: progress.account,
    stackId: progress.stackId,
    runId: progress.runId,
    state,
    url: progress.url,
    text: `${TEXTS[topic]}: ${progress.stackId} is ${state ?? 'in an unknown state'}`,
    executionId: workflowInfo().workflowId,
    traceId,
  };
}

const textOf = (event: StackEvent | InternalErrorEvent): string =>
  event.about === 'account'
    ? [event.error, event.message].filter((text) => text !== null && text !== '').join(': ')
    : `Stack ${event.stackId} reported ${event.type}${event.error === null ? '' : `: ${event.error}`}`;

export const eventNotice = ({ event, delivery }: EventInput): Notice => ({
  topic: event.about === 'account' ? 'internal-error' : `stack-${event.type}`,
  account: event.account,
  stackId: event.about === 'stack' ? event.stackId : null,
  runId: null,
  state: null,
  url: null,
  text: textOf(event),
  executionId: workflowInfo().workflowId,
  traceId: delivery.traceId,
});
