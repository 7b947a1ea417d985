/**
 * One followed run: its input, what is pending, and everything it knows, together with how that is put into an execution's
 * input and taken out again when it continues as new. Registers the handlers of signals and the query.
 */
import { log, setHandler } from '@temporalio/workflow';
import type { RunEvent } from '../contract/events.ts';
import { spaceliftOf } from './activities.ts';
import { causeOf } from './cause.ts';
import { createShow, type Show } from './details.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import {
  type Attachment,
  attachIntent,
  progressQuery,
  type RunDecisionAnswer,
  type RunInput,
} from './messages.ts';
import type { RunFacts } from './ports.ts';
import { createProgress, currentWait } from './progress.ts';
import { isRecord } from './read-signal.ts';
import { createRunReactions, reactionsMemoryOf, type RunReactions } from './run-reactions.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import type { RunMemory, RunProgress, Told } from './run-memory.ts';
import { collectRunNews, pendingOf, type RunNews } from './run-signals.ts';

export type FollowedRun = {
  readonly input: RunInput;
  readonly news: RunNews;
  readonly recorder: Recorder;
  /** Ids of the intent executions that want to know the verdict. */
  readonly attached: Set<string>;
  readonly answers: Map<string, RunDecisionAnswer>;
  readonly show: Show;
  /** Stacks whose runs led to this one, the first cause first; what this run leads to gets them and this stack. */
  cause: readonly string[];
  progress: RunProgress;
  readonly reactions: RunReactions;
  told: Told | null;
  heardAt: number;
  lastError: string | null;
  /** Whether Spacelift was asked because no payload told the run's type. */
  isTypeAsked: boolean;
  /** Updates that are being carried out. */
  deciding: number;
  /** Of the latest delivery. */
  traceId: string;
};

/** Call before the first await. */
export function createFollowedRun(input: RunInput): FollowedRun {
  const { carried } = input;
  const run: FollowedRun = {
    input,
    news: collectRunNews(input, carried?.pending),
    recorder: createRecorder(carried?.done),
    attached: new Set(carried?.attached),
    answers: new Map(carried?.answers),
    show: createShow(),
    cause: carried?.cause ?? [],
    progress: carried?.progress ?? createProgress(input),
    reactions: createRunReactions(carried?.reactions),
    told: carried?.told ?? null,
    heardAt: carried?.heardAt ?? Date.now(),
    lastError: carried?.lastError ?? null,
    isTypeAsked: false,
    deciding: 0,
    traceId: carried?.traceId ?? '',
  };
  setHandler(attachIntent, (payload: Attachment | undefined) => {
    const executionId: unknown = isRecord(payload) ? payload.executionId : undefined;
    run.cause = payload?.cause ?? run.cause;
    if (typeof executionId === 'string' && executionId !== '') run.attached.add(executionId);
    else log.warn('signal without an execution id is ignored', { signal: attachIntent.name });
  });
  setHandler(progressQuery, () => ({
    ...run.progress,
    mustAct: currentWait(run.progress)?.mustAct ?? null,
    reminders: run.told?.reminders ?? 0,
    lastError: run.lastError,
    cause: run.cause,
    done: run.recorder.done,
  }));
  return run;
}

/** An intent tells the cause of its run; one of a run that no intent of ours waits for may be told by its payloads. */
export function noteCause(run: FollowedRun, { userMetadata }: RunEvent): void {
  const texts: unknown = userMetadata;
  if (run.cause.length > 0 || !Array.isArray(texts)) return;
  run.cause = causeOf(texts.filter((text: unknown) => typeof text === 'string'));
}

export const memoryOf = (run: FollowedRun): RunMemory => ({
  pending: pendingOf(run.news),
  progress: run.progress,
  ...(run.input.settings.reactions === true && { reactions: reactionsMemoryOf(run.reactions) }),
  attached: [...run.attached],
  cause: run.cause,
  done: run.recorder.done,
  told: run.told,
  answers: [...run.answers],
  heardAt: run.heardAt,
  lastError: run.lastError,
  traceId: run.traceId,
});

/** Asks Spacelift; null when it cannot be asked or does not know the run. */
export async function lookAt(run: FollowedRun): Promise<RunFacts | null> {
  const { traceId } = run;
  const { account, stackId, runId, settings } = run.input;
  try {
    const request = { account, stackId, runId, traceId };
    const facts = await spaceliftOf(account, settings).lookUpRun(request);
    run.lastError = null;
    return facts;
  } catch (error) {
    noteError(run, 'Spacelift could not be asked about the run', error);
    return null;
  }
}

/** A fault that the execution lives with, and shows until something works again. */
export function noteError(run: FollowedRun, message: string, error: unknown): void {
  rethrowCancellation(error);
  run.lastError = messageOf(error);
  log.warn(message, { error: run.lastError, traceId: run.traceId });
}
