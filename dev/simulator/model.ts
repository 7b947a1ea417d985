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

/** What somebody wants the next runs of a stack to do; absent parts follow the stack. */
export type Script = {
  /** The run fails when it is in this state. */
  readonly failAt?: string;
  readonly note?: string;
  /** Whether planning finds changes. */
  readonly changes?: boolean;
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
  delta: Delta | null;
  metadata: readonly string[];
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
  readonly dependsOn: readonly string[];
  readonly createdAt: number;
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
