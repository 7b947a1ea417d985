/**
 * Spacelift's run states and what each one means to us: the one table from state to event type. New states appear over
 * the years, so every look-up takes any text. Imports nothing: the workflow uses these values.
 */

export type RunEventType = 'progressed' | 'waiting' | 'completed' | 'failed' | 'ended';

/** The states Spacelift is known to have; DESTROYING and PERFORMING are those of tests, destroy runs and tasks. */
export const RUN_STATES = [
  'QUEUED',
  'READY',
  'PENDING',
  'PREPARING',
  'INITIALIZING',
  'PLANNING',
  'UNCONFIRMED',
  'PENDING_REVIEW',
  'CONFIRMED',
  'PREPARING_APPLY',
  'APPLYING',
  'PERFORMING',
  'DESTROYING',
  'REPLAN_REQUESTED',
  'PREPARING_REPLAN',
  'FINISHED',
  'FAILED',
  'DISCARDED',
  'STOPPED',
  'CANCELED',
  'SKIPPED',
] as const;

type RunState = (typeof RUN_STATES)[number];

/** States that mean more than that the run goes on. */
const TELLING_STATES: ReadonlyMap<string, RunEventType> = new Map<RunState, RunEventType>([
  ['UNCONFIRMED', 'waiting'],
  ['PENDING_REVIEW', 'waiting'],
  ['FINISHED', 'completed'],
  ['FAILED', 'failed'],
  ['DISCARDED', 'ended'],
  ['STOPPED', 'ended'],
  ['CANCELED', 'ended'],
  ['SKIPPED', 'ended'],
]);

/** Event type of any state; in every other one, and in one we have never heard of, a run has merely progressed. */
export const eventTypeOfState = (state: string): RunEventType =>
  TELLING_STATES.get(state) ?? 'progressed';

export const isTerminalEventType = (type: RunEventType): boolean =>
  type === 'completed' || type === 'failed' || type === 'ended';

export const isTerminalState = (state: string): boolean =>
  isTerminalEventType(eventTypeOfState(state));
