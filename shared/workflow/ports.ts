/** The activities the workflow asks for; shared/activities implements them. Types only. */
import type {
  LaneRequest,
  RunDecision,
  RunDecisionAnswer,
  RunRef,
  RunVerdict,
  RunWish,
} from './messages.ts';
import type { PropagationPlan } from './propagation-graph.ts';
import type { RunHold, Traits } from './run-memory.ts';
import type { Known } from './run-wait.ts';
import type { WorkflowSettings } from './settings.ts';

export type StackRef = { readonly account: string; readonly stackId: string };

export type TriggerRequest = StackRef &
  RunWish & {
    /** The intent's key, sent along as the run's user-provided metadata. */
    readonly key: string;
    readonly traceId: string;
    /** Stacks whose runs led to this; sent along, too. */
    readonly cause?: readonly string[];
    /** Whom to attach to the run's execution on the way, which saves the intent an activity. */
    readonly attach?: { readonly executionId: string; readonly settings: WorkflowSettings };
  };

/**
 * One attempt, three outcomes. `refused` means that surely no run was made; `unknown` that one may have been, or may
 * yet be. A worker's death or a time-out of the activity counts as unknown.
 */
export type TriggerOutcome =
  | {
      readonly kind: 'made';
      readonly runId: string;
      /** Absent where the intent must attach by itself. */
      readonly attachment?: AttachAnswer;
    }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly isFinal: boolean;
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'unknown'; readonly reason: string };

export type FindRunsQuery = StackRef &
  RunWish & {
    /** Epoch ms; runs created before are none of ours. */
    readonly createdSince: number;
  };

export type FoundRun = {
  readonly runId: string;
  /** Epoch ms, exact to the second. */
  readonly createdAt: number;
  /** Absent in looks of 0.1.0. */
  readonly state?: string;
  /** The run's page in Spacelift. */
  readonly url?: string;
};

/** What Spacelift itself says of a run. */
export type RunFacts = {
  readonly state: string;
  readonly stateVersion: number | null;
  readonly runType: string | null;
  readonly url: string | null;
  /** State changes, oldest first, as far as Spacelift keeps them. */
  readonly history: readonly {
    readonly state: string;
    readonly stateVersion: number | null;
    readonly at: number | null;
  }[];
  /** What is in the run's way; absent in looks of 0.1.0. */
  readonly hold?: RunHold | null;
  /** Absent in looks of 0.1.0. */
  readonly traits?: Traits;
};

export type RunWatch = RunRef & {
  /** What the execution knows; anything else ends the watch. */
  readonly known: Known | null;
  readonly traceId: string;
};

export type RunDecisionWish = RunRef & {
  readonly decision: RunDecision;
  /** Of the state the decision is meant for; a run that has moved on since is left alone. */
  readonly stateVersion: number;
  readonly note: string | null;
  readonly traceId: string;
};

export type RunDecisionOutcome = {
  readonly answer: RunDecisionAnswer;
  /** How the run was found; null when Spacelift did not say. */
  readonly facts: RunFacts | null;
};

/** How a run is brought to an end: before it has begun, while it works, or while it waits to be confirmed. */
export type Ending = 'cancel' | 'stop' | 'discard' | 'reject';

export type EndingRequest = RunRef & { readonly ending: Ending; readonly traceId: string };

/** `refused`: surely nothing was done, as when the state had changed; `unknown`: it may have been. */
export type EndingOutcome =
  | { readonly kind: 'asked' }
  | { readonly kind: 'refused' | 'unknown'; readonly reason: string };
/** Where a page of a list begins: so many runs are left out. */
export type PageWish = { readonly offset: number };

export type ListRunsQuery = {
  readonly account: string;
  /** Only runs of these types are told. */
  readonly runTypes: readonly string[];
  /** A page of all runs, newest first. */
  readonly recent: PageWish | null;
  /** A page of the runs that have not ended. */
  readonly open: PageWish | null;
};

/** A run as a list shows it. */
export type ListedRun = {
  readonly stackId: string;
  readonly runId: string;
  readonly state: string;
  /** Epoch ms, exact to the second, as is `endedAt`. */
  readonly createdAt: number;
  /** Null while the run is open. */
  readonly endedAt: number | null;
};

