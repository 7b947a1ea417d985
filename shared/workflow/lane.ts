/**
 * Lane execution: makes the runs of one stack, one at a time, and remembers which run it gave to which intent, because
 * `runTrigger` has no idempotency key. With one unanswered trigger at most, whatever run appears in its window is its.
 */
import {
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { rethrowCancellation } from './failures.ts';
import { createLaneBook, type LaneBook } from './lane-book.ts';
import { serveRequest } from './lane-service.ts';
import {
  askForRun,
  assignRun,
  type LaneAnswer,
  type LaneInput,
  type LaneRequest,
  progressQuery,
} from './messages.ts';

export async function keepLane(input: LaneInput): Promise<void> {
  const book = createLaneBook(input.carried);
  const toAnswerAgain: LaneRequest[] = [];
  setHandler(askForRun, (request) => {
    if (book.answerTo(request.key) === undefined) book.enqueue(request);
    else toAnswerAgain.push(request);
  });
  setHandler(progressQuery, () => book.memory());

  const { laneIdleMs, doubtHorizonMs } = input.settings;
  const idleMs = Math.max(laneIdleMs, doubtHorizonMs);
  const hasWork = () => book.next() !== undefined || toAnswerAgain.length > 0;
  // Asked once more after the wait, so that an intent asking just then is not lost with the closing execution.
  while ((await condition(hasWork, idleMs)) || hasWork()) {
    await answerAgain(toAnswerAgain, book);
    const request = book.next();
    if (request !== undefined) {
      const answer = await serveRequest(request, input, book);
      book.answer(request, answer);
      await tell(request, answer);
    }
    if (workflowInfo().continueAsNewSuggested && toAnswerAgain.length === 0)
      await continueAsNew<(input: LaneInput) => Promise<void>>({
        ...input,
        carried: book.memory(),
      });
  }
}

async function answerAgain(requests: LaneRequest[], book: LaneBook): Promise<void> {
  for (const request of requests.splice(0)) {
    const answer = book.answerTo(request.key);
    if (answer !== undefined) await tell(request, answer);
  }
}

/** An intent that was cancelled meanwhile cannot be told; its run stays assigned to it. */
async function tell(request: LaneRequest, answer: LaneAnswer): Promise<void> {
  try {
    await getExternalWorkflowHandle(request.executionId).signal(assignRun, answer);
  } catch (error) {
    rethrowCancellation(error);
    log.warn('intent could not be told its run', { intent: request.executionId });
  }
}
