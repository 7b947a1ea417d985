/** Which of Spacelift's ways to end a run fit its state. Pure. */
import { eventTypeOfState } from '../contract/states.ts';
import type { Ending } from './ports.ts';

const NOT_BEGUN: readonly string[] = ['QUEUED', 'READY', 'PENDING'];

/**
 * The best first; the next one is for when Spacelift refuses that. Whether a run that waits for its reviewer can be
 * discarded is nowhere said; rejected it can be.
 */
export function endingsFor(state: string): readonly Ending[] {
  if (NOT_BEGUN.includes(state)) return ['cancel'];
  if (state === 'PENDING_REVIEW') return ['discard', 'reject'];
  return [eventTypeOfState(state) === 'waiting' ? 'discard' : 'stop'];
}
