/**
 * Inputs, results, signals and the query of the executions: what crosses from starter to workflow and between
 * executions. Stored in histories, so a change follows docs/wire.md. No value but message definitions.
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type {
  EventType,
  IntentEvent,
  IntentRunType,
  RetryPolicy,
  RunEvent,
  SpaceliftEvent,
} from '../contract/events.ts';
import { PROGRESS_QUERY, SIGNALS } from '../contract/names.ts';
import type { WebhookState } from './ports.ts';
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

export type RunInput = RunRef & { readonly kind: 'run'; readonly settings: WorkflowSettings };

export type IntentInput = {
  readonly kind: 'intent';
  readonly event: IntentEvent;
  readonly delivery: DeliveryFacts;
  readonly settings: WorkflowSettings;
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

export type Outcome = 'completed' | 'failed' | 'ended' | 'not-triggered' | 'in-doubt' | 'recorded';

/** Something that happened, in the order of `at` (ISO 8601, UTC); null when no source told the time. */
export type Step = { readonly step: string; readonly at: string | null };

/** Something we did about it. */
export type Deed = {
  readonly action: string;
  readonly at: string;
  readonly outcome: 'done' | 'failed';
  readonly detail?: string;
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
};

export type DeliveredEvent = { readonly event: RunEvent; readonly delivery: DeliveryFacts };

/** How a followed run ended, for the intents that wait for it. */
export type RunVerdict = {
  readonly runId: string;
  readonly state: string;
  readonly outcome: 'completed' | 'failed' | 'ended';
  readonly reason: string | null;
  readonly steps: readonly Step[];
};

/** What the starter, or a run execution, sends by the three signals about a run. A person may send anything. */
export type RunSignal =
  | { readonly events: readonly DeliveredEvent[] }
  | { readonly verdict: RunVerdict };

/** One intent's wish, as its lane keeps it. */
export type LaneRequest = {
  readonly executionId: string;
  readonly key: string;
  readonly runType: IntentRunType;
  readonly commit: string | null;
  readonly retry: RetryPolicy;
  readonly askedAt: number;
  readonly traceId: string;
};

export type LaneAnswer = { readonly attempts: number } & (
  | { readonly outcome: 'assigned'; readonly runId: string }
  | { readonly outcome: 'not-triggered'; readonly reason: string }
);

/** A trigger whose answer never came and whose run was not seen. */
export type Doubt = {
  readonly since: number;
  readonly key: string;
  readonly runType: IntentRunType;
  readonly commit: string | null;
};

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
};

/** A stretch of the list of runs, newest first, that is still to be read: from the offset back to a time of creation. */
export type Stretch = { readonly offset: number; readonly until: number };

/** A run that had not ended when it was last seen. */
export type OpenRun = {
  readonly stackId: string;
  readonly runId: string;
  readonly state: string;
};

export type KnownWebhook = {
  readonly webhookId: string;
  readonly state: WebhookState;
  /** Null when it was never seen enabled. */
  readonly lastEnabledAt: number | null;
  /** Whether people know that it is not enabled. */
  readonly isTold: boolean;
};

/** What one sweep leaves to the next; bounded. */
export type SweepMemory = {
  /** When the sweep began. */
  readonly sweptAt: number;
  readonly openRuns: readonly OpenRun[];
  /** Ids of ended runs that the next sweep will see again and has nothing to say about. */
  readonly settledRuns: readonly string[];
  /** The next sweep reads the newest runs back to those created then. */
  readonly readBackTo: number;
  /** What there was no time for. */
  readonly unread: { readonly recent: Stretch | null; readonly open: Stretch | null };
  readonly webhooks: readonly KnownWebhook[];
};

export type SweepInput = {
  readonly account: string;
  /** When the schedule was made (epoch ms): runs that ended before are nobody's business. */
  readonly since: number;
  /** How long ago a run may have ended to be reacted to: less than Temporal remembers its execution. */
  readonly windowMs: number;
  /** How many pages of each list one sweep reads. */
  readonly pagesLimit: number;
  readonly runTypes: readonly string[];
  readonly webhookIds: readonly string[];
  readonly settings: WorkflowSettings;
};

export type SweepResult = {
  readonly openRuns: number;
  /** Executions started, executions told, and runs that ended too long ago for either. */
  readonly started: number;
  readonly told: number;
  readonly tooOld: number;
  /** False when the rest is left to the next sweep. */
  readonly isComplete: boolean;
  readonly memory: SweepMemory;
};

export const completedRun = defineSignal<[RunSignal]>(SIGNALS.completedRun);
export const failedRun = defineSignal<[RunSignal]>(SIGNALS.failedRun);
export const runEvents = defineSignal<[RunSignal]>(SIGNALS.runEvents);
export const attachIntent = defineSignal<[{ executionId: string }]>(SIGNALS.attachIntent);
export const askForRun = defineSignal<[LaneRequest]>(SIGNALS.askForRun);
export const assignRun = defineSignal<[LaneAnswer]>(SIGNALS.assignRun);
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
