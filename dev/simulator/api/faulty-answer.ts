/**
 * Carries out a request and answers it as a fault has it: late, something else, or not at all. What waits, waits on the
 * simulator's clock and ends when it closes.
 */
import { isTerminalState } from '../../../shared/contract/states.ts';
import type { Pauses } from '../clock.ts';
import type { Journal } from '../journal.ts';
import { currentState, type Run } from '../model.ts';
import type { RunEngine } from '../runs/engine.ts';
import { type Fault, isCarriedOut, mar, replacementOf } from './fault.ts';

/** How often a request that waits for a run looks at it; below what any state lasts. */
const LOOK_MS = 5;

type AnswerDeps = {
  readonly engine: RunEngine;
  readonly journal: Journal;
  readonly pauses: Pauses;
};

type FaultyRequest = {
  readonly carryOut: () => Promise<Response>;
  /** Runs it has made or named, once it is carried out. */
  readonly runs: () => readonly string[];
};

export type Answerer = (fault: Fault | null, request: FaultyRequest) => Promise<Response>;

export function createAnswerer({ engine, journal, pauses }: AnswerDeps): Answerer {
  return async function answer(fault, { carryOut, runs }) {
    if (fault === null) return carryOut();
    const instead = replacementOf(fault);
    const truth = isCarriedOut(fault, instead !== null) ? begin(fault, carryOut) : null;
    if (truth !== null && (instead === null || fault.createdAfterMs === undefined)) await truth;
    await holdBack(fault, runs);
    if (fault.hangMs > 0) await pauses.wait(fault.hangMs);
    if (instead !== null) return instead;
    return truth === null ? closed() : mar(await truth, fault);
  };

  async function begin({ createdAfterMs }: Fault, carryOut: FaultyRequest['carryOut']) {
    if (createdAfterMs === undefined) return carryOut();
    await pauses.wait(createdAfterMs);
    return pauses.isEnded ? closed() : carryOut();
  }

  async function holdBack({ untilState, untilDelivered }: Fault, runs: FaultyRequest['runs']) {
    const isReached = (run: Run | null) =>
      run === null ||
      isTerminalState(currentState(run)) ||
      run.history.some(({ state }) => state === untilState);
    if (untilState !== undefined)
      await until(() => runs().every((id) => isReached(engine.findRun(id))));
    if (untilDelivered) await until(() => runs().every((id) => !journal.isDelivering(id)));
  }

  async function until(isMet: () => boolean): Promise<void> {
    while (!isMet() && !pauses.isEnded) await pauses.wait(LOOK_MS);
  }
}

const closed = () => new Response('simulator is closed', { status: 503 });
