/**
 * What configuration decides about executions. The workflow knows no environment, so every interval comes in with the
 * start input, and an execution keeps the settings it was started with. Types only.
 */
import type { RetryPolicy } from '../contract/events.ts';
import type { PropagationRules } from './propagation-state.ts';

export type WorkflowSettings = {
  /** How a run is tried for; an intent may ask for other values. */
  readonly retry: RetryPolicy;
  /** How long after an unanswered trigger Spacelift may still create the run. */
  readonly settleMs: number;
  /** How often the lane looks for such a run, spread over the settle time. */
  readonly looks: number;
  /** How long the lane remembers an unanswered trigger whose run was not seen. */
  readonly doubtHorizonMs: number;
  /** How long a lane without work stays open; never below the doubt horizon in effect. */
  readonly laneIdleMs: number;
  /** Silence after which Spacelift is asked, while machines work. */
  readonly silenceMs: number;
  /** The same while a person must act: days are normal. */
  readonly waitingSilenceMs: number;
  /** How runs are watched. Without it as 0.1.0 did: a timer a wait, one notice, no end to a history. */
  readonly watch?: WatchSettings;
  /** How intents wait and end. Without it as 0.1.0 did: they ask again after 15 minutes, and know no cause. */
  readonly intents?: IntentSettings;
  /** How lanes decide. Without it as 0.1.0 did: they always try again, and only log a run that belongs to nobody. */
  readonly lane?: LaneSettings;
  /** Whether rules decide what is done about events. Without it as 0.1.0 did: it tells people, and does nothing else. */
  readonly reactions?: boolean;
  /** What runs below a stack whose tracked run has finished. Without it nothing does, as in 0.1.0. */
  readonly propagation?: PropagationSettings;
  /** Accounts whose Spacelift calls have a task queue of their own; all others share one. */
  readonly accounts?: readonly string[];
  /** Search attributes the namespace has registered; any other would make the start fail. */
  readonly searchAttributes: readonly string[];
  /** Whether messages of failures are written where the payload codec covers them. */
  readonly encodesFailures?: boolean;
};

export type WatchSettings = {
  /** How long after a notice that a person must act the first reminder comes; 0 for none. */
  readonly remindAfterMs: number;
  /** Every further reminder takes twice as long, up to this. */
  readonly remindAtMostMs: number;
  /** Run types that people are told about; one that becomes known later is looked up here. */
  readonly observedRunTypes: readonly string[];
  /** History events after which an execution continues as new at the latest; else as the server suggests. */
  readonly maximumEvents?: number;
  /** Whether a run that nobody is known to wait for is left to the sweeps when it falls silent; saves a timer. */
  readonly leavesSilenceToSweeps?: boolean;
};

export type PropagationSettings = PropagationRules & {
  /** How long what was stopped waits for a retry of what failed; 0 for not at all. */
  readonly resumableMs: number;
  /** How long a registry without propagations stays open. */
  readonly registryIdleMs: number;
  /** History events after which an execution continues as new at the latest; else as the server suggests. */
  readonly maximumEvents?: number;
  /** How long a wait for a slot is silent before the other side is asked whether it is there; else five minutes. */
  readonly slotPatienceMs?: number;
};

export type IntentSettings = {
  /** Silence after which an intent asks its lane, or Spacelift about its run, again; 0 for never. */
  readonly patienceMs: number;
  /** Of intents that name none; null waits for ever. */
  readonly deadlineMs: number | null;
  /** Most stacks in the cause of an intent. */
  readonly causeDepthLimit: number;
  /** Whether the run is stopped in Spacelift when its intent is cancelled. */
  readonly cancelStopsRun: boolean;
  /** How long an intent that gives up waits to learn what became of its request or its run. */
  readonly farewellMs: number;
};

export type LaneSettings = {
  /**
   * Stacks (`app`, or `account/app`; `*` for all) that are not triggered again where nobody knows whether a run was made:
   * the intent ends in doubt, and people are told.
   */
  readonly leaveInDoubt: readonly string[];
  /** Whether a run that turned up late and belongs to nobody is cancelled while it is QUEUED. */
  readonly cancelExtraRuns: boolean;
  /** Longest wait for a worker that calls Spacelift, whose death is noticed only then; longer than one call may take. */
  readonly callTimeoutMs?: number;
  /** History events after which a lane continues as new at the latest; else as the server suggests. */
  readonly maximumEvents?: number;
};
