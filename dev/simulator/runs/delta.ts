/** What planning found: known once a run has left PLANNING for something better than failure. */
import { currentState, type Delta, type Run } from '../model.ts';

const RESOURCES = 3;

const NOTHING: Delta = { added: 0, changed: 0, deleted: 0, resources: RESOURCES };

/** The delta of a run that is about to enter `next`. */
export function decideDelta(run: Run, next: string): Delta | null {
  const planned = run.history.length > 0 && currentState(run) === 'PLANNING';
  if (!planned || next === 'FAILED' || next === 'STOPPED') return run.delta;
  if (!(run.script.changes ?? true)) return NOTHING;
  return run.type === 'DESTROY'
    ? { ...NOTHING, deleted: RESOURCES }
    : { ...NOTHING, added: 1, resources: RESOURCES + 1 };
}
