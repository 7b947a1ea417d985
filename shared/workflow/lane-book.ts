/**
 * What a lane keeps: queue, answers, doubts, and runs that belong to nobody. Pure, and carried over continue-as-new as
 * plain data.
 */
import type { Doubt, LaneAnswer, LaneMemory, LaneRequest, RunOwner, RunWish } from './messages.ts';
import { isAlike } from './run-wish.ts';

/** Intents ask again after minutes at most, so an answer older than this many others is never asked for. */
const ANSWERS_LIMIT = 500;

/** The same for runs that belong to nobody, and for hints whose run is whose. */
const RUNS_LIMIT = 500;

export type LaneBook = {
  readonly enqueue: (request: LaneRequest) => void;
  readonly next: () => LaneRequest | undefined;
  readonly queue: () => readonly LaneRequest[];
  readonly answerTo: (key: string) => LaneAnswer | undefined;
  /** Takes the request off the queue. */
  readonly answer: (request: Pick<LaneRequest, 'key'>, answer: LaneAnswer) => void;
  /** How often a run was tried for, for the first in the queue. */
  readonly attempts: () => number;
  readonly countAttempt: () => number;
  /** What is waited before the next attempt for the first in the queue. */
  readonly noteWait: (ms: number) => void;
  readonly waits: () => readonly number[];
  /** A request in the queue that nobody wants any more; what is under way for it is finished. */
  readonly withdraw: (key: string) => void;
  readonly isWithdrawn: (key: string) => boolean;
  /** Given to an intent, or found to belong to none. */
  readonly isTaken: (runId: string) => boolean;
  readonly openDoubt: (doubt: Doubt) => void;
  /** A doubt accounts for one run at most: found, it is closed. */
  readonly closeDoubt: (doubt: Doubt) => void;
  readonly changeDoubt: (doubt: Doubt, changed: Doubt) => void;
  /** Oldest first. */
  readonly doubts: () => readonly Doubt[];
  readonly doubtsLike: (wish: RunWish) => readonly Doubt[];
  /** Forgets doubts older than the horizon. */
  readonly forgetDoubts: (now: number, horizonMs: number) => void;
  readonly addExtra: (runId: string) => void;
  /** Kept only while the intent is in the queue or in doubt; everything else is known already, or never asked for. */
  readonly hint: (owner: RunOwner) => void;
  readonly ownerOf: (runId: string) => string | undefined;
  /** Whether a run was named for the intent that it has not been given yet. */
  readonly hasHint: (key: string) => boolean;
  readonly memory: () => LaneMemory;
};

export function createLaneBook(carried?: LaneMemory): LaneBook {
  let queue = [...(carried?.queue ?? [])];
  let doubts = [...(carried?.doubts ?? [])];
  const { endTrial, ...trial } = createTrial(carried);
  const answers = new Map(carried?.answers);
  const withdrawn = new Set(carried?.withdrawn);
  const isQueued = (wanted: string) => queue.some(({ key }) => key === wanted);
  const runs = createKnownRuns(carried, {
    isGiven: (runId) =>
      [...answers.values()].some(
        (answer) => answer.outcome === 'assigned' && answer.runId === runId,
      ),
    isOpen: (key) => isQueued(key) || doubts.some((doubt) => doubt.key === key),
  });

  return {
    ...runs,
    ...trial,
    enqueue(request) {
      if (!isQueued(request.key)) queue.push(request);
    },
    next: () => queue[0],
    queue: () => queue,
    answerTo: (key) => answers.get(key),
    answer({ key }, answer) {
      if (queue[0]?.key === key) endTrial();
      queue = queue.filter((request) => request.key !== key);
      withdrawn.delete(key);
      answers.set(key, answer);
      forgetOldest(answers, ANSWERS_LIMIT);
    },
    withdraw: (key) => void withdrawn.add(key),
    isWithdrawn: (key) => withdrawn.has(key),
    openDoubt(doubt) {
      doubts = [...doubts, doubt];
    },
    closeDoubt(doubt) {
      doubts = doubts.filter((open) => open !== doubt);
    },
    changeDoubt(doubt, changed) {
      doubts = doubts.map((open) => (open === doubt ? changed : open));
    },
    doubts: () => doubts,
    doubtsLike: (wish) => doubts.filter((doubt) => isAlike(doubt, wish)),
    forgetDoubts(now, horizonMs) {
      doubts = doubts.filter(({ since }) => now - since <= horizonMs);
    },
    memory: () => ({
      queue: [...queue],
      answers: [...answers],
      doubts: [...doubts],
      withdrawn: [...withdrawn],
      ...trial.memory(),
      ...runs.memory(),
    }),
  };
}

/** How often a run was tried for, for the first in the queue, and what was waited in between. */
function createTrial(carried: LaneMemory | undefined) {
  let attempts = carried?.attempts ?? 0;
  let waits = carried?.retriedAfterMs ?? [];
  return {
    attempts: () => attempts,
    countAttempt: () => (attempts += 1),
    noteWait(ms: number): void {
      waits = [...waits, ms];
    },
    waits: () => waits,
    endTrial: (): void => {
      attempts = 0;
      waits = [];
    },
    memory: () => ({ attempts, retriedAfterMs: waits }),
  };
}

/** What is known of runs beside the answers: which are extras, and whose some are said to be. */
function createKnownRuns(
  carried: LaneMemory | undefined,
  { isGiven, isOpen }: { isGiven: (runId: string) => boolean; isOpen: (key: string) => boolean },
) {
  const extras = new Set(carried?.extras);
  const owners = new Map(carried?.owners?.map(({ runId, key }) => [runId, key]));
  const isTaken = (runId: string): boolean => extras.has(runId) || isGiven(runId);
  return {
    isTaken,
    addExtra(runId: string): void {
      extras.add(runId);
      forgetOldest(extras, RUNS_LIMIT);
    },
    hint({ runId, key }: RunOwner): void {
      if (!isOpen(key)) return;
      owners.set(runId, key);
      forgetOldest(owners, RUNS_LIMIT);
    },
    ownerOf: (runId: string): string | undefined => owners.get(runId),
    hasHint: (key: string): boolean =>
      [...owners].some(([runId, owner]) => owner === key && !isTaken(runId)),
    memory: () => ({
      extras: [...extras],
      owners: [...owners].map(([runId, key]) => ({ runId, key })),
    }),
  };
}

function forgetOldest(
  kept: { readonly size: number; keys: () => Iterator<string>; delete: (key: string) => boolean },
  limit: number,
): void {
  const oldest = kept.keys().next();
  if (kept.size > limit && oldest.done !== true) kept.delete(oldest.value);
}
