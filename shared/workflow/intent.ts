/**
 * One intent: its input, what it has heard, and what it did so far. Registers the handlers of signals and the query, and
 * shows where things stand.
 */
import { setHandler, workflowInfo } from '@temporalio/workflow';
import { createShow, type Details, type Show } from './details.ts';
import {
  assignRun,
  type IntentInput,
  type LaneAnswer,
  progressQuery,
  type RunRef,
  type RunVerdict,
  type Step,
} from './messages.ts';
import { createPatience, ONE_TIMER_A_WAIT, type Patience } from './patience.ts';
import { createRecorder, nowIso, type Recorder } from './recorder.ts';
import { collectRunNews, type RunNews } from './run-signals.ts';
import { noteRun } from './visibility.ts';

export type Intent = {
  readonly input: IntentInput;
  readonly executionId: string;
  readonly news: RunNews;
  readonly recorder: Recorder;
  readonly steps: Step[];
  readonly patience: Patience;
  readonly show: Show;
  /** Epoch ms: when the wait ends; null for never. */
  readonly deadlineAt: number | null;
  answer: LaneAnswer | null;
  run: RunRef | null;
  /** How the run ended, where the intent was there for it. */
  verdict: RunVerdict | null;
  /** To the run's execution, which may be open or have closed; null before. */
  attachment: 'open' | 'closed' | null;
  /** The run's page in Spacelift. */
  url: string | null;
  lastError: string | null;
};

/** Call before the first await. */
export function createIntent(input: IntentInput): Intent {
  const { event, settings } = input;
  const deadlineMs = event.deadlineMs ?? settings.intents?.deadlineMs ?? null;
  const deadlineAt = deadlineMs === null ? null : Date.now() + deadlineMs;
  const intent: Intent = {
    input,
    executionId: workflowInfo().workflowId,
    recorder: createRecorder(),
    news: collectRunNews(),
    steps: [],
    patience: settings.intents === undefined ? ONE_TIMER_A_WAIT : createPatience(deadlineAt),
    deadlineAt: settings.intents === undefined ? null : deadlineAt,
    show: createShow(),
    answer: null,
    run: null,
    verdict: null,
    attachment: null,
    url: null,
    lastError: null,
  };
  setHandler(assignRun, (answer) => {
    intent.answer ??= answer;
  });
  setHandler(progressQuery, () => ({
    account: event.account,
    stackId: event.stackId,
    answer: intent.answer,
    cause: event.cause ?? [],
    lastError: intent.lastError,
    steps: intent.steps,
    done: intent.recorder.done,
  }));
  return intent;
}

export const pass = ({ steps }: Intent, step: string): void => {
  steps.push({ step, at: nowIso() });
};

/** Who must act on the run is shown by its own execution. */
export function showIntent(intent: Intent, details: Details, madeRunId?: string): void {
  intent.show({
    runId: intent.run?.runId ?? null,
    url: intent.url,
    lastError: intent.lastError,
    ...details,
  });
  if (madeRunId !== undefined) noteRun(madeRunId, intent.input.settings);
}
