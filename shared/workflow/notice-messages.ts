/** Notices and how they are sent. Stored in histories, so a change follows docs/wire.md. Types only. */

export type NoticeTopic =
  | 'run-progressed'
  | 'run-waiting'
  | 'run-completed'
  | 'run-failed'
  | 'run-ended'
  | 'loop-refused'
  | 'propagation-refused'
  | 'intent-in-doubt'
  | 'extra-run'
  | 'stack-failed'
  | 'internal-error'
  | 'module-version-failed'
  | 'module-version'
  | 'stack-completed'
  | 'audit'
  | 'webhook-disabled'
  | 'webhook-enabled'
  /** What was held back while a route was quiet, in one. */
  | 'digest';

/** Every text in it may come from whoever names stacks, branches and labels: notifiers escape all of them. */
export type Notice = {
  readonly account: string;
  readonly stackId: string | null;
  readonly topic: NoticeTopic;
  readonly runId: string | null;
  readonly state: string | null;
  readonly url: string | null;
  readonly text: string;
  /** Which reminder of `run-waiting` this is, from 1; absent in the first notice. */
  readonly reminder?: number;
  readonly executionId: string;
  readonly traceId: string;
  readonly stateVersion?: number | null;
  readonly branch?: string | null;
  /** The whole hash. */
  readonly commit?: string | null;
  /** `owner/name`, as the vendor of the code writes it. */
  readonly repository?: string | null;
  /** Of the stack. */
  readonly labels?: readonly string[];
  readonly runType?: string | null;
  readonly driftDetection?: boolean;
  /** Of the run, oldest first; `at` in epoch ms. */
  readonly transitions?: readonly { readonly state: string; readonly at: number | null }[];
};

export type SendRequest = {
  readonly notice: Notice;
  /** Name of a route of the reactions file. */
  readonly route: string;
  /** The same for every attempt and every telling of the same thing; at most 200 characters are told to outlets. */
  readonly key: string;
  /** What the route answered for the last notice of this run. */
  readonly receipt?: string | undefined;
};

/**
 * `muted`: the route does not want it. `held`: the route is quiet now, and sends it in a digest. `stale`: a later run of
 * the stack has spoken since. A receipt is to be handed in with the next notice of the same run.
 */
export type SendAnswer = {
  readonly outcome: 'sent' | 'muted' | 'held' | 'stale';
  readonly receipt?: string;
};

/** A notice for a route that is quiet until then, in epoch ms. */
export type HeldNotice = {
  readonly notice: Notice;
  readonly key: string;
  readonly until: number;
};

export type DigestInput = {
  readonly route: string;
  /** Carried over continue-as-new: what is held, and how many notices that stands for. */
  readonly held?: readonly HeldNotice[];
  readonly count?: number;
};

export type NoticeActivities = {
  /** To every default route; for executions without reactions. */
  notify(notice: Notice): Promise<void>;
  /** To one route, so that one that fails has nothing sent again by another. */
  sendNotice(request: SendRequest): Promise<SendAnswer>;
};
