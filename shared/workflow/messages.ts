/**
 * Inputs, results, signals and the query of the executions: what crosses from starter to workflow and between
 * executions. Stored in histories, so a change follows docs/wire.md. No value but message definitions.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type {
  EventType,
  IntentEvent,
  IntentRunType,
  RetryPolicy,
  RunEvent,
  SpaceliftEvent,
} from '../contract/events.ts';
import { PROGRESS_QUERY, SIGNALS, UPDATES } from '../contract/names.ts';
import type { AttachAnswer } from './ports.ts';
import type { Delta, RunMemory } from './run-memory.ts';
import type { WorkflowSettings } from './settings.ts';

/** Which delivery brought an event; joins the log lines of edge, starter and worker. */
export type DeliveryFacts = {
  readonly key: string;
  readonly deliveryId: string;
  readonly traceId: string;
};

export type RunRef = {
  readonly account: string;
  readonly stackId: string;
  readonly runId: string;
};

export type RunInput = RunRef & {
  readonly kind: 'run';
  readonly settings: WorkflowSettings;
  /** Carried over continue-as-new. */
  readonly carried?: RunMemory;
};

export type IntentInput = {
  readonly kind: 'intent';
  readonly event: IntentEvent;
  readonly delivery: DeliveryFacts;
  readonly settings: WorkflowSettings;
  /** The propagation it belongs to, which is told when it ends without a run. */
  readonly propagation?: { readonly executionId: string; readonly nodeId: string };
  /** Since 0.2.0. The starter asks the lane in its name; the intent asks by itself only after silence. */
  readonly isAsked?: true;
};

/** An event with an execution to itself: there is no run to follow and none to make. */
export type SingleEvent = Exclude<SpaceliftEvent, RunEvent | IntentEvent>;

export type EventInput = {
  readonly kind: 'event';
  readonly event: SingleEvent;
  readonly delivery: DeliveryFacts;
  readonly settings: WorkflowSettings;
};

export type ExecutionInput = RunInput | IntentInput | EventInput;

export type Outcome =
  | 'completed'
  | 'failed'
  | 'ended'
  | 'not-triggered'
  | 'in-doubt'
  | 'timed-out'
  | 'recorded';

/** Something that happened, in the order of `at` (ISO 8601, UTC); null when no source told the time. */
export type Step = { readonly step: string; readonly at: string | null };

/** Something we did about it. */
export type Deed = {
  readonly action: string;
  readonly at: string;
  readonly outcome: 'done' | 'failed';
  readonly detail?: string;
  /** Id of the rule that wanted it. */
  readonly rule?: string;
};

/** The processed event, as the workflow returns it. */
export type ExecutionResult = {
  readonly eventType: EventType;
  readonly account: string;
  /** A module's id where the event is about a module. */
  readonly stackId: string | null;
  readonly runId: string | null;
  readonly state: string | null;
  readonly outcome: Outcome;
  /** How often a run was tried for; 0 where none was wanted. */
  readonly attempts: number;
  readonly steps: readonly Step[];
  readonly done: readonly Deed[];
  /** Why there is no run, or in which state it failed. */
  readonly reason: string | null;
  /** The run's page in Spacelift. */
  readonly url?: string | null;
  /** Stacks whose runs led to this, the first cause first. */
  readonly cause?: readonly string[];
};

/** What an intent adds to its result: what it was given, and how the failure behind `reason` is classed. */
export type IntentResult = ExecutionResult & {
  readonly metadata?: readonly string[];
  /** Waits between the attempts; absent with one attempt. */
  readonly retriedAfterMs?: readonly number[];
  readonly failureClass?: FailureClass;
};

/** As of a Spacelift failure: refused for good, refused for now, or nobody knows. */
export type FailureClass = 'final' | 'retryable' | 'ambiguous';

export type DeliveredEvent = { readonly event: RunEvent; readonly delivery: DeliveryFacts };

/** How a followed run ended, for the intents that wait for it. */
export type RunVerdict = {
  readonly runId: string;
  readonly state: string;
  readonly outcome: 'completed' | 'failed' | 'ended';
  readonly reason: string | null;
  readonly steps: readonly Step[];
  /** What the run changed; told to intents of propagations. */
  readonly delta?: Delta | null;
};

/** What the starter, or a run execution, sends by the three signals about a run. A person may send anything. */
export type RunSignal =
  | { readonly events: readonly DeliveredEvent[] }
  | { readonly verdict: RunVerdict };

