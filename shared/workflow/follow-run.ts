/**
 * Run execution: follows one Spacelift run, fed by signals and, after silence, by looks, until its terminal state; then
 * tells the intents that wait for it. It never triggers anything and decides nothing about ownership of the run.
 */
import { allHandlersFinished, condition, log, sleep } from '@temporalio/workflow';
import { isTerminalState } from '../contract/states.ts';
import { notify } from './activities.ts';
import { continueIfHeavy, mayContinue } from './continue-run.ts';
import { ENDED } from './details.ts';
import { createFollowedRun, type FollowedRun, lookAt, noteCause } from './followed-run.ts';
import { type ExecutionResult, type RunInput, type RunVerdict, signalFor } from './messages.ts';
import { runNotice } from './notices.ts';
import type { RunFacts } from './ports.ts';
import {
  currentEventType,
  decideRunEvent,
  decideRunFacts,
  type Decision,
  hasEnded,
  verdictOf,
  withoutTerminal,
} from './progress.ts';
import { reactToEnd, untilReacted } from './react.ts';
import { actOnWait, actsAt, isOfInterest, tellWaiting } from './run-reminders.ts';
import { hasNews, takeEvents } from './run-signals.ts';
import { tellIntents } from './tell-intents.ts';
import { createVerdictTeller } from './tracked-verdict.ts';
import { createSilence, type Silence } from './run-silence.ts';
import { takeDecisions } from './run-updates.ts';
import { nextStepOf, showRun, showRunOutcome } from './visibility.ts';

export async function followRun(input: RunInput): Promise<ExecutionResult> {
  const run = createFollowedRun(input);
  takeDecisions(run);
  const silence = createSilence(run);
  do await followToEnd(run, silence);
  while (!(await isConfirmed(run)));

  const { recorder, traceId } = run;
  const { settings } = input;
  const verdict = verdictOf(run.progress);
  if (verdict === null)
    throw new RangeError(`Cannot conclude run ${input.runId}: it has not ended`);
  const teller = createVerdictTeller(run, verdict);
  const reacting =
    settings.reactions === true && isOfInterest(run)
      ? reactToEnd(run, teller.triggerDependents)
      : null;
  if (reacting === null && verdict.outcome === 'failed' && isOfInterest(run))
    await recorder.carryOut(`notify ${verdict.state}`, () =>
      notify(runNotice('run-failed', run.progress, traceId)),
    );
  if (reacting === null) recorder.note(signalFor(verdict.outcome).name);
  showRunOutcome(verdict, settings);
  do {
    const untold = await tellIntents(run, verdict);
    if (reacting === null || !teller.isUpToRules) await teller.tell(untold);
    await condition(allHandlersFinished);
    if (reacting !== null) await untilReacted(run);
    await teller.tell(untold);
  } while (run.attached.size > 0);
  if (reacting !== null) recorder.note(signalFor(verdict.outcome).name);
  showRun(run, ENDED);
  log.info('run ended', { traceId, state: verdict.state, outcome: verdict.outcome });
  return resultOf(run, verdict);
}

/** Returns once a terminal state is known. */
async function followToEnd(run: FollowedRun, silence: Silence): Promise<void> {
  const { watch } = run.input.settings;
  while (!hasEnded(run.progress)) {
    if (watch === undefined) await awaitNewsAsBefore(run);
    else await awaitNews(run, silence);
    await takeNews(run);
  }
}

/** Reminds on the way, and continues as new before the history grows heavy. */
async function awaitNews(run: FollowedRun, silence: Silence): Promise<void> {
  for (;;) {
    await continueIfHeavy(run);
    if (hasNews(run.news)) return;
    await actOnWait(run);
    const actAt = actsAt(run);
    showRun(run, nextStepOf(actAt, silence.endsAt()));
    await silence.next(actAt, () => mayContinue(run) || actsAt(run) < actAt);
  }
}

/** Of executions that 0.1.0 started: a timer a wait. */
async function awaitNewsAsBefore(run: FollowedRun): Promise<void> {
  const { input, news, progress } = run;
  showRun(run, null);
  const { silenceMs, waitingSilenceMs } = input.settings;
  const isWaiting = currentEventType(progress) === 'waiting';
  const spoke = await condition(() => hasNews(news), isWaiting ? waitingSilenceMs : silenceMs);
  news.isLookWanted ||= !spoke;
}

async function takeNews(run: FollowedRun): Promise<void> {
  const { news } = run;
  news.verdict = null;
  if (news.isLookWanted || isTypeWanted(run)) {
    news.isLookWanted = false;
    run.isTypeAsked = true;
    await look(run);
  }
  for (const facts of news.facts.splice(0)) await takeFacts(run, facts);
  for (const { event, delivery } of takeEvents(news)) {
    run.traceId = delivery.traceId;
    noteCause(run, event);
    const decision = decideRunEvent(run.progress, event);
    const { isDuplicate } = decision;
    log.info('run event', { ...delivery, state: event.state, isDuplicate });
    await take(run, decision);
  }
  run.heardAt = Date.now();
}

/** Of a payload without a run type it is not known whether people want to hear of the run. */
const isTypeWanted = ({ input, isTypeAsked, progress, news }: FollowedRun): boolean =>
  input.settings.watch !== undefined &&
  !isTypeAsked &&
  progress.runType === null &&
  news.events.length > 0 &&
  news.events.every(({ event }) => event.runType === null);

async function take(run: FollowedRun, { progress, actions }: Decision): Promise<void> {
  run.progress = progress;
  for (const { state } of actions) await tellWaiting(run, state);
}

/** What is in a run's way is told to people only by executions that remind them, too. */
const takeFacts = (run: FollowedRun, facts: RunFacts): Promise<void> =>
  take(
    run,
    decideRunFacts(
      run.progress,
      run.input.settings.watch === undefined ? { ...facts, hold: null } : facts,
    ),
  );

async function look(run: FollowedRun): Promise<RunFacts | null> {
  const facts = await lookAt(run);
  if (facts !== null) await takeFacts(run, facts);
  return facts;
}

/**
 * Whether Spacelift agrees that the run has ended, asked more than once in case it lags behind its own webhooks; if not,
 * the end is taken back. A run it does not know, or cannot be asked about, is taken at the signed deliveries' word.
 */
async function isConfirmed(run: FollowedRun): Promise<boolean> {
  const { looks, settleMs } = run.input.settings;
  for (let asked = 0; asked < looks; asked += 1) {
    if (asked > 0) await sleep(settleMs / looks);
    const facts = await look(run);
    if (facts === null || isTerminalState(facts.state)) return true;
  }
  log.warn('end of run is not confirmed by Spacelift', { traceId: run.traceId });
  run.progress = withoutTerminal(run.progress);
  return false;
}
const resultOf = (
  { input, progress, recorder, cause }: FollowedRun,
  verdict: RunVerdict,
): ExecutionResult => ({
  eventType: verdict.outcome,
  account: input.account,
  stackId: input.stackId,
  runId: input.runId,
  state: verdict.state,
  outcome: verdict.outcome,
  attempts: 0,
  steps: verdict.steps,
  done: recorder.done,
  reason: verdict.reason,
  url: progress.url,
  cause,
});
