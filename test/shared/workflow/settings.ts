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
  searchAttributes: Object.values(SEARCH_ATTRIBUTES),
};
