/**
 * What is said of a run beside its states: what reactions, dependents and notices go by. Pure. Fields come from whichever
 * payload tells them first, from the newest state where they change on the way, and from Spacelift itself before both.
 */
import type { RunEvent } from '../contract/events.ts';
import type { RunTraits, Traits } from './run-memory.ts';
import { intentKeyOf } from './run-metadata.ts';

const NOTHING: RunTraits = {
  branch: null,
  commit: null,
  labels: [],
  space: null,
  repository: null,
  driftDetection: false,
  triggeredBy: null,
  intentKey: null,
  delta: null,
  deltaVersion: null,
};

export const traitsOf = ({ traits }: { readonly traits?: RunTraits }): RunTraits =>
  traits ?? NOTHING;

export function withEventTraits(known: RunTraits, event: RunEvent): RunTraits {
  const { stateVersion } = event;
  const isNewer = event.delta !== null && (stateVersion ?? -1) >= (known.deltaVersion ?? -1);
  const takesDelta = event.delta !== null && (known.delta === null || isNewer);
  return {
    ...known,
    branch: known.branch ?? event.branch,
    commit: known.commit ?? event.commit,
    labels: known.labels.length > 0 ? known.labels : event.labels,
    driftDetection: known.driftDetection || event.driftDetection,
    triggeredBy: known.triggeredBy ?? event.triggeredBy,
    // Anybody may write metadata; an intent's own comes with an API key.
    intentKey:
      known.intentKey ??
      (event.triggeredBy?.kind === 'api-key' ? intentKeyOf(event.userMetadata) : null),
    delta: takesDelta ? event.delta : known.delta,
    deltaVersion: takesDelta ? stateVersion : known.deltaVersion,
  };
}

/** `told` is null where Spacelift was asked by a worker that did not ask for them. */
export const withLookTraits = (known: RunTraits, told: Traits | null): RunTraits =>
  told === null
    ? known
    : {
        ...known,
        branch: told.branch ?? known.branch,
        commit: told.commit ?? known.commit,
        labels: told.labels,
        space: told.space ?? known.space,
        repository: told.repository ?? known.repository,
        driftDetection: told.driftDetection,
        triggeredBy: told.triggeredBy ?? known.triggeredBy,
        delta: told.delta ?? known.delta,
      };
