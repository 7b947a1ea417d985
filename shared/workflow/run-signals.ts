/**
 * The three signals about a run, as anybody may send them: starter, run execution, or a person with the Temporal CLI.
 * Handlers only collect; nothing sent can fail an execution.
 */
import { log, setHandler } from '@temporalio/workflow';
import type { DeliveredEvent, RunRef, RunSignal, RunVerdict } from './messages.ts';
import { RUN_SIGNALS } from './messages.ts';
import type { RunFacts } from './ports.ts';
import { readSignal } from './read-signal.ts';
import type { Pending } from './run-memory.ts';

export type RunNews = {
  /** Pending events: signalled, not yet taken. */
  readonly events: DeliveredEvent[];
  /** What Spacelift said while nobody was waiting for it. */
  readonly facts: RunFacts[];
  verdict: RunVerdict | null;
  /** Set by a signal that carries nothing we can read: worth a look at Spacelift, no more. */
  isLookWanted: boolean;
};

export const hasNews = (news: RunNews): boolean =>
  news.events.length > 0 || news.facts.length > 0 || news.verdict !== null || news.isLookWanted;

/** Takes all pending events, in the order of their stateVersion as far as known. */
export function takeEvents(news: RunNews): readonly DeliveredEvent[] {
  const versionOf = ({ event }: DeliveredEvent) => event.stateVersion ?? -1;
  return news.events.splice(0).sort((left, right) => versionOf(left) - versionOf(right));
}

export const pendingOf = ({ events, facts, isLookWanted }: RunNews): Pending => ({
  events,
  facts,
  isLookWanted,
});

/** Registers the handlers; call before the first await. With `run` events of any other run are ignored. */
export function collectRunNews(run?: RunRef, carried?: Pending): RunNews {
  const news: RunNews = {
    events: [...(carried?.events ?? [])],
    facts: [...(carried?.facts ?? [])],
    verdict: null,
    isLookWanted: carried?.isLookWanted ?? false,
  };
  const isOurs = ({ event }: DeliveredEvent) =>
    run === undefined || (event.runId === run.runId && event.stackId === run.stackId);
  for (const signal of Object.values(RUN_SIGNALS)) {
    setHandler(signal, (payload: RunSignal | undefined) => {
      const reading = readSignal(payload);
      if (reading.kind === 'verdict') {
        news.verdict ??= reading.verdict;
        return;
      }
      const told = reading.kind === 'events' ? reading.events : [];
      const ours = told.filter(isOurs);
      if (ours.length < told.length)
        log.warn('signal about another run is ignored', { signal: signal.name });
      news.events.push(...ours);
      if (reading.kind === 'unreadable' || reading.unread > 0) {
        log.warn('signal without a delivery key prompts a look', { signal: signal.name });
        news.isLookWanted = true;
      }
    });
  }
  return news;
}
