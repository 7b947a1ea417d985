/**
 * The control API: what a real account does by other means (creating stacks and webhooks, pushing commits) and what it
 * does on its worst days (faults, failing runs). For the launcher, tests, and people with curl; no authentication.
 */
import { Hono } from 'hono';
import type { Authority } from '../api/auth.ts';
import type { FaultBook } from '../api/fault-book.ts';
import type { Journal } from '../journal.ts';
import type { SimulatorOptions } from '../options.ts';
import type { RunEngine } from '../runs/engine.ts';
import type { WebhookRegistry } from '../webhooks/registry.ts';
import { RequestFault } from './body.ts';
import { createFaultRoutes } from './faults.ts';
import { createKeyRoutes } from './keys.ts';
import { countAll, showOverview } from './overview.ts';
import { createPlanRoutes } from './plans.ts';
import { createExternalDependencyRoutes, createRunRoutes } from './runs.ts';
import { createStackRunRoutes } from './stack-runs.ts';
import { createStackRoutes } from './stacks.ts';
import { createWebhookRoutes } from './webhooks.ts';

export type ControlDeps = {
  readonly engine: RunEngine;
  readonly webhooks: WebhookRegistry;
  readonly authority: Authority;
  readonly faults: FaultBook;
  readonly journal: Journal;
  readonly options: SimulatorOptions;
};

export function createControl(deps: ControlDeps): Hono {
  const { authority, journal } = deps;
  const control = new Hono();
  control.route('/stacks', createStackRoutes(deps));
  control.route('/stacks', createStackRunRoutes(deps));
  control.route('/', createPlanRoutes(deps));
  control.route('/runs', createRunRoutes(deps));
  control.route('/external-dependencies', createExternalDependencyRoutes(deps));
  control.route('/webhooks', createWebhookRoutes(deps));

  control.route('/faults', createFaultRoutes(deps));
  control.route('/keys', createKeyRoutes(deps));

  control.delete('/tokens', (c) => {
    authority.expireTokens();
    return c.body(null, 204);
  });

  control.get('/journal', (c) => c.json(journal.read()));
  control.get('/counts', (c) => c.json(countAll(deps)));
  control.get('/overview', (c) => c.json(showOverview(deps)));

  control.notFound((c) => c.json({ error: 'Cannot answer: no such control route' }, 404));
  control.onError((error, c) => {
    if (error instanceof RequestFault) return c.json({ error: error.message }, error.status);
    deps.options.log('control request failed', { error: error.message });
    return c.json({ error: 'Cannot answer: internal error' }, 500);
  });
  return control;
}
