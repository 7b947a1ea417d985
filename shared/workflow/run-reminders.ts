/**
 * Tells people that a run waits for them, and reminds them: once when the wait begins, then in growing intervals, for as
 * long as it takes. A wait never times out.
 */
import { notify } from './activities.ts';
import type { FollowedRun } from './followed-run.ts';
import { runNotice } from './notices.ts';
import { currentTransition, currentWait } from './progress.ts';
import { escalate, escalatesAt, reactToWait, remindByRoutes } from './react.ts';
import { showWaiting } from './visibility.ts';

export async function tellWaiting(run: FollowedRun, state: string): Promise<void> {
  showWaiting(state, run.input.settings);
  run.told = { at: Date.now(), reminders: 0 };
  if (!isOfInterest(run)) return;
  if (run.input.settings.reactions === true) {
    reactToWait(run);
    return;
  }
  await run.recorder.carryOut(`notify ${state}`, () =>
    notify(runNotice('run-waiting', run.progress, run.traceId)),
  );
}

/** Epoch ms of the next reminder; Infinity when none is due. */
function remindsAt({ progress, told, input }: FollowedRun): number {
  const { watch } = input.settings;
  if (watch === undefined || watch.remindAfterMs === 0 || told === null) return Infinity;
  if (currentWait(progress)?.isForPerson !== true) return Infinity;
  const { remindAfterMs, remindAtMostMs } = watch;
  return told.at + Math.min(remindAfterMs * 2 ** told.reminders, remindAtMostMs);
}

/** Epoch ms of whatever is next done about a wait; Infinity when nothing is. */
export const actsAt = (run: FollowedRun): number => Math.min(remindsAt(run), escalatesAt(run));

/** Does what is due about a wait, if anything is. */
export async function actOnWait(run: FollowedRun): Promise<void> {
  escalate(run);
  if (remindsAt(run) <= Date.now()) await remind(run);
}

async function remind(run: FollowedRun): Promise<void> {
  const reminder = (run.told?.reminders ?? 0) + 1;
  run.told = { at: Date.now(), reminders: reminder };
  const state = currentTransition(run.progress)?.state ?? '';
  if (!isOfInterest(run)) return;
  if (run.input.settings.reactions === true) {
    remindByRoutes(run, reminder);
    return;
  }
  await run.recorder.carryOut(`remind ${state} ${reminder}`, () =>
    notify({ ...runNotice('run-waiting', run.progress, run.traceId), reminder }),
  );
}

/**
 * Whether people want to hear of it: a run that was followed because its payload had no type may turn out to be of one
 * that nobody asked to observe, and then matters only to an intent that made it.
 */
export function isOfInterest({ progress: { runType }, attached, input }: FollowedRun): boolean {
  const observed = input.settings.watch?.observedRunTypes;
  return (
    observed === undefined || runType === null || observed.includes(runType) || attached.size > 0
  );
}
