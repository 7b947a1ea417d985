/** In the workflow bundle of a test: what is lost with a worker is missed after a second, not after a minute. */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

const SOON_MS = 1500;
const AGAIN_MS = 100;

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity: (input, next) =>
        next({
          ...input,
          options: {
            ...input.options,
            startToCloseTimeout: SOON_MS,
            retry: { ...input.options.retry, initialInterval: AGAIN_MS, maximumInterval: AGAIN_MS },
          },
        }),
    },
  ],
});
