/** What the starter counts, as Prometheus text. Label values come from closed sets. */
import { collectDefaultMetrics, Counter, Registry } from 'prom-client';

export type StarterMetrics = {
  readonly count: (eventType: string, verdict: string) => void;
  readonly text: () => Promise<string>;
  readonly contentType: string;
};

export function createStarterMetrics(): StarterMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const events = new Counter({
    name: 'starter_events_total',
    help: 'Events taken from the edge, by type and verdict',
    labelNames: ['event_type', 'verdict'],
    registers: [registry],
  });
  return {
    count: (eventType, verdict) => events.inc({ event_type: eventType, verdict }),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