export type RunsPage = {
  readonly runs: readonly ListedRun[];
  /** How many runs the page held, those of other types included. */
  readonly length: number;
  /** Of the oldest of them; null on an empty page. */
  readonly oldestCreatedAt: number | null;
  readonly hasMore: boolean;
};

export type ListedRuns = { readonly recent: RunsPage | null; readonly open: RunsPage | null };

export type WebhookRef = { readonly account: string; readonly webhookId: string };

/** `missing`: deleted, or not for our key to see. `forbidden`: our key may not ask. */
export type WebhookState = 'enabled' | 'disabled' | 'missing' | 'forbidden';

export type PlanQuery = StackRef & {
  /** Labels that limits and maintenance windows go by; of all others a plan says nothing. */
  readonly labels: readonly string[];
};

export type DependentRunQuery = StackRef & {
  /** Of a stack above; what was made before it is none of its doing. */
  readonly parentRunId: string;
};

export type TrackedRun = {
  readonly runId: string;
  readonly state: string;
  readonly hasChanged: boolean;
};

/** Every one of these is one Spacelift API call, a page of a list each where lists are read; all share one task queue and its rate limit. */
export type SpaceliftActivities = {
  triggerRun(request: TriggerRequest): Promise<TriggerOutcome>;
  /** Runs made by our own key that fit, oldest first. */
  findRuns(query: FindRunsQuery): Promise<readonly FoundRun[]>;
  /** Asks Spacelift to end a run, which then takes a while. */
  endRun(request: EndingRequest): Promise<EndingOutcome>;
  /** Null when Spacelift does not know the run; logs the error details of a failed one. */
  lookUpRun(run: RunRef & { readonly traceId: string }): Promise<RunFacts | null>;
  /** Each attempt is a look; it succeeds when Spacelift says something that was not known. */
  watchRun(watch: RunWatch): Promise<RunFacts>;
  /** Confirms or discards, if the run is still where the decision was meant for. */
  decideRun(wish: RunDecisionWish): Promise<RunDecisionOutcome>;
  /** One page of each list that is asked for. */
  listRuns(query: ListRunsQuery): Promise<ListedRuns>;
  readWebhook(webhook: WebhookRef): Promise<WebhookState>;
  /** Everything below a stack, or why nothing may be triggered. */
  planPropagation(query: PlanQuery): Promise<PropagationPlan>;
  /** The run that Spacelift itself has queued for a run above; null when there is none. */
  findDependentRun(query: DependentRunQuery): Promise<TrackedRun | null>;
};

/** `url` is the run's page in Spacelift. */
export type AttachAnswer = { readonly url?: string | null } & (
  | { readonly attached: true }
  | { readonly attached: false; readonly verdict: RunVerdict | null }
);

/** Calls to Temporal itself that workflow code cannot make. */
export type ExecutionActivities = {
  askLane(lane: StackRef & { request: LaneRequest; settings: WorkflowSettings }): Promise<void>;
  attachToRun(
    run: RunRef & {
      executionId: string;
      settings: WorkflowSettings;
      /** Stacks whose runs led to this one. */
      cause?: readonly string[];
    },
  ): Promise<AttachAnswer>;
};

/** A run that a sweep has news of, for its execution if that does not know yet. */
export type RunTelling = {
  readonly stackId: string;
  readonly runId: string;
  /** Null where only this is known: that it is open no more. */
  readonly state: string | null;
  /** Whether an execution may be started; else one that is open is told, and no other. */
  readonly mayStart: boolean;
  /** That it was in the queue at the last sweep already: somebody may have to let it go. */
  readonly isStuck?: boolean;
};

export type TellRunsRequest = {
  readonly account: string;
  readonly runs: readonly RunTelling[];
  readonly settings: WorkflowSettings;
};

/** How many executions were started, were told, and needed neither. */
export type TellRunsAnswer = {
  readonly started: number;
  readonly told: number;
  readonly known: number;
};

export type SweepActivities = {
  tellRuns(request: TellRunsRequest): Promise<TellRunsAnswer>;
};

export type { Notice, NoticeActivities } from './notice-messages.ts';
