/**
 * What a run execution knows: of its run, and of what it did. Stored in histories, since all of it is carried over
 * continue-as-new, so a change follows docs/wire.md. Types only.
 */
import type { Actor, RunEvent } from '../contract/events.ts';
import type { Deed, DeliveredEvent, RunDecisionAnswer, RunRef } from './messages.ts';
import type { RunFacts } from './ports.ts';
import type { PlannedAction } from './reactions.ts';

/** A state the run was in. Of the same state told twice, the better ordered and finer telling is kept. */
export type Transition = {
  readonly state: string;
  readonly stateVersion: number | null;
  readonly order: RunEvent['order'];
  readonly at: number | null;
};

/** Why a run does not go on, as far as Spacelift says. */
export type RunHold =
  | { readonly kind: 'approval' }
  /** Another run of the stack is in front; `isWaiting` when that one waits for a person. */
  | { readonly kind: 'run'; readonly runId: string; readonly isWaiting: boolean }
  | { readonly kind: 'lock' }
  /** Nothing else is in the way of a run whose stack has others upstream. */
  | { readonly kind: 'dependency'; readonly stackIds: readonly string[] };

/** What Spacelift says of a run beside its states; null, false or empty where nobody told. */
export type Traits = {
  readonly branch: string | null;
  readonly commit: string | null;
  /** Of the stack. */
  readonly labels: readonly string[];
  readonly space: string | null;
  /** As in `acme/infra`. */
  readonly repository: string | null;
  readonly driftDetection: boolean;
  readonly triggeredBy: Actor | null;
  /** What the plan changes, or the apply has changed. */
  readonly delta: Delta | null;
};

export type Delta = NonNullable<RunEvent['delta']>;

export type RunTraits = Traits & {
  /** Of the intent of ours that the run was made for, as far as its payloads tell. */
  readonly intentKey: string | null;
  /** The stateVersion that told the delta. */
  readonly deltaVersion: number | null;
};

export type RunProgress = RunRef & {
  /** Oldest first; of very many only the newest. */
  readonly transitions: readonly Transition[];
  readonly url: string | null;
  readonly runType: string | null;
  /** Of the current state; null when nothing is in the way or nobody has looked. */
  readonly hold: RunHold | null;
  /** Absent in what 0.1.0 carried over. */
  readonly traits?: RunTraits;
};

/** That people were told about a wait, and when last. */
export type Told = { readonly at: number; readonly reminders: number };

/** What was heard and not yet acted on. */
export type Pending = {
  readonly events: readonly DeliveredEvent[];
  readonly facts: readonly RunFacts[];
  readonly isLookWanted: boolean;
};

/** An action of a wait that is done if the run still waits then. */
export type Escalation = {
  readonly action: PlannedAction;
  /** Of the wait it is meant for. */
  readonly state: string | null;
  readonly stateVersion: number | null;
  /** Epoch ms. */
  readonly dueAt: number;
};

export type RunReactionsMemory = {
  /** What routes answered for the last notice of the run. */
  readonly receipts: readonly (readonly [route: string, receipt: string])[];
  /** Routes that were told of the wait, and get its reminders. */
  readonly routes: readonly string[];
  readonly escalations: readonly Escalation[];
};

export type RunMemory = {
  /** Absent in memories of executions that first acted on all they had heard. */
  readonly pending?: Pending;
  readonly progress: RunProgress;
  readonly attached: readonly string[];
  /** Of executions with reactions. */
  readonly reactions?: RunReactionsMemory;
  readonly cause?: readonly string[];
  readonly done: readonly Deed[];
  readonly told: Told | null;
  /** Answers to updates, by what was asked. */
  readonly answers: readonly (readonly [asked: string, answer: RunDecisionAnswer])[];
  /** Epoch ms: when the run was last heard of. */
  readonly heardAt: number;
  readonly lastError: string | null;
  readonly traceId: string;
};
