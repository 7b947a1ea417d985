/**
 * What a sweep makes of the runs and webhooks it sees: whose execution may not know, whom to tell, what to remember. Pure.
 * A run whose news did come by webhook costs nothing but a look at its execution, and that only when it is new or over.
 */
import { eventTypeOfState, isTerminalState } from '../contract/states.ts';
import type { KnownWebhook, OpenRun, SweepInput, SweepMemory } from './sweep-messages.ts';
import type { ListedRun, RunTelling, WebhookState } from './ports.ts';
import type { WorkflowSettings } from './settings.ts';
import { horizonAfter, type Sighted } from './sweep-reading.ts';

/** Spacelift tells times in whole seconds. */
const SECOND_MS = 1000;

/** Of open runs, and of ended ones. What is forgotten is looked at again, or left to its execution's own poll. */
const REMEMBERED_LIMIT = 500;

export type SweepDecision = {
  readonly tellings: readonly RunTelling[];
  readonly openRuns: readonly OpenRun[];
  readonly settledRuns: readonly string[];
  /** Runs that ended too long ago to be reacted to. */
  readonly tooOld: number;
};

export const firstMemory = (since: number): SweepMemory => ({
  sweptAt: since,
  readBackTo: horizonAfter(since),
  openRuns: [],
  settledRuns: [],
  unread: { recent: null, open: null },
  webhooks: [],
});

type SweepRules = Pick<SweepInput, 'since' | 'windowMs'> & {
  readonly settings?: Pick<WorkflowSettings, 'watch'>;
};

export function decideSweep(
  memory: SweepMemory,
  { recent, open, isOpenComplete }: Sighted,
  { since, windowMs, settings }: SweepRules,
  sweptAt: number,
): SweepDecision {
  const known = new Map(memory.openRuns.map((run) => [run.runId, run]));
  const settled = new Set(memory.settledRuns);
  const seen = newestSight([...open, ...recent]);
  const reactsSince = Math.max(since, sweptAt - windowMs) - SECOND_MS;
  const hasNews = ({ runId, state, endedAt }: ListedRun) => {
    const before = known.get(runId);
    if (endedAt !== null) return !settled.has(runId);
    return before === undefined || (before.state !== state && isWaiting(state));
  };
  const looksIntoQueue = settings?.watch?.leavesSilenceToSweeps === true;
  const isStuck = ({ runId, state }: ListedRun) =>
    looksIntoQueue && state === 'QUEUED' && known.get(runId)?.state === state;
  const becomesStuck = (run: ListedRun) => isStuck(run) && known.get(run.runId)?.isStuck !== true;
  const isTooOld = ({ runId, endedAt }: ListedRun) =>
    endedAt !== null && endedAt < reactsSince && !known.has(runId);

  const news = [...seen.values()].filter((run) => hasNews(run) || becomesStuck(run));
  const isOpen = ({ endedAt }: ListedRun) => endedAt === null;
  const unseen = memory.openRuns.filter(({ runId }) => !seen.has(runId));
  const gone = isOpenComplete ? unseen : [];
  return {
    tellings: [
      ...news
        .filter((run) => !isTooOld(run))
        .map((run) => ({ ...tellingOf(run, reactsSince), ...(isStuck(run) && STUCK) })),
      ...gone.map(({ stackId, runId }) => ({ stackId, runId, state: null, mayStart: false })),
    ],
    openRuns: [
      ...[...seen.values()]
        .filter(isOpen)
        .map((run) => ({ ...openRunOf(run), ...(isStuck(run) && STUCK) })),
      ...(isOpenComplete ? [] : unseen),
    ].slice(0, REMEMBERED_LIMIT),
    settledRuns: [...seen.values()]
      .filter((run) => !isOpen(run) && run.createdAt >= horizonAfter(sweptAt))
      .map(({ runId }) => runId)
      .slice(0, REMEMBERED_LIMIT),
    tooOld: news.filter(isTooOld).length,
  };
}

const STUCK = { isStuck: true } as const;

const openRunOf = ({ stackId, runId, state }: ListedRun): OpenRun => ({ stackId, runId, state });

const isWaiting = (state: string): boolean => eventTypeOfState(state) === 'waiting';

/** Pages are read one after the other, so a run may be seen twice; one that was seen to have ended has. */
function newestSight(runs: readonly ListedRun[]): ReadonlyMap<string, ListedRun> {
  const seen = new Map<string, ListedRun>();
  for (const run of runs)
    if (run.endedAt !== null || !seen.has(run.runId)) seen.set(run.runId, run);
  return seen;
}

/** A run that ended while nobody swept for longer than the window may have an execution that Temporal forgot. */
const tellingOf = (
  { stackId, runId, state, endedAt }: ListedRun,
  reactsSince: number,
): RunTelling => ({
  stackId,
  runId,
  state,
  mayStart: endedAt === null || endedAt >= reactsSince,
});

/** Whether an execution that shows this state (null: none) should be told of the run. */
export const isNewsTo = (
  shownState: string | null,
  { state, isStuck = false }: RunTelling,
): boolean =>
  state === null || isStuck || isTerminalState(state) || (isWaiting(state) && state !== shownState);

export type WebhookDecision = {
  readonly webhook: KnownWebhook;
  /** What people must be told now, if anything. */
  readonly notice: 'webhook-disabled' | 'webhook-enabled' | null;
};

/** One notice when a webhook is seen not to be enabled, and one when it is again. */
export function decideWebhook(
  before: KnownWebhook | undefined,
  webhookId: string,
  state: WebhookState,
  now: number,
): WebhookDecision {
  const isTold = before?.isTold ?? false;
  const isEnabled = state === 'enabled';
  const lastEnabledAt = isEnabled ? now : (before?.lastEnabledAt ?? null);
  const notice = isEnabled === isTold ? (isEnabled ? 'webhook-enabled' : 'webhook-disabled') : null;
  return { webhook: { webhookId, state, lastEnabledAt, isTold }, notice };
}

export const afterNotice = (webhook: KnownWebhook): KnownWebhook => ({
  ...webhook,
  isTold: webhook.state !== 'enabled',
});
