/**
 * The updates by which a person confirms or discards the run. A validator refuses what cannot be meant for the run as it
 * is known; the activity looks once more before it acts. The same wish is carried out once, however often it is sent.
 */
import { ApplicationFailure, setHandler } from '@temporalio/workflow';
import { spaceliftOf } from './activities.ts';
import { type FollowedRun, lookAt, noteError } from './followed-run.ts';
import {
  confirmRun,
  discardRun,
  type RunDecision,
  type RunDecisionAnswer,
  type RunDecisionRequest,
} from './messages.ts';
import { obstacleToDecision, readDecision } from './run-decision.ts';

/** What was asked, as answers are kept by it. */
const wishOf = (decision: RunDecision, stateVersion: number) => `${decision} ${stateVersion}`;

export function takeDecisions(run: FollowedRun): void {
  const pending = new Map<string, Promise<RunDecisionAnswer>>();
  const updates = { confirm: confirmRun, discard: discardRun } as const;
  for (const decision of ['confirm', 'discard'] as const) {
    setHandler(
      updates[decision],
      async (request) => {
        const wish = wishOf(decision, request.stateVersion);
        const known = run.answers.get(wish);
        if (known !== undefined) return known;
        const carrying = pending.get(wish) ?? decideRun(run, decision, request);
        pending.set(wish, carrying);
        run.deciding += 1;
        return carrying.finally(() => {
          run.deciding -= 1;
          pending.delete(wish);
        });
      },
      {
        validator(request: unknown) {
          const read = readDecision(request, run.input.runId);
          const isAnswered = read.ok && run.answers.has(wishOf(decision, read.value.stateVersion));
          if (isAnswered) return;
          const reason = read.ok
            ? obstacleToDecision(run.progress, decision, read.value.stateVersion)
            : read.error;
          if (reason === null) return;
          const message = `Cannot ${decision} run ${run.input.runId}: ${reason}`;
          throw ApplicationFailure.create({
            message,
            type: 'decision-refused',
            nonRetryable: true,
          });
        },
      },
    );
  }
}

/** Asks Spacelift once, if nobody of ours has decided the same before. */
export async function decideRun(
  run: FollowedRun,
  decision: RunDecision,
  { stateVersion, note }: Pick<RunDecisionRequest, 'stateVersion' | 'note'>,
): Promise<RunDecisionAnswer> {
  const { account, stackId, runId, settings } = run.input;
  const { traceId } = run;
  const request = { account, stackId, runId, decision, stateVersion, note: note ?? null, traceId };
  try {
    const { answer, facts } = await spaceliftOf(account, settings).decideRun(request);
    if (facts !== null) run.news.facts.push(facts);
    if (answer.outcome === 'refused') return answer;
    run.answers.set(wishOf(decision, stateVersion), answer);
    run.recorder.note(`${decision} run`);
    return answer;
  } catch (error) {
    noteError(run, 'decision was not carried out for certain', error);
    const facts = await lookAt(run);
    if (facts !== null) run.news.facts.push(facts);
    const where = facts === null ? 'Spacelift cannot be asked about it' : `it is ${facts.state}`;
    const reason = `Cannot ${decision} run ${runId} for certain: no answer, and ${where}`;
    return { outcome: 'refused', reason };
  }
}
