/**
 * Spacelift's default payload of a run's state change: named, stack-attached, module-attached and audit webhooks send it.
 * For the test run of a module the module stands in the place of the stack.
 */
import { toInstant } from '../instants.ts';
import {
  draftRun,
  type Family,
  isCount,
  isJsonObject,
  objectOf,
  textOf,
  toTriggeredBy,
} from './family.ts';

export const defaultRun: Family = {
  recognises: (payload) =>
    isJsonObject(payload['run']) &&
    isJsonObject(payload['stack'] ?? payload['module']) &&
    'state' in payload,

  read(payload) {
    const run = objectOf(payload['run']);
    const { stateVersion } = payload;
    return draftRun({
      family: 'default',
      stack: objectOf(payload['stack'] ?? payload['module']),
      run,
      state: textOf(payload['state']),
      stateVersion: isCount(stateVersion) ? stateVersion : null,
      occurredAt: toInstant(payload['timestamp_millis']) ?? toInstant(payload['timestamp']),
      driftDetection: run['driftDetection'],
      triggeredBy: toTriggeredBy(run['triggeredBy']),
      url: run['url'],
      delta: toDelta(run['delta']),
    });
  },
};

/** All three counts, or none. */
function toDelta(json: unknown): unknown {
  const { added, changed, deleted } = objectOf(json);
  return [added, changed, deleted].every(isCount) ? { added, changed, deleted } : null;
}
