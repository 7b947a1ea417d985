/**
 * Intent execution: gets one run for one intent through the stack's lane, waits for the run's verdict and returns the
 * processed event. Whose run is whose is the lane's business alone.
 */
import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import { laneExecutionId, runExecutionId } from '../contract/ids.ts';
import { askLane } from './activities.ts';
import { causeObstacle } from './cause.ts';
import { rethrowCancellation } from './failures.ts';
import { createIntent, type Intent, pass, showIntent } from './intent.ts';
import { conclude } from './intent-result.ts';
import { attach, lookForVerdict } from './intent-run.ts';
import { requestOf } from './lane-request.ts';
import { giveUp, letGo } from './leave-intent.ts';
import {
  type ExecutionResult,
  type IntentInput,
  type LaneAnswer,
  type RunRef,
  type RunVerdict,
  signalFor,
} from './messages.ts';
import { loopNotice } from './notices.ts';
import { toIso } from './progress.ts';
import { tellPeople } from './tell-people.ts';
import { tellPropagation } from './tell-propagation.ts';

/** Of executions that 0.1.0 started: a lane that lost the question would hold the intent for ever. */
const ASK_AGAIN_AFTER_MS = 15 * 60_000;

export async function pursueIntent(input: IntentInput): Promise<ExecutionResult> {
  const intent = createIntent(input);
  const { event, delivery } = input;
  log.info('intent received', { ...delivery, stackId: event.stackId, runType: event.runType });
  try {
    const result = (await refuseLoop(intent)) ?? (await pursue(intent));
    await tellPropagation(intent, result.reason);
    return result;
  } catch (error) {
    if (isCancellation(error))
      await CancellationScope.nonCancellable(async () => {
        await letGo(intent);
        await tellPropagation(intent, 'its intent was cancelled');
      });
    throw error;
  }
}

/** A stack that is in its own cause is not triggered, whoever asks; people are told, since a policy or rule is wrong. */
async function refuseLoop(intent: Intent): Promise<ExecutionResult | null> {
  const { event, settings } = intent.input;
  if (settings.intents === undefined) return null;
  const { causeDepthLimit } = settings.intents;
  const obstacle = causeObstacle(event.stackId, event.cause ?? [], causeDepthLimit);
  if (obstacle === null) return null;
  const reason = `Cannot trigger stack ${event.stackId}: ${obstacle}`;
  await tellLoop(intent, reason);
  return conclude(intent, { outcome: 'not-triggered', reason, failureClass: 'final' });
}

async function tellLoop({ input, recorder }: Intent, reason: string): Promise<void> {
  const notice = loopNotice(input, reason);
  const { settings } = input;
  if (settings.reactions === true)
    await tellPeople(notice, settings, recorder).catch(rethrowCancellation);
  else await recorder.carryOut('notify loop-refused', () => tellPeople(notice, settings));
}

async function pursue(intent: Intent): Promise<ExecutionResult> {
  const answer = await answerOfLane(intent);
  if (answer === null) return giveUp(intent);
  if (answer.outcome !== 'assigned') {
    pass(intent, 'no run was made');
    return conclude(intent, answer);
  }
  const { account, stackId } = intent.input.event;
  intent.run = { account, stackId, runId: answer.runId };
  intent.recorder.note('trigger-run', answer.runId);
  pass(intent, 'run made');
  const verdict = await verdictOfRun(intent, intent.run);
  if (verdict === null) return giveUp(intent);
  intent.verdict = verdict;
  intent.recorder.note(signalFor(verdict.outcome).name);
  return conclude(intent, verdict);
}

/** Asks until there is an answer, first the starter in its name if it said so; null when it is too late for one. */
async function answerOfLane(intent: Intent): Promise<LaneAnswer | null> {
  const { event, delivery, settings, isAsked = false } = intent.input;
  const { account, stackId } = event;
  const silenceMs = settings.intents?.patienceMs ?? ASK_AGAIN_AFTER_MS;
  const request = requestOf(event, delivery, settings, Date.now());
  for (let isToAsk = !isAsked; ; isToAsk = true) {
    // Not to be cancelled half way: whether the lane was asked decides whether there is anything to withdraw.
    if (isToAsk)
      await CancellationScope.nonCancellable(() =>
        askLane({ account, stackId, request, settings }),
      );
    pass(intent, 'asked lane for run');
    showIntent(intent, {
      state: `Waits for a run from ${laneExecutionId(account, stackId)}`,
      next: nextAfter(silenceMs, 'asks the lane again'),
    });
    const waited = await intent.patience.until(() => intent.answer !== null, silenceMs);
    if (intent.answer !== null) return intent.answer;
    if (waited === 'late') return null;
  }
}

/**
 * By signal of the run execution; after silence, or when prompted, by a look at Spacelift. Where no run execution is open
 * to tell, Spacelift is asked at once and more often. Null when it is too late.
 */
async function verdictOfRun(intent: Intent, run: RunRef): Promise<RunVerdict | null> {
  const { news } = intent;
  const { settings } = intent.input;
  showIntent(intent, { state: 'Run is made' }, run.runId);
  const known = await attach(intent, run);
  if (known !== null) return known;
  news.isLookWanted ||= intent.attachment === 'closed';
  const patienceMs = settings.intents?.patienceMs ?? settings.waitingSilenceMs;
  const silenceMs = intent.attachment === 'open' ? patienceMs : settings.silenceMs;
  for (;;) {
    showIntent(intent, {
      state: 'Waits for its run to end',
      mustAct: `whoever ${runExecutionId(run.account, run.stackId, run.runId)} names`,
      next: nextAfter(silenceMs, 'asks Spacelift about the run'),
    });
    const isTold = () => news.verdict?.runId === run.runId;
    const waited = await intent.patience.until(() => isTold() || news.isLookWanted, silenceMs);
    if (news.verdict?.runId === run.runId) return news.verdict;
    if (waited === 'late') return null;
    news.verdict = null;
    news.isLookWanted = false;
    const verdict = await lookForVerdict(intent, run);
    if (verdict !== null) return verdict;
  }
}

const nextAfter = (silenceMs: number, what: string): string | null =>
  silenceMs > 0 ? `${what} if nothing is heard by ${toIso(Date.now() + silenceMs)}` : null;
