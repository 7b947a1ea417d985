/** Event execution: a completed or failed that names no run, or an internal error. Logged and noticed, nothing more. */
import { log, setHandler } from '@temporalio/workflow';
import { notify } from './activities.ts';
import { type EventInput, type ExecutionResult, progressQuery, signalFor } from './messages.ts';
import { eventNotice } from './notices.ts';
import { toIso } from './progress.ts';
import { createRecorder, nowIso } from './recorder.ts';
import { collectRunNews } from './run-signals.ts';
import { showOutcome } from './visibility.ts';

export async function recordEvent(input: EventInput): Promise<ExecutionResult> {
  const { event, delivery, settings } = input;
  const recorder = createRecorder();
  collectRunNews();
  setHandler(progressQuery, () => ({ event, done: recorder.done }));

  const isTrouble = event.type !== 'completed';
  const facts = {
    ...delivery,
    eventType: event.type,
    ...('stackId' in event && { stackId: event.stackId }),
  };
  if (isTrouble) log.warn('trouble reported', { ...facts, error: event.error });
  else log.info('completion reported', facts);
  if (isTrouble) await recorder.carryOut(`notify ${event.type}`, () => notify(eventNotice(input)));
  if (event.about === 'stack') recorder.note(signalFor(event.type).name);

  const result: ExecutionResult = {
    eventType: event.type,
    account: event.account,
    stackId: event.about === 'stack' ? event.stackId : null,
    runId: null,
    state: null,
    outcome: event.about === 'stack' ? event.type : 'recorded',
    attempts: 0,
    steps: [{ step: event.type, at: event.about === 'stack' ? toIso(event.occurredAt) : nowIso() }],
    done: recorder.done,
    reason: event.type === 'completed' ? null : event.error,
  };
  showOutcome(result, settings);
  return result;
}
