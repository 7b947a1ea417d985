/** Runs that have gone through six states in the simulator already, and what their webhooks would have told. */
import { createEnvelope, type Envelope } from '../../../shared/contract/envelope.ts';
import type { RunEvent } from '../../../shared/contract/events.ts';
import { deliveryKeyOf } from '../../../shared/contract/keys.ts';
import { eventTypeOfState } from '../../../shared/contract/states.ts';
import { continueTrace } from '../../../shared/contract/trace.ts';
import { eventually } from '../../launcher/eventually.ts';
import { inParallel } from './in-parallel.ts';
import type { Stage } from './stage.ts';

export type MadeRun = {
  readonly stackId: string;
  readonly runId: string;
  readonly states: readonly string[];
};

const CALLS_AT_ONCE = 16;
const ENDED_WITHIN_MS = 60_000;

/** Each of a stack of its own, all of them FINISHED. */
export async function makeRuns({ simulator, newName }: Stage, count: number) {
  const made = await inParallel(Array.from({ length: count }), CALLS_AT_ONCE, async () => {
    const stackId = newName('run');
    await simulator.addStack({ id: stackId, autodeploy: true });
    const { id } = await simulator.startRun(stackId);
    return { stackId, runId: id };
  });
  await eventually('the end of all runs', ENDED_WITHIN_MS, async () =>
    (await simulator.counts()).runs.open === 0 ? true : null,
  );
  const [one] = made;
  const [run] = one === undefined ? [] : await simulator.runs(one.stackId);
  const states = (run?.history ?? []).map(({ state }) => state);
  return made.map((run): MadeRun => ({ ...run, states }));
}

/** One a state, in order. */
export const envelopesOf = (account: string, { stackId, runId, states }: MadeRun): Envelope[] =>
  states.map((state, stateVersion) => {
    const event: RunEvent = {
      about: 'run',
      type: eventTypeOfState(state),
      account,
      stackId,
      runId,
      state,
      stateVersion,
      order: 'exact',
      family: 'default',
      occurredAt: Date.now(),
      runType: 'TRACKED',
      branch: 'main',
      commit: '0123456789abcdef0123456789abcdef01234567',
      driftDetection: false,
      triggeredBy: { kind: 'vcs' },
      url: null,
      labels: ['production', 'network'],
      delta: null,
      userMetadata: [],
    };
    const receivedAt = Date.now();
    const { key } = deliveryKeyOf(event, { bodyHash: '0'.repeat(64), receivedAt });
    const facts = { key, deliveryId: key, traceparent: continueTrace(null), receivedAt };
    return createEnvelope(event, facts);
  });
