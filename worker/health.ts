/** The worker's small HTTP surface: alive, polling, and Prometheus text (the SDK's metrics and ours in one). */
import { Hono } from 'hono';

export type WorkerHealthDeps = {
  /** Whether every Temporal worker of the process is polling. */
  readonly isRunning: () => boolean;
  /** Where the Temporal SDK serves its own exporter. */
  readonly sdkMetricsUrl: string;
  readonly fetch: typeof fetch;
  readonly runtime: { readonly runtime: string; readonly version: string };
};

export function createHealthApp({
  isRunning,
  sdkMetricsUrl,
  fetch,
  runtime,
}: WorkerHealthDeps): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'ok', ...runtime }));
  app.get('/readyz', (c) =>
    isRunning()
      ? c.json({ status: 'ready', ...runtime })
      : c.json({ error: 'not-ready', message: 'Cannot work: not polling Temporal' }, 503),
  );
  app.get('/metrics', async (c) => {
    try {
      const answer = await fetch(sdkMetricsUrl);
      return c.text(await answer.text(), 200, { 'content-type': 'text/plain; version=0.0.4' });
    } catch {
      const message = "Cannot show metrics: the SDK's exporter does not answer";
      return c.json({ error: 'metrics-unavailable', message }, 503);
    }
  });
  return app;
}
