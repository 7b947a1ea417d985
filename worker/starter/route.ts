/**
 * Which execution an event belongs to, and how it gets there. Pure. Events of one run in one batch travel in one signal:
 * one Temporal call an execution.
 */
import type { Reuse } from '../../shared/activities/execution-activities.ts';
import type { Envelope } from '../../shared/contract/envelope.ts';
import type { IntentEvent, RunEvent } from '../../shared/contract/events.ts';
import { laneExecutionId, runExecutionId } from '../../shared/contract/ids.ts';
import { isTerminalEventType } from '../../shared/contract/states.ts';
import { traceIdOf } from '../../shared/contract/trace.ts';
import { causeObstacle, causeOf, joinCauses } from '../../shared/workflow/cause.ts';
import { requestOf } from '../../shared/workflow/lane-request.ts';
import {
  type DeliveryFacts,
  type LaneRequest,
  type RunOwner,
  type RunSignal,
  signalFor,
} from '../../shared/workflow/messages.ts';
import { intentKeyOf } from '../../shared/workflow/run-metadata.ts';
import type { WorkflowSettings } from '../../shared/workflow/settings.ts';
import {
  type ExecutionStart,
  startOfEvent,
  startOfIntent,
  startOfLane,
  startOfRun,
} from '../../shared/workflow/start.ts';

type RunNews = {
  readonly event: RunEvent;
  readonly delivery: DeliveryFacts;
  readonly isRedelivery: boolean;
};

export type Route = {
  /** Ids of the envelopes that take this route. */
  readonly keys: readonly string[];
  readonly executionId: string;
} & (
  | {
      readonly by: 'signal-with-start';
      readonly start: ExecutionStart;
      readonly reuse: Reuse;
      readonly signal: { readonly name: string; readonly payload: RunSignal };
      /** Whose run it is, by the metadata it carries; for the stack's lane, and only with the first news of a run. */
      readonly owner: RunOwner | null;
      readonly laneId: string;
    }
  | {
      /** A run of a type nobody asked to observe: only an intent's own execution may be waiting for it. */
      readonly by: 'signal';
      readonly signal: { readonly name: string; readonly payload: RunSignal };
    }
  | {
      readonly by: 'start';
      readonly start: ExecutionStart;
      readonly reuse: Reuse;
      /** Of intents that get as far as their lane. */
      readonly ask: LaneAsk | null;
    }
);

/** What the lane of the stack is told as soon as the intent has been started, which saves the intent an activity. */
export type LaneAsk = {
  readonly lane: ExecutionStart;
  readonly requestAt: (askedAt: number) => LaneRequest;
};

export type Routing = {
  readonly settings: WorkflowSettings;
  readonly observedRunTypes: readonly string[];
};

const deliveryOf = ({ id, deliveryid, traceparent }: Envelope): DeliveryFacts => ({
  key: id,
  deliveryId: deliveryid,
  traceId: traceIdOf(traceparent),
});

/** Only an operator's redelivery may start anew what failed; Spacelift's own retry says nothing about that. */
const reuseFor = (isRedelivery: boolean): Reuse => (isRedelivery ? 'after-failure' : 'never');

/** In the order in which the first event of each execution stands in the batch. */
export function routeBatch(envelopes: readonly Envelope[], routing: Routing): readonly Route[] {
  const runs = new Map<string, RunNews[]>();
  const routes: (() => Route)[] = [];
  for (const envelope of envelopes) {
    const event = envelope.data;
    const delivery = deliveryOf(envelope);
    const isRedelivery = envelope.redelivery > 0;
    if (event.about !== 'run') {
      routes.push(() => routeSingle(event, delivery, reuseFor(isRedelivery), routing));
      continue;
    }
    const executionId = runExecutionId(event.account, event.stackId, event.runId);
    const news = runs.get(executionId);
    if (news === undefined) {
      const first = [{ event, delivery, isRedelivery }];
      runs.set(executionId, first);
      routes.push(() => routeRun(executionId, first, routing));
    } else news.push({ event, delivery, isRedelivery });
  }
  return routes.map((route) => route());
}

function routeSingle(
  event: Exclude<Envelope['data'], RunEvent>,
  delivery: DeliveryFacts,
  reuse: Reuse,
  { settings }: Routing,
): Route {
  if (event.about === 'intent')
    return routeIntent(withWholeCause(event), delivery, reuse, settings);
  const start = startOfEvent(event, delivery, settings);
  const { workflowId: executionId } = start;
  return { by: 'start', keys: [delivery.key], executionId, start, reuse, ask: null };
}

function routeIntent(
  event: IntentEvent,
  delivery: DeliveryFacts,
  reuse: Reuse,
  settings: WorkflowSettings,
): Route {
  const ask = askFor(event, delivery, settings);
  const start = startOfIntent(event, delivery, settings, ask === null ? {} : { isAsked: true });
  const { workflowId: executionId } = start;
  return { by: 'start', keys: [delivery.key], executionId, start, reuse, ask };
}

/** Null for one that its own execution refuses. */
function askFor(
  event: IntentEvent,
  delivery: DeliveryFacts,
  settings: WorkflowSettings,
): LaneAsk | null {
  const { intents } = settings;
  if (intents === undefined) return null;
  const { stackId, cause = [] } = event;
  if (causeObstacle(stackId, cause, intents.causeDepthLimit) !== null) return null;
  return {
    lane: startOfLane(event, settings),
    requestAt: (askedAt) => requestOf(event, delivery, settings, askedAt),
  };
}

/** A policy that hands a run's metadata on, beside the stack it looks at, hands its cause on. */
function withWholeCause(event: IntentEvent): IntentEvent {
  const chain = causeOf(event.metadata ?? []);
  return chain.length === 0
    ? event
    : { ...event, cause: [...joinCauses(chain, event.cause ?? [])] };
}

function routeRun(
  executionId: string,
  news: readonly RunNews[],
  { settings, observedRunTypes }: Routing,
): Route {
  const events = news.map(({ event, delivery }) => ({ event, delivery }));
  const keys = events.map(({ delivery }) => delivery.key);
  const decisive = events.find(({ event }) => isTerminalEventType(event.type)) ?? events.at(-1);
  const signal = {
    name: signalFor(decisive?.event.type ?? 'progressed').name,
    payload: { events },
  };
  const runType = events.find(({ event }) => event.runType !== null)?.event.runType ?? null;
  const [first] = events;
  if (first === undefined || (runType !== null && !observedRunTypes.includes(runType)))
    return { by: 'signal', keys, executionId, signal };
  const start = startOfRun(first.event, settings, first.event);
  const reuse = reuseFor(news.some(({ isRedelivery }) => isRedelivery));
  const { account, stackId } = first.event;
  const laneId = laneExecutionId(account, stackId);
  const owner = ownerOf(news);
  return { by: 'signal-with-start', keys, executionId, start, signal, reuse, owner, laneId };
}

/** Only an API key sends our metadata; of a run that a person retried it would be the intent's of the run before. */
function ownerOf(news: readonly RunNews[]): RunOwner | null {
  for (const { event } of news) {
    const key = event.triggeredBy?.kind === 'api-key' ? intentKeyOf(event.userMetadata) : null;
    if (key !== null) return { runId: event.runId, key };
  }
  return null;
}
