/** Settings for tests that start nothing. */
import { SEARCH_ATTRIBUTES } from '../../../shared/contract/names.ts';
import type { WorkflowSettings } from '../../../shared/workflow/settings.ts';

export const SETTINGS: WorkflowSettings = {
  retry: {
    maximumAttempts: 3,
    initialIntervalMs: 1000,
    backoffCoefficient: 2,
    maximumIntervalMs: 60_000,
  },
  settleMs: 30_000,
  looks: 2,
  doubtHorizonMs: 600_000,
  laneIdleMs: 600_000,
  silenceMs: 600_000,
  waitingSilenceMs: 3_600_000,
  watch: {
    remindAfterMs: 14_400_000,
    remindAtMostMs: 86_400_000,
    observedRunTypes: ['TRACKED', 'TASK', 'DESTROY'],
  },
  intents: {
    patienceMs: 3_600_000,
    deadlineMs: null,
    farewellMs: 300_000,
    causeDepthLimit: 5,
    cancelStopsRun: false,
  },
  lane: { leaveInDoubt: [], cancelExtraRuns: false },
  searchAttributes: Object.values(SEARCH_ATTRIBUTES),
};
