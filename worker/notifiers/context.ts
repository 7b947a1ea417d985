/** What notifiers are built with. */
import { latestTrackedRun } from '../../shared/activities/spacelift/latest-tracked-run.ts';
import type { SpaceliftClients } from '../../shared/activities/spacelift-activities.ts';
import { createGuardedFetch } from '../outgoing/guarded-fetch.ts';
import type { NotifierContext } from './definition.ts';

/** Below what the activity gets, so that the failure is told and not a time-out. */
const DEADLINE_MS = 15_000;

export type NotifierContextOptions = Pick<NotifierContext, 'env' | 'log' | 'guard'> & {
  readonly clientOf: SpaceliftClients;
  readonly namespace: string;
  /** Of Temporal's UI; undefined where there is none to link to. */
  readonly uiUrl: string | undefined;
};

export const createNotifierContext = ({
  env,
  log,
  clientOf,
  namespace,
  uiUrl,
  guard,
}: NotifierContextOptions): NotifierContext => ({
  env,
  log,
  fetch: createGuardedFetch({ guard, deadlineMs: DEADLINE_MS }),
  guard,
  executionPage(executionId) {
    if (uiUrl === undefined) return null;
    const path = ['namespaces', namespace, 'workflows', executionId].map(encodeURIComponent);
    return `${uiUrl.replace(/\/+$/, '')}/${path.join('/')}`;
  },
  latestTrackedRun: async (account, stackId) => latestTrackedRun(clientOf(account), stackId),
});
