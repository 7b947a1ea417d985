/**
 * Event execution: a completed or failed that names no run, an internal error, a module version, an entry of the audit
 * trail. Logged, and told to people if it is trouble; nothing more.
 */
import { log, setHandler, workflowInfo } from '@temporalio/workflow';
import { notify, planReactions } from './activities.ts';
import { carryOut } from './carry-out.ts';
import { createShow } from './details.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import {
  type EventInput,
  type ExecutionResult,
  progressQuery,
  signalFor,
  type SingleEvent,
} from './messages.ts';
import { newsNotice, troubleNotice } from './notices.ts';
import { toIso } from './progress.ts';
import { reactionOfSingle } from './reaction-event.ts';
import { createReceipts } from './receipts.ts';
import { createRecorder, nowIso, type Recorder } from './recorder.ts';
import { collectRunNews } from './run-signals.ts';
import { readEvent, type Saying } from './single-event.ts';
import { showOutcome } from './visibility.ts';

const GOOD_NEWS = {
  stack: 'completion reported',
  account: 'notice of the account reported',
  module: 'module version reported',
  audit: 'audit trail entry reported',
} as const satisfies Record<SingleEvent['about'], string>;

export async function recordEvent(input: EventInput): Promise<ExecutionResult> {
  const { event, delivery, settings } = input;
  const recorder = createRecorder();
  collectRunNews();
  setHandler(progressQuery, () => ({ event, done: recorder.done }));

  const saying = readEvent(event);
  const { trouble, stackId, state } = saying;
  const show = createShow();
  show({
    state: event.type,
    lastError: trouble?.reason ?? null,
    next: trouble === null ? null : 'tells people',
  });
  const facts = { ...delivery, eventType: event.type, ...saying.fields };
  if (trouble === null) log.info(GOOD_NEWS[event.about], facts);
  else {
    log.warn('trouble reported', { ...facts, error: trouble.reason });
    if (settings.reactions !== true)
      await recorder.carryOut(`notify ${event.type}`, () =>
        notify(troubleNotice(input, saying, trouble)),
      );
  }
  if (settings.reactions === true) await react(input, saying, recorder);
  if (event.about === 'stack') recorder.note(signalFor(event.type).name);

  const result: ExecutionResult = {
    eventType: event.type,
    account: event.account,
    stackId,
    runId: null,
    state,
    outcome: event.about === 'stack' ? event.type : 'recorded',
    attempts: 0,
    steps: [{ step: event.type, at: 'occurredAt' in event ? toIso(event.occurredAt) : nowIso() }],
    done: recorder.done,
    reason: trouble?.reason ?? null,
  };
  showOutcome(result, settings, show);
  return result;
}

/** By the rules; what cannot be planned is told as it was before there were any. */
async function react(input: EventInput, saying: Saying, recorder: Recorder): Promise<void> {
  const { event, delivery, settings } = input;
  const { trouble } = saying;
  const notice =
    trouble === null ? newsNotice(input, saying) : troubleNotice(input, saying, trouble);
  const executionId = workflowInfo().workflowId;
  const reaction = reactionOfSingle(event, { executionId, traceId: delivery.traceId });
  try {
    const { actions } = await planReactions(reaction);
    await carryOut(actions, {
      event: reaction,
      settings,
      recorder,
      notice,
      receipts: createReceipts(),
    });
  } catch (error) {
    rethrowCancellation(error);
    log.error('reactions could not be planned', { ...delivery, error: messageOf(error) });
    if (trouble !== null) await recorder.carryOut(`notify ${event.type}`, () => notify(notice));
  }
}
