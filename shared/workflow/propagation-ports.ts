/** The activities of propagations that call Temporal itself. Stored in histories. Types only. */
import type { IntentEvent } from '../contract/events.ts';
import type { Offer, OfferAnswer, ToldVerdict } from './propagation-messages.ts';
import type { WorkflowSettings } from './settings.ts';

export type WantedRun = {
  readonly event: IntentEvent;
  readonly nodeId: string;
};

export type StartRunsRequest = {
  /** Whom the intents tell when they end without a run. */
  readonly executionId: string;
  readonly runs: readonly WantedRun[];
  readonly traceId: string;
  readonly settings: WorkflowSettings;
};

export type PropagationActivities = {
  /** Starts the registry of the account if it is not open. */
  tellRegistry(told: ToldVerdict): Promise<void>;
  /** `gone` when the propagation is over. */
  offerToPropagation(
    offer: Offer & { readonly executionId: string },
  ): Promise<OfferAnswer | 'gone'>;
  /** Starts the intents, many in one activity: one by one they would fill the history. */
  startRuns(request: StartRunsRequest): Promise<void>;
};
