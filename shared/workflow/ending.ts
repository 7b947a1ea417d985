/** Which of Spacelift's ways to end a run fits its state. Pure. */
import { eventTypeOfState } from '../contract/states.ts';
import type { Ending } from './ports.ts';

const NOT_BEGUN: readonly string[] = ['QUEUED', 'READY', 'PENDING'];

export const endingFor = (state: string): Ending => {
  if (NOT_BEGUN.includes(state)) return 'cancel';
  return eventTypeOfState(state) === 'waiting' ? 'discard' : 'stop';
};
