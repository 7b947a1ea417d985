/**
 * What a lane does about open doubts: looks for late runs, gives each to an intent that waits for one like it, and reports,
 * or cancels, what belongs to nobody. Looks grow rarer up to the horizon, so that a doubt costs a handful of them.
 */
import { log } from '@temporalio/workflow';
import { spaceliftOf } from './activities.ts';
import { messageOf, rethrowCancellation } from './failures.ts';
import { accountFor, CLOCK_SKEW_MS, type LateRun } from './lane-runs.ts';
import { answerRequest, type Lane } from './lane-state.ts';
import type { Doubt, LaneRequest, RunWish } from './messages.ts';
import { extraNotice } from './notices.ts';
import type { FoundRun } from './ports.ts';
import { isAlike, wishOf } from './run-wish.ts';
import { tellPeople } from './tell-people.ts';

/** A doubt as it is opened; the looks of the settle time come first. */
export const doubtOf = (request: LaneRequest, since: number, { input }: Lane): Doubt => {
  const { settleMs, lane } = input.settings;
  const doubt = { since, key: request.key, ...wishOf(request) };
  if (lane === undefined) return doubt;
  const { traceId } = request;
  return { ...doubt, traceId, lookAt: Date.now() + 2 * settleMs, pauseMs: settleMs };
};

/** Null when nothing could be seen. */
export async function findRunsFor(
  wish: RunWish,
  since: number,
  lane: Lane,
  traceId: string | undefined,
): Promise<readonly FoundRun[] | null> {
  const { account, stackId, settings } = lane.input;
  const createdSince = since - CLOCK_SKEW_MS;
  try {
    const query = { account, stackId, ...wishOf(wish), createdSince };
    return await spaceliftOf(account, settings).findRuns(query);
  } catch (error) {
    rethrowCancellation(error);
    lane.lastError = messageOf(error);
    log.warn('lane could not look', { stackId, traceId, error: lane.lastError });
    return null;
  }
}

/** Whoever gets a late run is answered. One look does for all doubts alike; 0.1.0 took one for each. */
export async function lookForLateRuns(lane: Lane, wish: RunWish): Promise<void> {
  const { book, input } = lane;
  const { doubtHorizonMs } = input.settings;
  if (input.settings.lane === undefined) book.forgetDoubts(Date.now(), doubtHorizonMs);
  const alike = book.doubtsLike(wish);
  const groups = input.settings.lane === undefined ? alike.map((doubt) => [doubt]) : [alike];
  for (const doubts of groups) {
    const [oldest] = doubts;
    if (oldest === undefined) continue;
    const runs = (await findRunsFor(wish, oldest.since, lane, oldest.traceId)) ?? [];
    const requests = waitingFor(wish, lane);
    const late = accountFor(runs, doubts, requests, book);
    for (const each of late) await settleLateRun(each, lane);
    if (late.some(({ request }) => request !== null && request === requests[0])) return;
  }
  postponeLooks(lane, wish);
}

/** Of 0.1.0 only the one in hand. */
const waitingFor = (wish: RunWish, { book, input }: Lane): readonly LaneRequest[] =>
  (input.settings.lane === undefined ? book.queue().slice(0, 1) : book.queue()).filter(
    (request) => isAlike(request, wish) && !book.isWithdrawn(request.key),
  );

async function settleLateRun({ run, doubt, request }: LateRun, lane: Lane): Promise<void> {
  const { book } = lane;
  const { runId } = run;
  book.closeDoubt(doubt);
  if (request === null) {
    await reportExtra(run, doubt, lane);
    return;
  }
  const attempts = request === book.next() ? book.attempts() : 0;
  lane.lastRun = { runId, url: run.url ?? null };
  answerRequest(lane, request, { outcome: 'assigned', runId, attempts });
  log.info('late run assigned', { runId, intent: request.key, doubtOf: doubt.key });
}

/** Once a run, whatever becomes of the notice: the book says that it was dealt with. */
async function reportExtra(run: FoundRun, doubt: Doubt, lane: Lane): Promise<void> {
  const { account, stackId, settings } = lane.input;
  const { key: intent, traceId = '' } = doubt;
  const { runId } = run;
  log.warn('late run belongs to no intent', { stackId, runId, intent, traceId });
  if (settings.lane === undefined) return;
  lane.book.addExtra(runId);
  const isToCancel = settings.lane.cancelExtraRuns && run.state === 'QUEUED';
  const fate = isToCancel ? await cancelExtra(runId, lane, traceId) : 'it goes on';
  const text = `Run ${runId} of ${stackId} was made late for intent ${intent} and belongs to nobody: ${fate}`;
  const notice = extraNotice({ account, stackId }, run, text, traceId);
  await tellPeople(notice, settings).catch((error: unknown) => {
    rethrowCancellation(error);
    log.warn('extra run could not be reported', { runId, error: messageOf(error) });
  });
}

async function cancelExtra(runId: string, lane: Lane, traceId: string): Promise<string> {
  const { account, stackId, settings } = lane.input;
  try {
    const request = { account, stackId, runId, ending: 'cancel', traceId } as const;
    const outcome = await spaceliftOf(account, settings).endRun(request);
    if (outcome.kind === 'asked') return 'it was cancelled';
    if (outcome.kind === 'refused') return `it goes on (${outcome.reason})`;
    return `it may have been cancelled (${outcome.reason})`;
  } catch (error) {
    rethrowCancellation(error);
    return `it may have been cancelled (${messageOf(error)})`;
  }
}

/** The pause doubles; past the horizon the doubt is forgotten, but not before a last look. */
function postponeLooks({ book, input }: Lane, wish: RunWish): void {
  const { doubtHorizonMs, lane } = input.settings;
  const now = Date.now();
  if (lane === undefined) return;
  for (const doubt of book.doubtsLike(wish)) {
    const endsAt = doubt.since + doubtHorizonMs;
    const pauseMs = 2 * (doubt.pauseMs ?? input.settings.settleMs);
    const lookAt = Math.min(now + pauseMs, endsAt);
    if (now >= endsAt) book.closeDoubt(doubt);
    else book.changeDoubt(doubt, { ...doubt, pauseMs, lookAt });
  }
}

/** Epoch ms of the next look that nobody asks for; null without doubts. */
export function nextLookAt({ book }: Lane): number | null {
  const times = book.doubts().map(({ lookAt = 0 }) => lookAt);
  return times.length === 0 ? null : Math.min(...times);
}

export async function lookWhereDue(lane: Lane): Promise<void> {
  for (const doubt of lane.book.doubts()) {
    const isOpen = lane.book.doubts().includes(doubt);
    if (isOpen && (doubt.lookAt ?? 0) <= Date.now()) await lookForLateRuns(lane, doubt);
  }
}
