/** What a lane keeps: queue, answers and doubts. Pure, and carried over continue-as-new as plain data. */
import type { Doubt, LaneAnswer, LaneMemory, LaneRequest } from './messages.ts';

/** Intents ask again after minutes at most, so an answer older than this many others is never asked for. */
const ANSWERS_LIMIT = 500;

export type LaneBook = {
  readonly enqueue: (request: LaneRequest) => void;
  readonly next: () => LaneRequest | undefined;
  readonly answerTo: (key: string) => LaneAnswer | undefined;
  /** Takes the request off the queue. */
  readonly answer: (request: LaneRequest, answer: LaneAnswer) => void;
  readonly isAssigned: (runId: string) => boolean;
  readonly openDoubt: (doubt: Doubt) => void;
  /** A doubt accounts for one run at most: found, it is closed. */
  readonly closeDoubt: (doubt: Doubt) => void;
  /** Doubts younger than the horizon, oldest first; the others are forgotten. */
  readonly doubts: (now: number, horizonMs: number) => readonly Doubt[];
  readonly memory: () => LaneMemory;
};

export function createLaneBook(carried?: LaneMemory): LaneBook {
  const queue = [...(carried?.queue ?? [])];
  const answers = new Map(carried?.answers);
  let doubts = [...(carried?.doubts ?? [])];
  return {
    enqueue(request) {
      if (!queue.some(({ key }) => key === request.key)) queue.push(request);
    },
    next: () => queue[0],
    answerTo: (key) => answers.get(key),
    answer(request, answer) {
      queue.splice(0, queue.length, ...queue.filter(({ key }) => key !== request.key));
      answers.set(request.key, answer);
      const [oldest] = answers.keys();
      if (answers.size > ANSWERS_LIMIT && oldest !== undefined) answers.delete(oldest);
    },
    isAssigned: (runId) =>
      [...answers.values()].some(
        (answer) => answer.outcome === 'assigned' && answer.runId === runId,
      ),
    openDoubt(doubt) {
      doubts = [...doubts, doubt];
    },
    closeDoubt(doubt) {
      doubts = doubts.filter((open) => open !== doubt);
    },
    doubts(now, horizonMs) {
      doubts = doubts.filter(({ since }) => now - since <= horizonMs);
      return doubts;
    },
    memory: () => ({ queue: [...queue], answers: [...answers], doubts: [...doubts] }),
  };
}
