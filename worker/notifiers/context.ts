/** What notifiers are built with. */
import { latestTrackedRun } from '../../shared/activities/spacelift/latest-tracked-run.ts';
import type { SpaceliftClients } from '../../shared/activities/spacelift-activities.ts';
import type { NotifierContext } from './definition.ts';

export type NotifierContextOptions = Pick<NotifierContext, 'env' | 'log'> & {
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
}: NotifierContextOptions): NotifierContext => ({
  env,
  log,
  fetch,
  executionPage(executionId) {
    if (uiUrl === undefined) return null;
    const path = ['namespaces', namespace, 'workflows', executionId].map(encodeURIComponent);
    return `${uiUrl.replace(/\/+$/, '')}/${path.join('/')}`;
  },
  latestTrackedRun: async (account, stackId) => latestTrackedRun(clientOf(account), stackId),
});
