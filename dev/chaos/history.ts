/** What happened in one chaos, as it was recorded: all that the checker knows. Plain data, written as JSON on request. */

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
  readonly tries: readonly { readonly at: number; readonly status: number | null }[];
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
  /** In order; the place of a state is its stateVersion. */
  readonly states: readonly string[];
};

/** One execution on the Temporal server; there may be more than one of an id. */
export type RecordedExecution = {
  readonly id: string;
  readonly executionRunId: string;
  readonly status: string;
  /** Keys of the deliveries that signals brought, in the order of its history, repetitions included. */
  readonly signalled: readonly string[];
  /** Of its result; empty while it has none. */
  readonly steps: readonly string[];
  readonly done: readonly string[];
};

export type ChaosHistory = {
  readonly account: string;
  readonly sent: readonly SentDelivery[];
  readonly kept: readonly KeptDelivery[];
  readonly runs: readonly RecordedRun[];
  readonly executions: readonly RecordedExecution[];
};
