/**
 * One lane at work: what it was started with, what it keeps, and what its signals have said. Registers the handlers, which
 * only record.
 */
import { CancellationScope, log, setHandler } from '@temporalio/workflow';
import { intentExecutionId } from '../contract/ids.ts';
import { createShow, type Details, type Show } from './details.ts';
import { createLaneBook, type LaneBook } from './lane-book.ts';
import {
  askForRun,
  type LaneAnswer,
  type LaneInput,
  type LaneRequest,
  ownRun,
  progressQuery,
  withdrawRequest,
} from './messages.ts';

export type Lane = {
  readonly input: LaneInput;
  readonly book: LaneBook;
  /** Answers that are on their way. */
  readonly toTell: { readonly executionId: string; readonly answer: LaneAnswer }[];
  /** Nothing new is begun then; what is under way is brought to its end. */
  isCancelled: boolean;
  /** In this execution of its chain. */
  hasServed: boolean;
  readonly show: Show;
  /** The one made last in this execution of its chain. */
  lastRun: Pick<Details, 'runId' | 'url'>;
  /** Of the latest attempt or look; null once one has worked. */
  lastError: string | null;
};

/** Call before the first await, outside of any scope that cannot be cancelled. */
export function createLane(input: LaneInput): Lane {
  const { account, stackId, carried } = input;
  const book = createLaneBook(carried);
  const lane: Lane = {
    input,
    book,
    toTell: [],
    isCancelled: false,
    hasServed: false,
    show: createShow(),
    lastRun: {},
    lastError: null,
  };
  setHandler(askForRun, (request) => {
    const answer = book.answerTo(request.key);
    if (answer === undefined) book.enqueue(request);
    else lane.toTell.push({ executionId: request.executionId, answer });
  });
  setHandler(withdrawRequest, (payload) => {
    const key = textIn(payload, 'key');
    if (key === null) return;
    const executionId = intentExecutionId(account, stackId, key);
    if (book.queue().some((request) => request.key === key)) book.withdraw(key);
    else lane.toTell.push({ executionId, answer: book.answerTo(key) ?? unknownTo(key, book) });
  });
  setHandler(ownRun, (payload) => {
    const [runId, key] = [textIn(payload, 'runId'), textIn(payload, 'key')];
    if (runId !== null && key !== null) book.hint({ runId, key });
  });
  setHandler(progressQuery, () => book.memory());
  CancellationScope.current().cancelRequested.catch(() => {
    lane.isCancelled = true;
    log.warn('lane cancelled', { stackId, queue: book.queue().length });
  });
  return lane;
}

/** Anybody may send a signal, with anything in it. */
function textIn(payload: unknown, field: string): string | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const text = (payload as Readonly<Record<string, unknown>>)[field];
  return typeof text === 'string' ? text : null;
}

/** Of a lane that has lost its memory: it was terminated, or has closed long since. */
function unknownTo(key: string, book: LaneBook): LaneAnswer {
  const reason = 'the lane does not know the request';
  const answer: LaneAnswer = { outcome: 'in-doubt', reason, attempts: 0 };
  book.answer({ key }, answer);
  return answer;
}

/** Why no further run is tried for; null while one is wanted. */
export function obstacleOf({ book, isCancelled }: Lane, { key }: LaneRequest): string | null {
  if (book.isWithdrawn(key)) return 'request was withdrawn';
  return isCancelled ? 'lane was cancelled' : null;
}

/** Takes the request off the queue; its intent is told by the main loop. */
export function answerRequest({ book, toTell }: Lane, request: LaneRequest, answer: LaneAnswer) {
  book.answer(request, answer);
  toTell.push({ executionId: request.executionId, answer });
}

/** `next` is what the lane does by itself. The run that is shown is the one made last. */
export function showLane(lane: Lane, state: string, next: string): void {
  const { show, lastRun, lastError, book } = lane;
  const behind = book.queue().length - 1;
  const waiting = behind > 0 ? `; ${behind} more wait` : '';
  show({ state, ...lastRun, lastError, next: `${next}${waiting}` });
}
