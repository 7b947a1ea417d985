/**
 * The three signals about a run, as anybody may send them: starter, run execution, or a person with the Temporal CLI.
 * Handlers only collect; nothing sent can fail an execution.
 */
import { log, setHandler } from '@temporalio/workflow';
import type { DeliveredEvent, RunSignal, RunVerdict } from './messages.ts';
import { RUN_SIGNALS } from './messages.ts';

export type RunNews = {
  /** Pending events: signalled, not yet taken. */
  readonly events: DeliveredEvent[];
  verdict: RunVerdict | null;
  /** Set by a signal that carries nothing we can read: worth a look at Spacelift, no more. */
  isLookWanted: boolean;
};

export const hasNews = (news: RunNews): boolean =>
  news.events.length > 0 || news.verdict !== null || news.isLookWanted;

/** Takes all pending events, in the order of their stateVersion as far as known. */
export function takeEvents(news: RunNews): readonly DeliveredEvent[] {
  const versionOf = ({ event }: DeliveredEvent) => event.stateVersion ?? -1;
  return news.events.splice(0).sort((left, right) => versionOf(left) - versionOf(right));
}

/** Registers the handlers; call before the first await. */
export function collectRunNews(): RunNews {
  const news: RunNews = { events: [], verdict: null, isLookWanted: false };
  for (const signal of Object.values(RUN_SIGNALS)) {
    setHandler(signal, (payload: RunSignal | undefined) => {
      if (carriesEvents(payload)) {
        news.events.push(...payload.events);
      } else if (carriesVerdict(payload)) {
        news.verdict ??= payload.verdict;
      } else {
        log.warn('signal without a delivery key prompts a look', { signal: signal.name });
        news.isLookWanted = true;
      }
    });
  }
  return news;
}

type Loose = { readonly [key: string]: unknown };

const isLoose = (payload: unknown): payload is Loose =>
  typeof payload === 'object' && payload !== null;

const carriesEvents = (payload: unknown): payload is { events: readonly DeliveredEvent[] } =>
  isLoose(payload) &&
  Array.isArray(payload['events']) &&
  payload['events'].every(
    (delivered: unknown) =>
      isLoose(delivered) &&
      isLoose(delivered['delivery']) &&
      typeof delivered['delivery']['key'] === 'string' &&
      isLoose(delivered['event']) &&
      typeof delivered['event']['state'] === 'string',
  );

const carriesVerdict = (payload: unknown): payload is { verdict: RunVerdict } =>
  isLoose(payload) &&
  isLoose(payload['verdict']) &&
  typeof payload['verdict']['runId'] === 'string' &&
  typeof payload['verdict']['state'] === 'string' &&
  typeof payload['verdict']['outcome'] === 'string';
