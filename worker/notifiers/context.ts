/** What notifiers are built with. */
import type { Executions } from '../../shared/activities/execution-activities.ts';
import { latestTrackedRun } from '../../shared/activities/spacelift/latest-tracked-run.ts';
import type { SpaceliftClients } from '../../shared/activities/spacelift-activities.ts';
import { SIGNALS } from '../../shared/contract/names.ts';
import { startOfDigest } from '../../shared/workflow/start.ts';
import type { WorkerConfig } from '../config.ts';
import { createAddressGuard } from '../outgoing/address-guard.ts';
import { createGuardedFetch } from '../outgoing/guarded-fetch.ts';
import type { RoutesContext } from './routes.ts';

/** Below what the activity gets, so that the failure is told and not a time-out. */
const DEADLINE_MS = 15_000;

export type NotifierContextDeps = Pick<RoutesContext, 'log'> & {
  readonly executions: Pick<Executions, 'signalWithStart'>;
  readonly clientOf: SpaceliftClients;
  readonly namespace: string;
};

/** Secrets are read from the environment of the process, by the names that routes give. */
export function createNotifierContext(
  { outgoing, temporalUiUrl }: Pick<WorkerConfig, 'outgoing' | 'temporalUiUrl'>,
  { log, executions, clientOf, namespace }: NotifierContextDeps,
): RoutesContext {
  const guard = createAddressGuard(outgoing);
  return {
    env: process.env,
    log,
    fetch: createGuardedFetch({ guard, deadlineMs: DEADLINE_MS }),
    guard,
    executionPage(executionId) {
      if (temporalUiUrl === undefined) return null;
      const path = ['namespaces', namespace, 'workflows', executionId].map(encodeURIComponent);
      return `${temporalUiUrl.replace(/\/+$/, '')}/${path.join('/')}`;
    },
    async hold(route, held) {
      const signal = { name: SIGNALS.holdNotice, payload: held };
      await executions.signalWithStart(startOfDigest(route), signal, 'always');
    },
    latestTrackedRun: async (account, stackId) => latestTrackedRun(clientOf(account), stackId),
  };
}
