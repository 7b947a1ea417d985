/**
 * Intent execution: gets one run for one intent through the stack's lane, waits for the run's verdict and returns the
 * processed event. Whose run is whose is the lane's business alone.
 */
import { condition, log, setHandler, workflowInfo } from '@temporalio/workflow';
import { askLane, attachToRun, spaceliftOf } from './activities.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import {
  assignRun,
  type ExecutionResult,
  type IntentInput,
  type LaneAnswer,
  type LaneRequest,
  progressQuery,
  type RunRef,
  type RunVerdict,
  signalFor,
  type Step,
} from './messages.ts';
import type { AttachAnswer } from './ports.ts';
import { createProgress, decideRunFacts, verdictOf } from './progress.ts';
import { createRecorder, nowIso } from './recorder.ts';
import { retryPolicyOf } from './retry.ts';
import { collectRunNews, type RunNews } from './run-signals.ts';
import { showIntent, showOutcome } from './visibility.ts';

/** A lane that lost the question would hold the intent for ever; asking again is deduplicated by the intent's key. */
const ASK_AGAIN_AFTER = '15 minutes';

export async function pursueIntent(input: IntentInput): Promise<ExecutionResult> {
  const { event, delivery, settings } = input;
  const { account, stackId } = event;
  const recorder = createRecorder();
  const news = collectRunNews();
  const steps: Step[] = [];
  const lane: { answer: LaneAnswer | null } = { answer: null };
  setHandler(assignRun, (answer) => {
    lane.answer ??= answer;
  });
  setHandler(progressQuery, () => ({ account, stackId, ...lane, steps, done: recorder.done }));

  const pass = (step: string) => steps.push({ step, at: nowIso() });
  log.info('intent received', { ...delivery, stackId, runType: event.runType });
  const request = toLaneRequest(input);
  const given = await answerOf(lane, async () => {
    await askLane({ account, stackId, request, settings });
    pass('asked lane for run');
    showIntent('Waits for its turn in the lane of the stack', null, settings);
  });

  const finish = (verdict: RunVerdict | null, reason: string | null): ExecutionResult => {
    const result: ExecutionResult = {
      eventType: event.type,
      account,
      stackId,
      runId: verdict?.runId ?? null,
      state: verdict?.state ?? null,
      outcome: verdict?.outcome ?? 'not-triggered',
      attempts: given.attempts,
      steps: [...steps, ...(verdict?.steps ?? [])],
      done: recorder.done,
      reason: verdict?.reason ?? reason,
    };
    showOutcome(result, settings);
    log.info('intent ended', { ...delivery, outcome: result.outcome, reason: result.reason });
    return result;
  };

  if (given.outcome === 'not-triggered') {
    pass('no run was made');
    return finish(null, given.reason);
  }
  const run = { account, stackId, runId: given.runId };
  recorder.note('trigger-run', run.runId);
  pass('run made');
  showIntent(`Waits for run ${run.runId}`, run.runId, settings);
  const attachment = await attachToRun({ ...run, executionId: request.executionId, settings });
  pass('attached to run');
  const verdict = await verdictAfter(attachment, run, news, input);
  recorder.note(signalFor(verdict.outcome).name);
  return finish(verdict, null);
}

/** Asks until there is an answer. */
async function answerOf(
  lane: { readonly answer: LaneAnswer | null },
  ask: () => Promise<void>,
): Promise<LaneAnswer> {
  for (;;) {
    await ask();
    await condition(() => lane.answer !== null, ASK_AGAIN_AFTER);
    if (lane.answer !== null) return lane.answer;
  }
}

const toLaneRequest = ({ event, delivery, settings }: IntentInput): LaneRequest => ({
  executionId: workflowInfo().workflowId,
  key: event.key,
  runType: event.runType,
  commit: event.commit,
  retry: retryPolicyOf(event.retry, settings.retry),
  askedAt: Date.now(),
  traceId: delivery.traceId,
});

/**
 * By signal of the run execution; after silence, or when prompted, by a look at Spacelift. Where no run execution is open
 * to tell, Spacelift is asked at once and more often.
 */
async function verdictAfter(
  attachment: AttachAnswer,
  run: RunRef,
  news: RunNews,
  input: IntentInput,
): Promise<RunVerdict> {
  if (!attachment.attached && attachment.verdict !== null) return attachment.verdict;
  const { silenceMs, waitingSilenceMs } = input.settings;
  news.isLookWanted ||= !attachment.attached;
  for (;;) {
    await condition(
      () => news.verdict?.runId === run.runId || news.isLookWanted,
      attachment.attached ? waitingSilenceMs : silenceMs,
    );
    if (news.verdict?.runId === run.runId) return news.verdict;
    news.verdict = null;
    news.isLookWanted = false;
    const verdict = await lookForVerdict(run, input);
    if (verdict !== null) return verdict;
  }
}

async function lookForVerdict(
  run: RunRef,
  { delivery: { traceId }, settings }: IntentInput,
): Promise<RunVerdict | null> {
  try {
    const facts = await spaceliftOf(run.account, settings).lookUpRun({ ...run, traceId });
    return facts === null ? null : verdictOf(decideRunFacts(createProgress(run), facts).progress);
  } catch (error) {
    rethrowCancellation(error);
    log.warn('Spacelift could not be asked about the run', { error: messageOf(error), traceId });
    return null;
  }
}
