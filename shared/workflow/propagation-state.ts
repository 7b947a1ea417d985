/**
 * What a propagation knows: every stack below its roots as a node, and by which rules they run. Stored in histories, since
 * all of it is carried over continue-as-new, so a change follows docs/wire.md. Types and look-ups only.
 */
import type { Slots } from './propagation-slots.ts';
import type { MaintenanceWindow } from './propagation-windows.ts';

export type PropagationRules = {
  /** What becomes of stacks that Spacelift itself queues: its run is theirs, or is cancelled while it is queued. */
  readonly nativeEdges: 'adopt' | 'take-over';
  /** Whether a stack is left out when none of its parents has changed anything. */
  readonly onlyIfChanged: boolean;
  /** Most runs of the account's propagations at a time; null for any number. */
  readonly runsLimit: number | null;
  /** The same of the stacks on worker pools with a label. */
  readonly poolLimits: readonly { readonly label: string; readonly runsLimit: number }[];
  readonly windows: readonly MaintenanceWindow[];
};

/**
 * `unchanged`: left out since nothing above changed, and as good as completed. `stopped`: something above did not
 * complete; goes on waiting when it does after all.
 */
export type NodePhase =
  | 'waiting'
  | 'started'
  | 'completed'
  | 'unchanged'
  | 'failed'
  | 'ended'
  | 'stopped';

export type PropagationNode = {
  /** The stack's id, with `#2` and so on behind it when the stack is wanted again after it has started. */
  readonly id: string;
  readonly stackId: string;
  /** From 1; with the propagation's id it makes the key of the intent. 0 for a root. */
  readonly attempt: number;
  /** Ids of nodes. */
  readonly parents: readonly string[];
  readonly native: readonly string[];
  readonly labels: readonly string[];
  readonly poolLabels: readonly string[];
  readonly isDisabled: boolean;
  readonly phase: NodePhase;
  readonly runId: string | null;
  /** Whether its run changed anything; where nobody told, it did. */
  readonly hasChanged: boolean;
  /** Why it is where it is; null where that goes without saying. */
  readonly reason: string | null;
  /** Epoch ms: since when it is in its phase. */
  readonly since: number;
  /** A later run of somebody else's that completed while ours was still to be told of. */
  readonly laterRunId?: string;
};

export type PropagationState = {
  readonly rules: PropagationRules;
  /** Parents before children. */
  readonly nodes: readonly PropagationNode[];
  readonly isCancelled: boolean;
  /** Where there are limits. */
  readonly slots?: readonly Slots[];
};

export const isDone = ({ phase }: Pick<PropagationNode, 'phase'>): boolean =>
  phase === 'completed' || phase === 'unchanged';

/** Whether nothing is under way and nothing will be by itself. */
export const isSettled = ({ nodes }: PropagationState): boolean =>
  !nodes.some(({ phase }) => phase === 'waiting' || phase === 'started');

export const isComplete = ({ nodes }: PropagationState): boolean => nodes.every(isDone);

/** Of a stack that was wanted more than once, the latest. */
export const latestNodeOf = (
  { nodes }: PropagationState,
  stackId: string,
): PropagationNode | undefined => nodes.findLast((node) => node.stackId === stackId);

/** Spacelift's run ids tell when the run was made, to the millisecond, in their first ten characters. */
const TIME_LENGTH = 10;

/** False where either is not known. */
export const isMadeBefore = (runId: string | null, otherRunId: string | null): boolean =>
  runId !== null &&
  otherRunId !== null &&
  runId.slice(0, TIME_LENGTH) < otherRunId.slice(0, TIME_LENGTH);
