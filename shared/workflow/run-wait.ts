/**
 * Who must act before a run goes on, told from its state and from what Spacelift says is in its way. Pure; knows kinds of
 * people and never names anybody.
 */
import { eventTypeOfState } from '../contract/states.ts';
import type { RunHold } from './run-memory.ts';

export type Wait = {
  readonly kind: 'confirm' | 'approve' | 'lock' | 'dependency' | 'busy';
  /** As in "an approver". */
  readonly mustAct: string;
  /** Whether a person is asked for, who may need reminding. */
  readonly isForPerson: boolean;
  /** Whether it may last for hours or days; a busy stack goes on by itself. */
  readonly isLong: boolean;
};

const forPerson = (kind: 'confirm' | 'approve' | 'lock', mustAct: string): Wait => ({
  kind,
  mustAct,
  isForPerson: true,
  isLong: true,
});

const APPROVE = forPerson('approve', 'an approver');
const CONFIRM = forPerson('confirm', 'a person with write access must confirm or discard');
const UNLOCK = forPerson('lock', "the holder of the stack's lock");

/** Null while the run goes on by itself, or nobody has looked why it does not. */
export function waitOf(state: string, hold: RunHold | null): Wait | null {
  if (eventTypeOfState(state) === 'waiting')
    return state === 'PENDING_REVIEW' || hold?.kind === 'approval' ? APPROVE : CONFIRM;
  return state === 'QUEUED' && hold !== null ? waitInQueue(hold) : null;
}

function waitInQueue(hold: RunHold): Wait {
  switch (hold.kind) {
    case 'approval':
      return APPROVE;
    case 'lock':
      return UNLOCK;
    case 'run':
      return {
        kind: 'busy',
        mustAct: `nobody: run ${hold.runId} of the stack is in front${hold.isWaiting ? ', and waits for a person' : ''}`,
        isForPerson: false,
        isLong: hold.isWaiting,
      };
    case 'dependency':
      return {
        kind: 'dependency',
        mustAct: `nobody: ${hold.stackIds.join(', ')} upstream comes first`,
        isForPerson: false,
        isLong: true,
      };
  }
}

export type Obstacles = {
  readonly needsApproval: boolean;
  readonly isLocked: boolean;
  /** The run that holds the stack, perhaps this very one. */
  readonly blocker: { readonly id: string; readonly state: string } | null;
  /** Stacks that this one depends on. */
  readonly upstream: readonly string[];
};

/** What is in the way of a run, the nearest first: behind another run, neither lock nor dependency matters yet. */
export function holdOf(run: { readonly id: string; readonly state: string }, met: Obstacles) {
  const isQueued = run.state === 'QUEUED';
  const { blocker } = met;
  let hold: RunHold | null = null;
  if (met.needsApproval && (isQueued || eventTypeOfState(run.state) === 'waiting'))
    hold = { kind: 'approval' };
  else if (!isQueued) hold = null;
  else if (blocker !== null && blocker.id !== run.id)
    hold = {
      kind: 'run',
      runId: blocker.id,
      isWaiting: eventTypeOfState(blocker.state) === 'waiting',
    };
  else if (met.isLocked) hold = { kind: 'lock' };
  else if (met.upstream.length > 0) hold = { kind: 'dependency', stackIds: met.upstream };
  return hold;
}

export type Known = {
  readonly state: string;
  readonly stateVersion: number | null;
  readonly hold?: RunHold | null;
};

/** Whether a look tells something that was not known. */
export function isNews(known: Known | null, told: Known): boolean {
  if (known === null || known.state !== told.state) return true;
  const { stateVersion } = told;
  if (known.stateVersion !== null && stateVersion !== null && known.stateVersion !== stateVersion)
    return true;
  return holdKey(known.hold) !== holdKey(told.hold);
}

/** Written out, since the order of fields is nobody's promise. */
function holdKey(hold: RunHold | null | undefined): string {
  if (hold === null || hold === undefined) return '';
  if (hold.kind === 'run') return `run ${hold.runId} ${hold.isWaiting}`;
  return hold.kind === 'dependency' ? `dependency ${hold.stackIds.join(' ')}` : hold.kind;
}
