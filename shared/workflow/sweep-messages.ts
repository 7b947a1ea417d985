/**
 * What a sweep is started with, and what it leaves to the next one as its result. The input stands in the schedule and the
 * memory outlives versions, so a change follows docs/wire.md. Types only.
 */
import type { WebhookState } from './ports.ts';
import type { WorkflowSettings } from './settings.ts';

/** A stretch of the list of runs, newest first, that is still to be read: from the offset back to a time of creation. */
export type Stretch = { readonly offset: number; readonly until: number };

/** A run that had not ended when it was last seen. */
export type OpenRun = {
  readonly stackId: string;
  readonly runId: string;
  readonly state: string;
  /** Whether its execution was told that it does not leave the queue; once a run is enough. */
  readonly isStuck?: true;
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
