/**
 * Confirms or discards a run for a person: looks first whether the run is still where the decision was meant for, then
 * asks once. The run is always named, since without it Spacelift takes whichever blocks the stack. Between look and
 * mutation a replan may still slip in; Spacelift offers nothing to prevent that, and refuses unless the run waits.
 */
import * as v from 'valibot';
import type { RunDecision, RunDecisionAnswer } from '../../workflow/messages.ts';
import type { RunDecisionOutcome, RunDecisionWish, RunFacts } from '../../workflow/ports.ts';
import { DECIDED_IN } from '../../workflow/run-decision.ts';
import type { SpaceliftClient } from './client.ts';
import { SpaceliftFailure } from './failure.ts';
import { lookUpRun } from './look-up-run.ts';

const documentFor = (mutation: 'runConfirm' | 'runDiscard') =>
  `mutation Decide($stack: ID!, $run: ID!, $note: String) {
  decided: ${mutation}(stack: $stack, run: $run, note: $note) { id }
}`;

const AnswerSchema = v.object({ decided: v.nullable(v.object({ id: v.string() })) });

const MUTATIONS = { confirm: 'runConfirm', discard: 'runDiscard' } as const;

const DONE = {
  confirm: { outcome: 'confirmed' },
  discard: { outcome: 'discarded' },
} as const satisfies Record<RunDecision, RunDecisionAnswer>;

export async function decideRun(
  client: SpaceliftClient,
  wish: RunDecisionWish,
): Promise<RunDecisionOutcome> {
  const operation = `${wish.decision} run ${wish.runId} of stack ${wish.stackId}`;
  const refuse = (reason: string): RunDecisionAnswer => ({
    outcome: 'refused',
    reason: `Cannot ${operation}: ${reason}`,
  });
  const before = await look(client, wish);
  if (before === null) return { answer: refuse('Spacelift does not know the run'), facts: null };
  const obstacle = obstacleTo(wish, before);
  if (obstacle !== null) return { answer: refuse(obstacle), facts: before };
  try {
    const { decided } = await client.call({
      operation,
      document: documentFor(MUTATIONS[wish.decision]),
      variables: { stack: wish.stackId, run: wish.runId, note: wish.note },
      schema: AnswerSchema,
    });
    if (decided === null) return { answer: refuse('answer is empty'), facts: before };
    return { answer: DONE[wish.decision], facts: await lookAgain(client, wish) };
  } catch (error) {
    if (!(error instanceof SpaceliftFailure)) throw error;
    if (error.failureClass !== 'ambiguous')
      return { answer: { outcome: 'refused', reason: error.message }, facts: before };
    return settle(client, wish, refuse);
  }
}

/** Nobody knows whether the request was heard: where the run is now must tell. */
async function settle(
  client: SpaceliftClient,
  wish: RunDecisionWish,
  refuse: (reason: string) => RunDecisionAnswer,
): Promise<RunDecisionOutcome> {
  const facts = await lookAgain(client, wish);
  if (facts === null)
    return { answer: refuse('no answer, and Spacelift cannot be asked about the run'), facts };
  const next = stateAfter(facts, wish.stateVersion);
  const isDone = wish.decision === 'discard' ? next === 'DISCARDED' : isAfterConfirm(next);
  if (isDone) return { answer: DONE[wish.decision], facts };
  return { answer: refuse(`no answer, and the run is ${facts.state}`), facts };
}

function obstacleTo({ decision, stateVersion }: RunDecisionWish, facts: RunFacts): string | null {
  if (!DECIDED_IN[decision].includes(facts.state)) return `it is ${facts.state}`;
  if (facts.stateVersion === stateVersion) return null;
  if (facts.stateVersion === null) return `it is ${facts.state} at no known stateVersion`;
  const place = `at stateVersion ${facts.stateVersion} and not ${stateVersion}`;
  return `it is ${facts.state}${facts.stateVersion > stateVersion ? ' again' : ''}, ${place}`;
}

/** The state that followed the one the decision was for; null while it is still in that, or was never seen in it. */
function stateAfter(facts: RunFacts, stateVersion: number): string | null {
  const at = facts.history.findIndex((entry) => entry.stateVersion === stateVersion);
  return at < 0 ? null : (facts.history[at + 1]?.state ?? null);
}

const isAfterConfirm = (state: string | null): boolean =>
  state !== null && ['CONFIRMED', 'PREPARING_APPLY', 'APPLYING'].includes(state);

const look = async (client: SpaceliftClient, wish: RunDecisionWish) =>
  (await lookUpRun(client, wish))?.facts ?? null;

/** What was done is done, whether or not it can be looked at. */
const lookAgain = (client: SpaceliftClient, wish: RunDecisionWish): Promise<RunFacts | null> =>
  look(client, wish).catch(() => null);
