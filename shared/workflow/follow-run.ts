/**
 * Run execution: follows one Spacelift run, fed by signals and, after silence, by a look, until its terminal state; then
 * tells the intents that wait for it. It never triggers anything and decides nothing about ownership of the run.
 */
import { condition, getExternalWorkflowHandle, log, setHandler, sleep } from '@temporalio/workflow';
import { isTerminalState } from '../contract/states.ts';
import { notify, spaceliftOf } from './activities.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import {
  attachIntent,
  type ExecutionResult,
  type RunInput,
  type RunVerdict,
  progressQuery,
  signalFor,
} from './messages.ts';
import { runNotice } from './notices.ts';
import type { RunFacts } from './ports.ts';
import {
  createProgress,
  currentEventType,
  decideRunEvent,
  decideRunFacts,
  type Decision,
  hasEnded,
  type RunProgress,
  verdictOf,
  withoutTerminal,
} from './progress.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { collectRunNews, hasNews, type RunNews, takeEvents } from './run-signals.ts';
import { showRun, showRunOutcome, showWaiting } from './visibility.ts';

type Followed = {
  readonly input: RunInput;
  readonly news: RunNews;
  readonly recorder: Recorder;
  progress: RunProgress;
  /** Of the latest delivery. */
  traceId: string;
};

export async function followRun(input: RunInput): Promise<ExecutionResult> {
  const run: Followed = {
    input,
    news: collectRunNews(),
    recorder: createRecorder(),
    progress: createProgress(input),
    traceId: '',
  };
  const attached = new Set<string>();
  setHandler(attachIntent, ({ executionId }) => void attached.add(executionId));
  setHandler(progressQuery, () => ({ ...run.progress, done: run.recorder.done }));

  do await followToEnd(run);
  while (!(await isConfirmed(run)));

  const { recorder, traceId } = run;
  const verdict = verdictOf(run.progress);
  if (verdict === null)
    throw new RangeError(`Cannot conclude run ${input.runId}: it has not ended`);
  if (verdict.outcome === 'failed')
    await recorder.carryOut(`notify ${verdict.state}`, () =>
      notify(runNotice('run-failed', run.progress, traceId)),
    );
  recorder.note(signalFor(verdict.outcome).name);
  showRunOutcome(verdict, input.settings);
  await tellIntents(attached, verdict);
  log.info('run ended', { traceId, state: verdict.state, outcome: verdict.outcome });
  return resultOf(run, verdict);
}

/** Returns once a terminal state is known. */
async function followToEnd(run: Followed): Promise<void> {
  const { news } = run;
  const { silenceMs, waitingSilenceMs } = run.input.settings;
  while (!hasEnded(run.progress)) {
    const isWaiting = currentEventType(run.progress) === 'waiting';
    const spoke = await condition(() => hasNews(news), isWaiting ? waitingSilenceMs : silenceMs);
    if (!spoke || news.isLookWanted) {
      news.isLookWanted = false;
      await look(run);
    }
    for (const { event, delivery } of takeEvents(news)) {
      run.traceId = delivery.traceId;
      const decision = decideRunEvent(run.progress, event);
      const { isDuplicate } = decision;
      log.info('run event', { ...delivery, state: event.state, isDuplicate });
      await take(run, decision);
    }
  }
}

async function take(run: Followed, { progress, actions }: Decision): Promise<void> {
  run.progress = progress;
  showRun(progress);
  for (const { action, state } of actions) {
    if (action !== 'notify-waiting') continue;
    showWaiting(state, run.input.settings);
    await run.recorder.carryOut(`notify ${state}`, () =>
      notify(runNotice('run-waiting', progress, run.traceId)),
    );
  }
}

/** Asks Spacelift; null when it cannot be asked or does not know the run. */
async function look(run: Followed): Promise<RunFacts | null> {
  const { account, stackId, runId } = run.input;
  const { traceId } = run;
  try {
    const facts = await spaceliftOf(account, run.input.settings).lookUpRun({
      account,
      stackId,
      runId,
      traceId,
    });
    if (facts !== null) await take(run, decideRunFacts(run.progress, facts));
    return facts;
  } catch (error) {
    rethrowCancellation(error);
    log.warn('Spacelift could not be asked about the run', { error: messageOf(error), traceId });
    return null;
  }
}

/**
 * Whether Spacelift agrees that the run has ended, asked more than once in case it lags behind its own webhooks; if not,
 * the end is taken back. A run it does not know, or cannot be asked about, is taken at the signed deliveries' word.
 */
async function isConfirmed(run: Followed): Promise<boolean> {
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

/** Until nobody new has attached: one who does while this runs is told too. */
async function tellIntents(attached: Set<string>, verdict: RunVerdict): Promise<void> {
  for (const executionId of attached) {
    try {
      await getExternalWorkflowHandle(executionId).signal(signalFor(verdict.outcome), { verdict });
    } catch (error) {
      rethrowCancellation(error);
      log.warn('intent could not be told the verdict', { intent: executionId });
    }
  }
}

const resultOf = ({ input, recorder }: Followed, verdict: RunVerdict): ExecutionResult => ({
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
});
