/**
 * The people of a chaos: each decides about a run that waits for somebody, but only once told by a notice. Half of them do
 * so at Spacelift, half through the run's execution. A run that nobody is told about waits for ever, and is found out.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { runExecutionId } from '../../shared/contract/ids.ts';
import { UPDATES } from '../../shared/contract/names.ts';
import type { RunDecisionAnswer } from '../../shared/workflow/messages.ts';
import type { SimulatedRun, SimulatorClient } from '../launcher/simulator-client.ts';
import { createRandom, pick } from '../random.ts';
import type { TakenDecision } from './history.ts';

export type People = {
  /** Resolves once aborted. */
  readonly watch: () => Promise<void>;
  readonly decisions: () => readonly TakenDecision[];
};

export type PeopleDeps = {
  readonly seed: number;
  readonly account: string;
  readonly simulator: SimulatorClient;
  readonly temporal: Client;
  readonly isTold: (runId: string) => boolean;
  readonly signal: AbortSignal;
};

const LOOK_MS = 400;

/** An update waits for a worker, which may be away. */
const ANSWER_WITHIN_MS = 8000;

/** The time of a run's id is the clock's; the rest is the seed's. */
const SEEDED_TAIL = -16;

const waitsForUs = ({ state, waitsFor, script }: SimulatedRun): boolean =>
  (state === 'PENDING_REVIEW' || (state === 'UNCONFIRMED' && waitsFor === 'confirmation')) &&
  script.states === undefined &&
  (script.interventions ?? []).length === 0;

export function createPeople(deps: PeopleDeps): People {
  const { seed, account, simulator, temporal, isTold, signal } = deps;
  const decisions: TakenDecision[] = [];
  const busy = new Set<string>();

  /** Of a proposed run that is nobody's, nobody is told. */
  const mayKnow = ({ id, type }: SimulatedRun) => type === 'PROPOSED' || isTold(id);

  async function decide(run: SimulatedRun): Promise<void> {
    const { id, stack, state, stateVersion } = run;
    const random = createRandom(seed, 'person', id.slice(SEEDED_TAIL));
    if (state === 'PENDING_REVIEW') {
      await simulator.act(id, 'approve', 'grace@example.com');
      return;
    }
    const isConfirmed = random() < 0.7;
    const way = pick(['spacelift', 'update'] as const, random);
    if (way === 'spacelift') {
      await simulator.act(id, isConfirmed ? 'confirm' : 'discard', 'ada@example.com');
      return;
    }
    const update = isConfirmed ? UPDATES.confirmRun : UPDATES.discardRun;
    const handle = temporal.workflow.getHandle(runExecutionId(account, stack, id));
    const answer = await temporal.connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      handle.executeUpdate<RunDecisionAnswer, [object]>(update, {
        args: [{ runId: id, stateVersion }],
      }),
    );
    if (answer.outcome !== 'refused') decisions.push({ runId: id, outcome: answer.outcome });
  }

  return {
    async watch() {
      while (!signal.aborted) {
        const runs = await simulator.runs().catch(() => []);
        for (const run of runs) {
          if (busy.has(run.id) || !waitsForUs(run) || !mayKnow(run)) continue;
          busy.add(run.id);
          // Parts are away, somebody was quicker: whoever still finds the run waiting tries again.
          void decide(run)
            .catch(() => {})
            .then(() => busy.delete(run.id));
        }
        await sleep(LOOK_MS);
      }
    },
    decisions: () => decisions,
  };
}
