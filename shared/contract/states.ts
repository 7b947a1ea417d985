/**
 * Spacelift's run states and what each one means to us: the one table from state to event type. New states appear over
 * the years, so every look-up takes any text. Imports nothing: the workflow uses these values.
 */

export type RunEventType = 'progressed' | 'waiting' | 'completed' | 'failed' | 'ended';

/** What Spacelift calls a run state; DESTROYING and PERFORMING are those of tests, destroy runs and tasks. */
export const RUN_STATES = {
  QUEUED: 'progressed',
  READY: 'progressed',
  PENDING: 'progressed',
  PREPARING: 'progressed',
  INITIALIZING: 'progressed',
  PLANNING: 'progressed',
  UNCONFIRMED: 'waiting',
  PENDING_REVIEW: 'waiting',
  CONFIRMED: 'progressed',
  PREPARING_APPLY: 'progressed',
  APPLYING: 'progressed',
  PERFORMING: 'progressed',
  DESTROYING: 'progressed',
  REPLAN_REQUESTED: 'progressed',
  PREPARING_REPLAN: 'progressed',
  FINISHED: 'completed',
  FAILED: 'failed',
  DISCARDED: 'ended',
  STOPPED: 'ended',
  CANCELED: 'ended',
  SKIPPED: 'ended',
} as const satisfies Record<string, RunEventType>;

export type RunState = keyof typeof RUN_STATES;

/** Event type of any state; one we have never heard of has merely progressed. */
export const eventTypeOfState = (state: string): RunEventType =>
  Object.hasOwn(RUN_STATES, state) ? RUN_STATES[state as RunState] : 'progressed';

export const isTerminalEventType = (type: RunEventType): boolean =>
  type === 'completed' || type === 'failed' || type === 'ended';

export const isTerminalState = (state: string): boolean =>
  isTerminalEventType(eventTypeOfState(state));
