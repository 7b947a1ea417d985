/** Activities of propagations that call Temporal: verdicts to the registry, offers to propagations, intents in groups. */
import { activityInfo, heartbeat } from '@temporalio/activity';
import { SIGNALS, UPDATES } from '../contract/names.ts';
import type { OfferAnswer } from '../workflow/propagation-messages.ts';
import type { PropagationActivities } from '../workflow/propagation-ports.ts';
import { type ExecutionStart, startOfIntent, startOfRegistry } from '../workflow/start.ts';
import type { Executions, Reuse } from './execution-activities.ts';

/** The Temporal client, as far as propagations need it. */
export type PropagationExecutions = Pick<Executions, 'signalWithStart'> & {
  readonly start: (start: ExecutionStart, reuse: Reuse) => Promise<'started' | 'already-started'>;
  /** Null when the execution is not open. The same `updateId` is carried out once. */
  readonly update: <Answer>(
    executionId: string,
    update: { readonly name: string; readonly payload: unknown; readonly updateId: string },
  ) => Promise<Answer | null>;
};

/** At the server at the same time. */
const STARTS_AT_ONCE = 10;

export const createPropagationActivities = (
  executions: PropagationExecutions,
): PropagationActivities => ({
  async tellRegistry(told) {
    await executions.signalWithStart(
      startOfRegistry(told.verdict.account, told.settings),
      { name: SIGNALS.trackedVerdict, payload: told },
      'always',
    );
  },

  async offerToPropagation({ executionId, ...offer }) {
    const { workflowExecution, activityId } = activityInfo();
    const answer = await executions.update<OfferAnswer>(executionId, {
      name: UPDATES.offerVerdict,
      payload: offer,
      updateId: `${workflowExecution?.runId ?? ''}/${activityId}`,
    });
    return answer ?? 'gone';
  },

  async startRuns({ executionId, runs, traceId, settings }) {
    const waiting = [...runs];
    const startNext = async (): Promise<void> => {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
        const { event, nodeId } = run;
        const delivery = { key: event.key, deliveryId: event.key, traceId };
        const start = startOfIntent(event, delivery, settings, {
          propagation: { executionId, nodeId },
        });
        await executions.start(start, 'never');
        heartbeat();
      }
    };
    await Promise.all(Array.from({ length: STARTS_AT_ONCE }, startNext));
  },
});
