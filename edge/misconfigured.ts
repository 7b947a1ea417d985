/**
 * Stands in for the app while the configuration cannot be read: 503 for everything, so that Spacelift tries again, and
 * the fault in the log of each request. Never a 401: the sender has done nothing wrong.
 */
import { Hono } from 'hono/tiny';
import type { Log } from './log.ts';
import { refuse } from './refuse.ts';

export function createMisconfiguredApp(fault: string, log: Log): Hono {
  const app = new Hono();
  app.get('/healthz', (c) => {
    log.error(fault);
    return c.json({ status: 'misconfigured' }, 503);
  });
  app.notFound((c) => {
    log.error(fault);
    return refuse(c, 'inbox-unavailable');
  });
  return app;
}
