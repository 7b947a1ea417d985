/** What the recorded executions are started with: everything that may be on is on, so that every way is gone. */
import type { Reactor } from '../../../shared/activities/reaction-activities.ts';
import type {
  IntentSettings,
  LaneSettings,
  WatchSettings,
  WorkflowSettings,
} from '../../../shared/workflow/settings.ts';
import { SETTINGS } from '../../workflow/harness.ts';
import { reactorOf } from '../../workflow/reactor.ts';

export const RECORDED: WorkflowSettings = {
  ...SETTINGS,
  reactions: true,
  propagation: {
    nativeEdges: 'adopt',
    onlyIfChanged: false,
    runsLimit: null,
    poolLimits: [],
    windows: [],
    resumableMs: 2000,
    registryIdleMs: 2000,
  },
};

type Changes = {
  readonly watch?: Partial<WatchSettings>;
  readonly intents?: Partial<IntentSettings>;
  readonly lane?: Partial<LaneSettings>;
};

export const recordedWith = ({ watch, intents, lane }: Changes): WorkflowSettings => ({
  ...RECORDED,
  watch: { remindAfterMs: 60_000, remindAtMostMs: 60_000, observedRunTypes: ['TRACKED'], ...watch },
  intents: {
    patienceMs: 20_000,
    deadlineMs: null,
    farewellMs: 10_000,
    causeDepthLimit: 5,
    cancelStopsRun: false,
    ...intents,
  },
  lane: { leaveInDoubt: [], cancelExtraRuns: false, ...lane },
});

/** Rules of all kinds, each for the stack of a path; those without one are the usual ones. */
export const RULES: Reactor = reactorOf(
  [
    { id: 'dependents', on: 'completed', do: { triggerDependents: true } },
    { id: 'tell', on: ['failed', 'waiting'], do: { notify: 'log' } },
    {
      id: 'confirm',
      on: 'waiting',
      where: { stack: 'is-confirmed-by-rule' },
      do: { confirm: true },
    },
    {
      id: 'escalate',
      on: 'waiting',
      after: '1s',
      where: { stack: 'is-escalated' },
      do: { notify: 'log', discard: true },
    },
    {
      id: 'retry',
      on: 'failed',
      where: { stack: 'is-retried' },
      do: { retryRun: { attempts: 1, backoff: { first: '1s', factor: 1 } } },
    },
    {
      id: 'next',
      on: 'completed',
      where: { stack: 'triggers-another' },
      do: { triggerStack: { stack: 'is-triggered' } },
    },
  ],
  { log: { to: 'log', default: true } },
);
