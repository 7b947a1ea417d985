/** What happened in one chaos, as it was recorded: all that the checker knows. Plain data, written as JSON on request. */

type Try = { readonly at: number; readonly status: number | null };

/** One copy of one delivery, from the simulator's journal. */
export type SentDelivery = {
  readonly key: string;
  readonly webhook: string;
  readonly stack: string;
  readonly run: string;
  readonly state: string;
  readonly stateVersion: number;
  readonly copy: number;
  readonly outcome: 'pending' | 'delivered' | 'failed' | 'dropped';
  readonly tries: readonly Try[];
};

/** One intent, and every try to hand it to the edge, those of its copies included. */
export type SentIntent = {
  /** Of the delivery. */
  readonly key: string;
  readonly executionId: string;
  readonly stack: string;
  readonly runType: string;
  readonly command: string | null;
  /** How often a run may be tried for. */
  readonly maximumAttempts: number;
  /** Null, or how it must end, whatever else happens. */
  readonly mustEnd: 'not-triggered' | null;
  readonly tries: readonly Try[];
};

/** One row of an inbox. */
export type KeptDelivery = {
  readonly inbox: string;
  readonly key: string;
  /** Place in its inbox, in the order of acceptance. */
  readonly seq: number;
  readonly status: string;
  /** The starter's last word on it. */
  readonly verdict: string | null;
  readonly reason: string | null;
  readonly lastError: string | null;
  readonly attempts: number;
};

/** One run, as Spacelift has it. */
export type RecordedRun = {
  readonly id: string;
  readonly stack: string;
  readonly type: string;
  readonly command: string | null;
  /** Made by the key of our worker. */
  readonly isOurs: boolean;
  /** Key of the intent that its request named; null for a run of somebody else's. */
  readonly madeFor: string | null;
  readonly createdAt: number;
  /** In order; the place of a state is its stateVersion. */
  readonly states: readonly string[];
};

/** A request of ours that wanted a run, as Spacelift received it. */
export type RecordedRequest = {
  readonly at: number;
  readonly stack: string;
  /** Ids of the runs that it made, if late or without an answer, too. */
  readonly made: readonly string[];
};

/** A notice that an execution had sent, from its history. */
export type SentNotice = {
  readonly key: string;
  readonly topic: string;
  readonly runId: string | null;
  /** How often sending it was begun: a crash in between begins it again. */
  readonly attempts: number;
  readonly isDone: boolean;
};

/** One execution on the Temporal server; there may be more than one of an id. */
export type RecordedExecution = {
  readonly id: string;
  readonly executionRunId: string;
  readonly status: string;
  /** Keys of the deliveries that its start or signals brought, in the order of its history, repetitions included. */
  readonly signalled: readonly string[];
  /** Of its result; empty while it has none. */
  readonly steps: readonly string[];
  readonly done: readonly string[];
  readonly result: RecordedResult | null;
  readonly notices: readonly SentNotice[];
};

export type RecordedResult = {
  readonly outcome: string;
  readonly runId: string | null;
  readonly state: string | null;
  readonly attempts: number;
  readonly reason: string | null;
};

/** What a person decided through an execution, and was told to have been done. */
export type TakenDecision = {
  readonly runId: string;
  readonly outcome: 'confirmed' | 'discarded';
};

export type ChaosHistory = {
  readonly account: string;
  /** How long after a request a run may come and be its own for certain. */
  readonly settleMs: number;
  /** Stacks that are not tried again for where nobody knows whether there is a run. */
  readonly leftInDoubt: readonly string[];
  /** When Spacelift stood still: what it was sent meanwhile, it received late. */
  readonly standstills: readonly { readonly from: number; readonly to: number }[];
  readonly sent: readonly SentDelivery[];
  readonly intents: readonly SentIntent[];
  readonly kept: readonly KeptDelivery[];
  readonly runs: readonly RecordedRun[];
  readonly requests: readonly RecordedRequest[];
  readonly executions: readonly RecordedExecution[];
  /** Keys of the notices that came out, in that order, repetitions included. */
  readonly told: readonly string[];
  readonly decisions: readonly TakenDecision[];
};
