/**
 * How a run execution reacts: plans what the rules want when its run waits or has ended, and has it carried out. It goes
 * on meanwhile: an outlet that is down holds up neither the run's news nor the intents that wait for its verdict.
 */
import { condition, isCancellation, log, workflowInfo } from '@temporalio/workflow';
import { parseExecutionId } from '../contract/ids.ts';
import { notify, planReactions } from './activities.ts';
import { carryOut, notifyRoute, type Reactor } from './carry-out.ts';
import { messageOf } from './failures.ts';
import type { FollowedRun } from './followed-run.ts';
import { wholeRunNotice } from './notices.ts';
import type { Notice } from './ports.ts';
import { currentTransition } from './progress.ts';
import { reactionOfRun } from './reaction-event.ts';
import type { PlannedAction, ReactionEvent } from './reactions.ts';
import { escalationsOf } from './run-reactions.ts';
import { traitsOf } from './run-traits.ts';
import { decideRun } from './run-updates.ts';

/** Where reminders of a wait go that no rule told of. */
const LOG_ROUTE = 'log';

/** Of what the run is in now; null while it goes on by itself. */
function eventOf(run: FollowedRun): ReactionEvent | null {
  const { intentKey } = traitsOf(run.progress);
  const attached = [...run.attached].flatMap((id) => parseExecutionId(id)?.key ?? []);
  return reactionOfRun(run.progress, {
    cause: run.cause,
    intentKeys: [...new Set([...(intentKey === null ? [] : [intentKey]), ...attached])],
    executionId: workflowInfo().workflowId,
    traceId: run.traceId,
  });
}

const TOPICS = {
  waiting: 'run-waiting',
  completed: 'run-completed',
  failed: 'run-failed',
  ended: 'run-ended',
} as const;

const noticeOf = (run: FollowedRun, on: keyof typeof TOPICS): Notice =>
  wholeRunNotice(TOPICS[on], run.progress, run.traceId);

function reactorOf(run: FollowedRun, event: ReactionEvent, notice: Notice): Reactor {
  const { settings } = run.input;
  return {
    event,
    settings,
    recorder: run.recorder,
    notice,
    receipts: run.reactions.receipts,
    decide: (decision, stateVersion, note) =>
      decideRun(run, decision, { stateVersion, ...(note !== null && { note }) }),
  };
}

/** Not awaited where it is called; `untilReacted` is. */
export function reactToWait(run: FollowedRun): void {
  run.reactions.routes = [];
  void inBackground(run, 'waiting', async (reactor) => {
    const { actions } = await planReactions(reactor.event);
    const { state, stateVersion } = reactor.event;
    const now = actions.filter(({ afterMs }) => afterMs === 0);
    run.reactions.routes = routesOf(now);
    run.reactions.escalations = actions
      .filter(({ afterMs }) => afterMs > 0)
      .map((action) => ({ action, state, stateVersion, dueAt: Date.now() + action.afterMs }));
    await carryOut(now, reactor);
  });
}

/** Answers what the plan wants for the stacks below, once that is known. */
export function reactToEnd(
  run: FollowedRun,
  triggerDependents?: () => Promise<string | null>,
): Promise<void> {
  const on = eventOf(run)?.on;
  if (on !== 'completed' && on !== 'failed' && on !== 'ended') return Promise.resolve();
  return inBackground(run, on, async (reactor) => {
    const { actions } = await planReactions(reactor.event);
    await carryOut(actions, { ...reactor, ...(triggerDependents && { triggerDependents }) });
  });
}

async function inBackground(
  run: FollowedRun,
  on: keyof typeof TOPICS,
  react: (reactor: Reactor) => Promise<void>,
): Promise<void> {
  const event = eventOf(run);
  if (event === null) return;
  const notice = noticeOf(run, on);
  run.reactions.running += 1;
  try {
    await react(reactorOf(run, event, notice));
  } catch (error) {
    // Whoever waits for the execution is cancelled, too, and says so.
    if (isCancellation(error)) return;
    log.error('reactions could not be planned', { error: messageOf(error), traceId: run.traceId });
    await run.recorder.carryOut(`notify ${event.state}`, () => notify(notice)).catch(() => {});
  } finally {
    run.reactions.running -= 1;
  }
}

export const untilReacted = (run: FollowedRun): Promise<void> =>
  condition(() => run.reactions.running === 0);

/** Epoch ms of what is next done about a wait that goes on; Infinity when nothing is. */
export const escalatesAt = ({ reactions, progress }: FollowedRun): number =>
  Math.min(Infinity, ...escalationsOf(reactions, progress).map(({ dueAt }) => dueAt));

/** Does what is due, if anything is. */
export function escalate(run: FollowedRun): void {
  const current = escalationsOf(run.reactions, run.progress);
  const due = current.filter(({ dueAt }) => dueAt <= Date.now()).map(({ action }) => action);
  if (due.length === 0) return;
  run.reactions.escalations = current.filter(({ action }) => !due.includes(action));
  run.reactions.routes = [...new Set([...run.reactions.routes, ...routesOf(due)])];
  void inBackground(run, 'waiting', async (reactor) => {
    await carryOut(due, reactor);
  });
}

/** Through the routes that were told of the wait. */
export function remindByRoutes(run: FollowedRun, reminder: number): void {
  const { routes, receipts } = run.reactions;
  const state = currentTransition(run.progress)?.state ?? '';
  const notice = { ...noticeOf(run, 'waiting'), reminder };
  void inBackground(run, 'waiting', async ({ recorder, event }) => {
    const told = routes.length === 0 ? [LOG_ROUTE] : routes;
    await Promise.all(
      told.map((route) => {
        const key = `${event.executionId}/reminder:${route}/${state}/${event.stateVersion ?? ''}/${reminder}`;
        return recorder.carryOutFor(
          { rule: 'reminder', action: `remind ${state} ${reminder}`, about: route },
          () => notifyRoute(route, key, { notice, receipts }),
        );
      }),
    );
  });
}

const routesOf = (actions: readonly PlannedAction[]): readonly string[] =>
  actions.flatMap((action) => (action.action === 'notify' ? [action.route] : []));
