/**
 * How an intent leaves before its run has ended: its deadline has passed, or somebody cancels it. Its request is withdrawn
 * from the lane; a run that was made already is left alone, or ended in Spacelift where that is wanted. Waits a bounded
 * while to learn what became of either.
 */
import { condition, getExternalWorkflowHandle, log } from '@temporalio/workflow';
import { laneExecutionId } from '../contract/ids.ts';
import { endRunOf } from './end-run.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import { type Intent, pass, showIntent } from './intent.ts';
import { conclude } from './intent-result.ts';
import { attach, lookForVerdict } from './intent-run.ts';
import { type IntentResult, type RunRef, type RunVerdict, withdrawRequest } from './messages.ts';
import { toIso } from './progress.ts';

/** The deadline has passed. */
export async function giveUp(intent: Intent): Promise<IntentResult> {
  const { event } = intent.input;
  const passed = `deadline of ${toIso(intent.deadlineAt)} has passed`;
  pass(intent, passed);
  showIntent(intent, { state: 'Deadline has passed', next: 'ends when lane or run have answered' });
  const fate = await takeLeave(intent, event.stopAtDeadline ?? false);
  const { verdict } = fate;
  return conclude(intent, {
    outcome: 'timed-out',
    runId: intent.run?.runId ?? null,
    state: verdict?.state ?? null,
    steps: verdict?.steps ?? [],
    reason: `${passed}: ${fate.words}`,
  });
}

/** Somebody cancelled the execution, which has nothing to return then; the log and the progress say what was done. */
export async function letGo(intent: Intent): Promise<void> {
  const { event, delivery, settings } = intent.input;
  if (settings.intents === undefined) return;
  const { cancelStopsRun } = settings.intents;
  showIntent(intent, { state: 'Cancelled', next: cancelStopsRun ? 'ends its run' : null });
  const { words } = await takeLeave(intent, cancelStopsRun);
  pass(intent, `cancelled: ${words}`);
  showIntent(intent, { state: `Cancelled: ${words}` });
  log.info('intent cancelled', { ...delivery, stackId: event.stackId, result: words });
}

type Fate = { readonly words: string; readonly verdict: RunVerdict | null };

async function takeLeave(intent: Intent, endsRun: boolean): Promise<Fate> {
  const { event } = intent.input;
  if (intent.run === null && intent.answer === null) await withdraw(intent);
  const { answer } = intent;
  if (answer === null)
    return { words: 'the lane has not said whether a run will be made', verdict: null };
  if (answer.outcome !== 'assigned')
    return { words: `no run was made (${answer.reason})`, verdict: null };
  const { account, stackId } = event;
  intent.run ??= { account, stackId, runId: answer.runId };
  if (!endsRun) return { words: `run ${answer.runId} goes on`, verdict: null };
  return endRun(intent, intent.run);
}

/** Until the lane has answered: either the request was still in its queue, or the run is being made at this moment. */
async function withdraw(intent: Intent): Promise<void> {
  const { account, stackId, key } = intent.input.event;
  try {
    const lane = getExternalWorkflowHandle(laneExecutionId(account, stackId));
    await lane.signal(withdrawRequest, { key });
  } catch (error) {
    rethrowCancellation(error);
    log.warn('request could not be withdrawn', { intent: key, error: messageOf(error) });
    return;
  }
  pass(intent, 'request withdrawn');
  await condition(() => intent.answer !== null, farewellMsOf(intent));
}

async function endRun(intent: Intent, run: RunRef): Promise<Fate> {
  const { input } = intent;
  const known = intent.attachment === null ? await attach(intent, run) : null;
  const words = await endRunOf(run, input.delivery.traceId, input.settings);
  intent.recorder.note('end-run', words ?? 'had ended already');
  const verdict = known ?? (await lastNews(intent, run));
  const end = verdict === null ? 'its end has not been seen' : `it is ${verdict.state}`;
  return { words: `${words ?? `run ${run.runId} had ended`}, ${end}`, verdict };
}

/** By signal within the time there is, else by a look. */
async function lastNews(intent: Intent, run: RunRef): Promise<RunVerdict | null> {
  const { news } = intent;
  const isTold = () => news.verdict?.runId === run.runId;
  await condition(isTold, farewellMsOf(intent));
  return isTold() ? news.verdict : lookForVerdict(intent, run);
}

/** Only what has these settings comes here. */
const farewellMsOf = ({ input }: Intent): number => input.settings.intents?.farewellMs ?? 0;
