/**
 * The input of a notification policy, forwarded whole or cut down by the policy's author (`run_updated`). It has no
 * stateVersion: the position of the state is counted from `states_history`.
 */
import { toInstant } from '../instants.ts';
import {
  draftRun,
  type Family,
  isJsonObject,
  listOf,
  objectOf,
  textOf,
  toTriggeredBy,
} from './family.ts';

export const runUpdated: Family = {
  recognises: (payload) => isJsonObject(payload['run_updated']),

  read(payload) {
    const updated = objectOf(payload['run_updated']);
    const run = objectOf(updated['run']);
    const state = textOf(updated['state']) ?? textOf(run['state']);
    return draftRun({
      family: 'run_updated',
      stack: objectOf(updated['stack'] ?? updated['module']),
      run,
      state,
      stateVersion: positionOf(state, listOf(run['states_history'])),
      occurredAt: toInstant(run['updated_at']),
      driftDetection: run['drift_detection'],
      // A projection without the field does not say that nobody did it.
      triggeredBy: 'triggered_by' in run ? toTriggeredBy(run['triggered_by']) : null,
      url: objectOf(updated['urls'])['run'],
      userMetadata: run['user_provided_metadata'],
    });
  },
};

/**
 * Where the state stands last in the history; behind its end if the history does not name it yet; its end if the entries
 * name no states at all.
 */
function positionOf(state: string | null, history: readonly unknown[]): number | null {
  if (history.length === 0) return null;
  const states = history.map((entry) => textOf(objectOf(entry)['new_state']));
  if (states.includes(state)) return states.lastIndexOf(state);
  return states.some((name) => name !== null) ? states.length : states.length - 1;
}
