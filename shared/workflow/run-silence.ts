/**
 * Waits for news of a run. While nothing is heard one timer stands, which is neither cancelled nor set anew by what is
 * heard: when it fires it is looked up how long the silence has lasted. Real silence starts one activity that looks again
 * and again without a trace in the history, until there is news.
 */
import { CancellationScope, condition, isCancellation, sleep } from '@temporalio/workflow';
import { spaceliftOf } from './activities.ts';
import { type FollowedRun, noteError } from './followed-run.ts';
import type { RunFacts } from './ports.ts';
import { currentTransition, currentWait } from './progress.ts';
import { hasNews } from './run-signals.ts';
import { isNews, type Known } from './run-wait.ts';

type Watch = { readonly scope: CancellationScope; readonly known: Known | null };

export type Silence = {
  /** Returns with news, or when `dueAt` (epoch ms) has come; `wake` ends the wait for other reasons. */
  readonly next: (dueAt: number, wake: () => boolean) => Promise<void>;
  /** When Spacelift is asked if nothing is heard; null while it is being asked. */
  readonly endsAt: () => number | null;
};

export function createSilence(run: FollowedRun): Silence {
  let alarmAt: number | null = null;
  let watch: Watch | null = null;

  function setAlarm(at: number): void {
    if (!Number.isFinite(at) || (alarmAt !== null && alarmAt <= at)) return;
    alarmAt = at;
    const ring = () => {
      if (alarmAt === at) alarmAt = null;
    };
    // Only a cancelled execution gets no timer, and that ends at its own wait.
    void sleep(Math.max(1, at - Date.now()), { summary: 'Has nothing been heard?' }).then(
      ring,
      () => {},
    );
  }

  function startWatch(paceMs: number): void {
    const { account, stackId, runId, settings } = run.input;
    const known = knownOf(run);
    const request = { account, stackId, runId, known, traceId: run.traceId };
    const scope = new CancellationScope();
    const started: Watch = { scope, known };
    watch = started;
    const end = (news: RunFacts | null) => {
      run.heardAt = Date.now();
      if (watch === started) watch = null;
      if (news !== null) run.news.facts.push(news);
    };
    void scope
      .run(() => spaceliftOf(account, settings).watchRun(paceMs)(request))
      .then(end, (error: unknown) => {
        if (isCancellation(error)) return;
        noteError(run, 'Spacelift could not be watched', error);
        end(null);
      });
  }

  function endWatchIfMoved(): void {
    const known = knownOf(run);
    if (watch === null || known === null || !isNews(watch.known, known)) return;
    watch.scope.cancel();
    watch = null;
  }

  return {
    endsAt: () => (watch === null ? run.heardAt + silenceMsOf(run) : null),

    async next(dueAt, wake) {
      endWatchIfMoved();
      while (!hasNews(run.news) && !wake() && Date.now() < dueAt) {
        const paceMs = silenceMsOf(run);
        const endsAt = run.heardAt + paceMs;
        if (watch === null && endsAt <= Date.now()) startWatch(paceMs);
        setAlarm(watch === null ? Math.min(dueAt, endsAt) : dueAt);
        const [alarm, watched] = [alarmAt, watch];
        await condition(
          () => hasNews(run.news) || wake() || alarmAt !== alarm || watch !== watched,
        );
      }
    },
  };
}

/** Minutes while machines work, hours while it may take hours, for ever where a sweep will tell. */
function silenceMsOf(run: FollowedRun): number {
  const { silenceMs, waitingSilenceMs } = run.input.settings;
  if (isLeftToSweeps(run)) return Infinity;
  return currentWait(run.progress)?.isLong === true ? waitingSilenceMs : silenceMs;
}

/**
 * A sweep reads runs of the observed types only. It tells of a wait or an end that the execution does not show, which is
 * no help any more to one that shows a wait already: that asks for itself, and so does one whose run is held up.
 */
function isLeftToSweeps({ progress, told, input: { settings } }: FollowedRun): boolean {
  const { leavesSilenceToSweeps = false, observedRunTypes = [] } = settings.watch ?? {};
  if (!leavesSilenceToSweeps || told !== null || currentWait(progress) !== null) return false;
  return progress.runType !== null && observedRunTypes.includes(progress.runType);
}

function knownOf({ progress }: FollowedRun): Known | null {
  const current = currentTransition(progress);
  if (current === null) return null;
  return { state: current.state, stateVersion: current.stateVersion, hold: progress.hold };
}
