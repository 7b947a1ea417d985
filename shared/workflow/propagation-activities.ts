/** Options of the activities of propagations: all may be repeated, each knows what was done before. */
import { proxyActivities } from '@temporalio/workflow';
import type { PropagationActivities } from './propagation-ports.ts';

const UNTIL_IT_WORKS = {
  initialInterval: '500 milliseconds',
  backoffCoefficient: 2,
  maximumInterval: '30 seconds',
} as const;

export const { tellRegistry, offerToPropagation } = proxyActivities<
  Pick<PropagationActivities, 'tellRegistry' | 'offerToPropagation'>
>({ startToCloseTimeout: '15 seconds', retry: UNTIL_IT_WORKS });

export const { startRuns } = proxyActivities<Pick<PropagationActivities, 'startRuns'>>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '15 seconds',
  retry: UNTIL_IT_WORKS,
});