export type RunDecision = 'confirm' | 'discard';

/** What a person sends by an update; names the state that is meant, so that a replan in between is noticed. */
export type RunDecisionRequest = {
  readonly runId: string;
  readonly stateVersion: number;
  readonly note?: string;
};

export type RunDecisionAnswer =
  | { readonly outcome: 'confirmed' | 'discarded' }
  | { readonly outcome: 'refused'; readonly reason: string };

/** An intent that wants to know the verdict, and what led to it. */
export type Attachment = { readonly executionId: string; readonly cause?: readonly string[] };

/** What is wanted of a run; of runs that are alike in it, one is as good as the other. */
export type RunWish = {
  readonly runType: IntentRunType;
  readonly commit: string | null;
  /** Of a task. */
  readonly command?: string | null;
  /** The run to be retried as a new one, whatever its type. */
  readonly retryOf?: string | null;
};

/** One intent's wish, as its lane keeps it. */
export type LaneRequest = RunWish & {
  readonly executionId: string;
  readonly key: string;
  readonly retry: RetryPolicy;
  readonly askedAt: number;
  readonly traceId: string;
  /** Stacks whose runs led to this; told again with the run. */
  readonly cause?: readonly string[];
};

export type LaneAnswer = {
  readonly attempts: number;
  /** Since 0.2.0. Waits between the attempts, beside the settle times. */
  readonly retriedAfterMs?: readonly number[];
} & (
  | { readonly outcome: 'assigned'; readonly runId: string; readonly attachment?: AttachAnswer }
  | {
      readonly outcome: 'not-triggered' | 'in-doubt';
      readonly reason: string;
      readonly failureClass?: FailureClass;
    }
);

/** A trigger whose answer never came and whose run was not seen. */
export type Doubt = RunWish & {
  readonly since: number;
  readonly key: string;
  readonly traceId?: string;
  /** When the lane looks for the run although nobody asks, and how long after the look before; absent in 0.1.0. */
  readonly lookAt?: number;
  readonly pauseMs?: number;
};

/** Which intent a run was made for, as a run event says that carries the metadata of ours. */
export type RunOwner = { readonly runId: string; readonly key: string };

export type LaneInput = {
  readonly account: string;
  readonly stackId: string;
  readonly settings: WorkflowSettings;
  /** Carried over continue-as-new. */
  readonly carried?: LaneMemory;
};

export type LaneMemory = {
  readonly queue: readonly LaneRequest[];
  readonly answers: readonly (readonly [key: string, answer: LaneAnswer])[];
  readonly doubts: readonly Doubt[];
  /** Since 0.2.0. How often a run was tried for, for the first in the queue. */
  readonly attempts?: number;
  /** What was waited between those. */
  readonly retriedAfterMs?: readonly number[];
  /** Keys of requests in the queue that nobody wants any more. */
  readonly withdrawn?: readonly string[];
  /** Runs that turned up for a doubt and belong to no intent; each was reported. */
  readonly extras?: readonly string[];
  readonly owners?: readonly RunOwner[];
};

export const completedRun = defineSignal<[RunSignal]>(SIGNALS.completedRun);
export const failedRun = defineSignal<[RunSignal]>(SIGNALS.failedRun);
export const runEvents = defineSignal<[RunSignal]>(SIGNALS.runEvents);
export const attachIntent = defineSignal<[Attachment]>(SIGNALS.attachIntent);
export const askForRun = defineSignal<[LaneRequest]>(SIGNALS.askForRun);
export const assignRun = defineSignal<[LaneAnswer]>(SIGNALS.assignRun);
export const confirmRun = defineUpdate<RunDecisionAnswer, [RunDecisionRequest]>(UPDATES.confirmRun);
export const discardRun = defineUpdate<RunDecisionAnswer, [RunDecisionRequest]>(UPDATES.discardRun);
export const ownRun = defineSignal<[RunOwner]>(SIGNALS.ownRun);
export const withdrawRequest = defineSignal<[{ key: string }]>(SIGNALS.withdrawRequest);
export const progressQuery = defineQuery<unknown>(PROGRESS_QUERY);

/** The three signals that tell about a run carry the same payload; the name says what the news is. */
export const RUN_SIGNALS = {
  completed: completedRun,
  failed: failedRun,
  other: runEvents,
} as const;

export const signalFor = (type: string) =>
  type === 'completed'
    ? RUN_SIGNALS.completed
    : type === 'failed'
      ? RUN_SIGNALS.failed
      : RUN_SIGNALS.other;
