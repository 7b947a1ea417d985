/**
 * Lane execution: makes the runs of one stack, one at a time, and remembers which run it gave to which intent, because
 * `runTrigger` has no idempotency key. With one unanswered trigger at most, whatever run appears in its window is its.
 */
import {
  CancelledFailure,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  workflowInfo,
} from '@temporalio/workflow';
import { messageOf } from './failures.ts';
import { lookWhereDue, nextLookAt } from './lane-late.ts';
import { serveOnce } from './lane-service.ts';
import { answerRequest, createLane, type Lane, obstacleOf, showLane } from './lane-state.ts';
import { assignRun, type LaneAnswer, type LaneInput, type LaneRequest } from './messages.ts';
import { doubtNotice } from './notices.ts';
import { createPatience } from './patience.ts';
import { toIso } from './progress.ts';
import { tellPeople } from './tell-people.ts';

/** A cancelled lane answers everybody first; nobody may be left waiting, and no answer of Spacelift's go unheard. */
export async function keepLane(input: LaneInput): Promise<void> {
  const lane = createLane(input);
  await CancellationScope.nonCancellable(() =>
    input.settings.lane === undefined ? workAsBefore(lane) : work(lane),
  );
  if (lane.isCancelled) throw new CancelledFailure('Lane was cancelled');
}

async function work(lane: Lane): Promise<void> {
  const { book } = lane;
  const rest = createRest(lane);
  for (;;) {
    await tellAnswers(lane);
    if (isHeavy(lane)) await goOn(lane);
    await lookWhereDue(lane);
    for (const request of book.queue().slice(1)) dropUnwanted(request, lane);
    const request = book.next();
    if (request !== undefined) await serve(request, lane);
    else if (lane.toTell.length === 0 && !(await rest())) return;
  }
}

/** Of lanes that 0.1.0 started. Asked once more after the wait, so that an intent asking just then is not lost. */
async function workAsBefore(lane: Lane): Promise<void> {
  const { laneIdleMs, doubtHorizonMs } = lane.input.settings;
  const idleMs = Math.max(laneIdleMs, doubtHorizonMs);
  const isDisturbed = () => hasWork(lane) || lane.isCancelled;
  while ((await condition(isDisturbed, idleMs)) || hasWork(lane)) {
    await tellAnswers(lane);
    const request = lane.book.next();
    if (request !== undefined) await serve(request, lane);
    await tellAnswers(lane);
    if (lane.isCancelled && !hasWork(lane)) return;
    if (isHeavy(lane) && lane.toTell.length === 0) await goOn(lane);
  }
}

/** One attempt, so that what has come up meanwhile gets its turn; 0.1.0 made all of them. */
async function serve(request: LaneRequest, lane: Lane): Promise<void> {
  const { book, input } = lane;
  showLane(lane, `Makes a run for intent ${request.key}`, 'tells the intent');
  let answer: LaneAnswer | null;
  do answer = await serveOnce(request, lane);
  while (answer === null && input.settings.lane === undefined && book.next() === request);
  lane.hasServed = true;
  if (answer === null) return;
  const retriedAfterMs = book.waits();
  answerRequest(lane, request, retriedAfterMs.length > 0 ? { ...answer, retriedAfterMs } : answer);
  if (answer.outcome === 'in-doubt') await reportDoubt(request, answer.reason, lane);
}

function dropUnwanted(request: LaneRequest, lane: Lane): void {
  const reason = obstacleOf(lane, request);
  if (reason !== null)
    answerRequest(lane, request, { outcome: 'not-triggered', reason, attempts: 0 });
}

async function reportDoubt(request: LaneRequest, reason: string, lane: Lane): Promise<void> {
  const text = `Nobody knows whether a run of ${lane.input.stackId} was made for intent ${request.key}, and none is tried for again: ${reason}`;
  const notice = doubtNotice(lane.input, text, request.traceId);
  await tellPeople(notice, lane.input.settings).catch((error: unknown) => {
    log.warn('doubt could not be reported', { intent: request.key, error: messageOf(error) });
  });
}

/** An intent that was cancelled meanwhile cannot be told; its run stays assigned to it. */
async function tellAnswers({ toTell }: Lane): Promise<void> {
  for (let next = toTell.shift(); next !== undefined; next = toTell.shift()) {
    const { executionId, answer } = next;
    try {
      await getExternalWorkflowHandle(executionId).signal(assignRun, answer);
    } catch (error) {
      const { outcome } = answer;
      log.warn('intent could not be told', { executionId, outcome, error: messageOf(error) });
    }
  }
}

/** A cancelled lane is about to end, and its successor would not know that it was cancelled. */
function isHeavy({ input, isCancelled, hasServed }: Lane): boolean {
  const { historyLength, continueAsNewSuggested } = workflowInfo();
  const { maximumEvents = Infinity } = input.settings.lane ?? {};
  return !isCancelled && (continueAsNewSuggested || (hasServed && historyLength >= maximumEvents));
}

/** With nothing left to tell: everything else is in the book. */
const goOn = ({ input, book }: Lane): Promise<never> =>
  continueAsNew<(input: LaneInput) => Promise<void>>({ ...input, carried: book.memory() });

/** Waits for work; false when there was none for so long that the lane closes. */
type Rest = () => Promise<boolean>;

const hasWork = ({ book, toTell }: Lane): boolean => book.next() !== undefined || toTell.length > 0;

/** As long as doubts are open the lane stays, since they would be forgotten with it. */
function createRest(lane: Lane): Rest {
  const patience = createPatience(null);
  return async () => {
    const { laneIdleMs } = lane.input.settings;
    const closesAt = Date.now() + laneIdleMs;
    for (;;) {
      const lookAt = nextLookAt(lane);
      const at = lookAt ?? closesAt;
      if (lane.isCancelled || (lookAt === null && closesAt <= Date.now())) return false;
      const state = lookAt === null ? 'No intent waits' : 'In doubt whether runs were made';
      showLane(
        lane,
        state,
        `${lookAt === null ? 'closes' : 'looks for late runs'} at ${toIso(at)}`,
      );
      const isDisturbed = () => hasWork(lane) || lane.isCancelled || isHeavy(lane);
      await patience.until(isDisturbed, Math.max(at - Date.now(), 1));
      if (hasWork(lane) || isHeavy(lane) || (lookAt !== null && lookAt <= Date.now())) return true;
    }
  };
}
