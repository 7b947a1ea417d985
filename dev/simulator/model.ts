/**
 * What the simulated account is made of: stacks, runs and the transitions of a run. Plain data; times are epoch
 * milliseconds here and take Spacelift's own units only where they leave the simulator.
 */

export const RUN_TYPES = ['PROPOSED', 'TRACKED', 'TASK', 'TESTING', 'DESTROY', 'PARSE'] as const;

export type RunType = (typeof RUN_TYPES)[number];

export type Commit = {
  readonly hash: string;
  readonly branch: string;
  readonly message: string;
  readonly authorLogin: string | null;
  readonly authorName: string;
  readonly url: string;
  readonly createdAt: number;
};

/** A state a run has entered; its place in the history, from 0, is Spacelift's `stateVersion`. */
export type Transition = {
  readonly state: string;
  readonly stateVersion: number;
  readonly at: number;
  readonly note: string | null;
  /** Empty when nobody acted. */
  readonly username: string;
};

export type Delta = {
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
  readonly resources: number;
};

/** What people and keys may do to a run that exists. */
export const INTERVENTIONS = [
  'confirm',
  'discard',
  'approve',
  'reject',
  'replan',
  'stop',
  'kill',
  'cancel',
] as const;

export type Intervention = (typeof INTERVENTIONS)[number];

/** Somebody acts once the run has been in the state for so long; until then the run stays there. */
export type ScriptedIntervention = {
  readonly state: string;
  readonly action: Intervention;
  readonly afterMs: number;
  readonly by?: string;
  readonly note?: string;
};

/** What somebody wants the next runs of a stack to do; absent parts follow the stack. */
export type Script = {
  /** The run fails when it is in this state. */
  readonly failAt?: string;
  readonly note?: string;
  /** Whether planning finds changes. */
  readonly changes?: boolean;
  /** Whether a plan policy warns: it stops autodeploy, and has a proposed run reviewed. */
  readonly warns?: boolean;
  /** Whether applying gives the stack's outputs new values. */
  readonly outputsChange?: boolean;
  /** People who act by themselves; each acts once, the first that fits the state before the others. */
  readonly interventions?: readonly ScriptedIntervention[];
  /** Played as they stand, people's decisions included; a run whose last state is not terminal stays there. */
  readonly states?: readonly string[];
};

export type RuntimeConfig = {
  readonly environment: Readonly<Record<string, string>>;
  readonly projectRoot: string;
  readonly runnerImage: string;
  readonly terraformVersion: string;
  readonly hooks: Readonly<Record<string, readonly string[]>>;
  readonly yaml: string | null;
};

/** An approval policy's question and somebody's answer to it; it counts in the state it was given in. */
export type Review = {
  readonly author: string;
  readonly decision: 'APPROVE' | 'REJECT';
  readonly note: string;
  readonly state: string;
  readonly stateVersion: number;
  readonly at: number;
};

/** States in which an approval policy may ask for a review. */
export const REVIEWED_STATES = ['QUEUED', 'UNCONFIRMED', 'PENDING_REVIEW'] as const;

export type ReviewedState = (typeof REVIEWED_STATES)[number];

/** What somebody wrote beside a run. */
export type Comment = { readonly body: string; readonly at: number; readonly username: string };

/** An output of an upstream stack that a stack takes as its input. */
export type OutputReference = {
  readonly stack: string;
  readonly output: string;
  readonly input: string;
  readonly triggerAlways: boolean;
};

/** Who wants a run: null for a git push, else an e-mail, a user name, `api::<key id>`, a policy or schedule name. */
type TriggeredBy = string | null;

export type RunRequest = {
  readonly type: RunType;
  readonly commit: Commit;
  readonly triggeredBy: TriggeredBy;
  readonly creatorIp: string;
  readonly command: string | null;
  readonly skipInitialization: boolean;
  readonly forceApply: boolean;
  /** Whether native dependents apply an empty plan too. */
  readonly forcesDependents: boolean;
  /** Ids of what must be marked as completed before the run may start. */
  readonly externalDependencies: readonly string[];
  readonly driftDetection: boolean;
  readonly userMetadata: readonly string[];
  readonly runtimeConfig: RuntimeConfig;
  /** Whether native dependents get runs too; a retried run never queues them. */
  readonly startsDependents: boolean;
};

export type Run = RunRequest & {
  readonly id: string;
  readonly stackId: string;
  /** How many runs its stack had before it: its name in whatever a seed decides, since ids hold the time. */
  readonly ordinal: number;
  readonly createdAt: number;
  readonly script: Script;
  /** Runs of stacks this one depends on, in the same tree; it waits in QUEUED for all of them. */
  readonly upstreamRunIds: readonly string[];
  /** Oldest first, never empty; the last one is the current state. */
  readonly history: Transition[];
  /** States still to come unless somebody intervenes. */
  path: readonly string[];
  /** Whether the run has been in QUEUED for long enough to leave it. */
  isRipe: boolean;
  /** Goes before the other queued runs of its stack. */
  isPrioritized: boolean;
  /** Those of its script that are still to come. */
  interventions: readonly ScriptedIntervention[];
  readonly reviews: Review[];
  readonly comments: Comment[];
  delta: Delta | null;
  metadata: readonly string[];
};

export type WorkerPool = {
  readonly id: string;
  readonly name: string;
  readonly labels: readonly string[];
};

export type Stack = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly autodeploy: boolean;
  readonly branch: string;
  readonly repository: string;
  readonly projectRoot: string;
  readonly space: string;
  readonly administrative: boolean;
  readonly isDisabled: boolean;
  /** A module stands in the place of a stack and has test runs only. */
  readonly isModule: boolean;
  readonly dependsOn: readonly string[];
  readonly references: readonly OutputReference[];
  /** Those of `dependsOn` after which it runs whether they have new outputs or not. */
  readonly alwaysAfter: readonly string[];
  /** States in which the stack's approval policy asks for an approval; none without a policy. */
  readonly approvals: readonly ReviewedState[];
  /** Whether a drift check that finds changes is followed by a tracked run. */
  readonly reconciles: boolean;
  /** Null for the public pool. */
  readonly workerPool: WorkerPool | null;
  readonly createdAt: number;
  isDrifted: boolean;
  trackedCommit: Commit;
  lock: { readonly by: string; readonly at: number; readonly note: string } | null;
};

/** What listeners hear when a run enters a state; `stackState` is the stack's own, which a proposed run leaves alone. */
export type RunTransition = {
  readonly run: Run;
  readonly stack: Stack;
  readonly stackState: string;
  readonly transition: Transition;
};

export function currentTransition(run: Run): Transition {
  const transition = run.history.at(-1);
  if (transition === undefined) throw new TypeError('Cannot read run: it has no history');
  return transition;
}

export const currentState = (run: Run): string => currentTransition(run).state;
