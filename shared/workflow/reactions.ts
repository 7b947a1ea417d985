/**
 * What reactions are planned from, and what a plan holds. Stored in histories, so a change follows docs/wire.md. A plan
 * names rules and routes of the file the user owns and holds no address and no secret of theirs. Types only.
 */
import type { IntentRunType } from '../contract/events.ts';
import type { NoticeTopic } from './notice-messages.ts';
import type { Traits } from './run-memory.ts';
import type { WorkflowSettings } from './settings.ts';

export type ReactionOn =
  | 'waiting'
  | 'completed'
  | 'failed'
  | 'ended'
  | 'internal_error'
  | 'module_version'
  | 'audit'
  /** What our own executions tell people of: a loop, a doubt, a webhook that was switched off. */
  | 'trouble';

/** An event that rules may react to, with all that they may ask for. */
export type ReactionEvent = Pick<
  Traits,
  'branch' | 'commit' | 'labels' | 'space' | 'driftDetection' | 'triggeredBy' | 'delta'
> & {
  readonly on: ReactionOn;
  readonly account: string;
  /** The module in its place; null where the whole account is meant. */
  readonly stackId: string | null;
  readonly runId: string | null;
  readonly state: string | null;
  readonly stateVersion: number | null;
  /** The state in which a run failed; null where it did not, or nobody knows. */
  readonly failedIn: string | null;
  readonly runType: string | null;
  /** What people would be told of; null where nothing is. */
  readonly topic: NoticeTopic | null;
  /** Stacks whose runs led to this, the first cause first. */
  readonly cause: readonly string[];
  /** Of the intents of ours that the run was made for. */
  readonly intentKeys: readonly string[];
  readonly executionId: string;
  readonly traceId: string;
};

type PlannedDeed =
  | { readonly action: 'notify'; readonly route: string }
  | { readonly action: 'trigger-dependents' }
  | {
      readonly action: 'trigger-stack';
      readonly stackId: string;
      readonly runType: IntentRunType;
      readonly commit: string | null;
    }
  | { readonly action: 'retry-run'; readonly attempt: number; readonly delayMs: number }
  | { readonly action: 'confirm' | 'discard'; readonly note: string | null }
  | { readonly action: 'call-webhook' };

export type PlannedAction = PlannedDeed & {
  /** Says what is done once: execution, rule, action, state and stateVersion. */
  readonly key: string;
  readonly ruleId: string;
  /** 0 for what a rule does at once, 1 for what it does then, and so on. */
  readonly step: number;
  /** Of a wait: done if the run still waits so long after it began. */
  readonly afterMs: number;
};

export type ReactionPlan = {
  readonly actions: readonly PlannedAction[];
  /** Why an action of a rule that matched was left out; for the log and the result. */
  readonly omitted: readonly { readonly ruleId: string; readonly reason: string }[];
};
export type TriggerByReaction = {
  readonly action: Extract<PlannedAction, { action: 'trigger-stack' | 'retry-run' }>;
  readonly event: ReactionEvent;
};

export type WebhookByReaction = {
  readonly ruleId: string;
  readonly step: number;
  readonly key: string;
  readonly event: ReactionEvent;
};

export type ReactionActivities = {
  planReactions(event: ReactionEvent): Promise<ReactionPlan>;
  /** Starts an intent; one that is there already is the same wish. */
  startReaction(
    request: TriggerByReaction & { readonly settings: WorkflowSettings },
  ): Promise<{ readonly executionId: string }>;
  /** Calls the webhook of a rule, signed. */
  callWebhook(request: WebhookByReaction): Promise<void>;
};
