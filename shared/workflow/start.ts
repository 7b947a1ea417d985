/**
 * How each execution is started: id, input, search attributes and the summary shown in the Temporal UI. Starter and
 * activities share it, so that whoever comes first starts the very same execution.
 */
import type { SearchAttributePair } from '@temporalio/common';
import type { IntentEvent } from '../contract/events.ts';
import {
  digestExecutionId,
  eventExecutionId,
  intentExecutionId,
  laneExecutionId,
  registryExecutionId,
  runExecutionId,
} from '../contract/ids.ts';
import {
  DIGEST_WORKFLOW,
  LANE_WORKFLOW,
  REGISTRY_WORKFLOW,
  WEBHOOK_WORKFLOW,
} from '../contract/names.ts';
import type {
  DeliveryFacts,
  ExecutionInput,
  IntentInput,
  LaneInput,
  RunRef,
  SingleEvent,
} from './messages.ts';
import type { DigestInput } from './notice-messages.ts';
import type { StackRef } from './ports.ts';
import type { RegistryInput } from './propagation-messages.ts';
import { searchAttributePairs } from './search-attributes.ts';
import type { WorkflowSettings } from './settings.ts';
import { isTold, linkTo } from './markdown.ts';
import { readEvent } from './single-event.ts';

export type ExecutionStart = {
  readonly workflowType: string;
  readonly workflowId: string;
  readonly input: ExecutionInput | LaneInput | DigestInput | RegistryInput;
  readonly searchAttributes: SearchAttributePair[];
  /** One line of Markdown. */
  readonly summary: string;
  /** Markdown that goes with it. */
  readonly details?: string;
  /** How long after its start it begins. */
  readonly startDelayMs?: number;
  /** Executions of one key share their turn with the others, and with it every call they make. */
  readonly fairnessKey: string;
};

/** What Temporal takes; two stacks whose keys are cut alike share their turn, no more. */
const FAIRNESS_KEY_BYTES = 64;

const fairnessKeyOf = (account: string, stackId: string | null): string =>
  `${account}/${stackId ?? ''}`.slice(0, FAIRNESS_KEY_BYTES);

export const startOfRun = (
  run: RunRef,
  settings: WorkflowSettings,
  news?: { readonly state?: string; readonly type?: string; readonly url?: string | null },
): ExecutionStart => ({
  workflowType: WEBHOOK_WORKFLOW,
  workflowId: runExecutionId(run.account, run.stackId, run.runId),
  input: { kind: 'run', account: run.account, stackId: run.stackId, runId: run.runId, settings },
  searchAttributes: searchAttributePairs(
    {
      account: run.account,
      stack: run.stackId,
      run: run.runId,
      state: news?.state ?? null,
      eventType: news?.type ?? null,
    },
    settings.searchAttributes,
  ),
  summary: `Follows run ${run.runId} of ${run.stackId}`,
  ...(isTold(news?.url) && { details: linkTo(run.runId, news.url) }),
  fairnessKey: fairnessKeyOf(run.account, run.stackId),
});

export const startOfIntent = (
  event: IntentEvent,
  delivery: DeliveryFacts,
  settings: WorkflowSettings,
  more: Pick<IntentInput, 'propagation' | 'isAsked'> = {},
): ExecutionStart => ({
  workflowType: WEBHOOK_WORKFLOW,
  workflowId: intentExecutionId(event.account, event.stackId, event.key),
  input: { kind: 'intent', event, delivery, settings, ...more },
  searchAttributes: searchAttributePairs(
    { account: event.account, stack: event.stackId, eventType: event.type },
    settings.searchAttributes,
  ),
  summary: `Wants a ${event.runType} run of ${event.stackId}`,
  fairnessKey: fairnessKeyOf(event.account, event.stackId),
});

export const startOfEvent = (
  event: SingleEvent,
  delivery: DeliveryFacts,
  settings: WorkflowSettings,
): ExecutionStart => {
  const { stackId } = readEvent(event);
  return {
    workflowType: WEBHOOK_WORKFLOW,
    workflowId: eventExecutionId(event.account, stackId, delivery.key),
    input: { kind: 'event', event, delivery, settings },
    searchAttributes: searchAttributePairs(
      { account: event.account, stack: stackId, eventType: event.type },
      settings.searchAttributes,
    ),
    summary: `Records ${event.type} of ${stackId ?? event.account}`,
    fairnessKey: fairnessKeyOf(event.account, stackId),
  };
};

export const startOfLane = (stack: StackRef, settings: WorkflowSettings): ExecutionStart => ({
  workflowType: LANE_WORKFLOW,
  workflowId: laneExecutionId(stack.account, stack.stackId),
  input: { account: stack.account, stackId: stack.stackId, settings },
  searchAttributes: searchAttributePairs(
    { account: stack.account, stack: stack.stackId },
    settings.searchAttributes,
  ),
  summary: `Makes the runs of ${stack.stackId}, one at a time`,
  fairnessKey: fairnessKeyOf(stack.account, stack.stackId),
});

export const startOfDigest = (route: string): ExecutionStart => ({
  workflowType: DIGEST_WORKFLOW,
  workflowId: digestExecutionId(route),
  input: { route },
  searchAttributes: [],
  summary: `Keeps notices for ${route} while it is quiet`,
  fairnessKey: digestExecutionId(route).slice(0, FAIRNESS_KEY_BYTES),
});

/** The account's one: whoever has a verdict to tell starts it. */
export const startOfRegistry = (account: string, settings: WorkflowSettings): ExecutionStart => ({
  workflowType: REGISTRY_WORKFLOW,
  workflowId: registryExecutionId(account),
  input: { account, settings },
  searchAttributes: searchAttributePairs({ account }, settings.searchAttributes),
  summary: `Decides what runs after runs of ${account}`,
  fairnessKey: fairnessKeyOf(account, null),
});
