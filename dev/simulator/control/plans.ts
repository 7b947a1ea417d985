/** Control routes of random plans: the account's and each stack's. */
import { Hono } from 'hono';
import { PlanSchema } from '../plan-schema.ts';
import { readBody } from './body.ts';
import type { ControlDeps } from './control.ts';
import { requireStack } from './require-stack.ts';

export function createPlanRoutes({ engine }: ControlDeps): Hono {
  const routes = new Hono();
  const { scripts } = engine;

  routes.get('/plan', (c) => c.json(scripts.accountPlan));
  routes.post('/plan', async (c) => {
    scripts.accountPlan = await readBody(c, PlanSchema, 'Cannot plan runs');
    return c.json(scripts.accountPlan);
  });
  routes.delete('/plan', (c) => {
    scripts.accountPlan = null;
    return c.body(null, 204);
  });

  routes.get('/stacks/:id/plan', (c) => {
    const { id } = requireStack(engine, c.req.param('id'), 'Cannot show plan');
    return c.json(scripts.planOf(id));
  });
  routes.post('/stacks/:id/plan', async (c) => {
    const { id } = requireStack(engine, c.req.param('id'), 'Cannot plan runs');
    scripts.setPlan(id, await readBody(c, PlanSchema, 'Cannot plan runs'));
    return c.json(scripts.planOf(id));
  });
  routes.delete('/stacks/:id/plan', (c) => {
    scripts.setPlan(requireStack(engine, c.req.param('id'), 'Cannot clear plan').id, null);
    return c.body(null, 204);
  });

  return routes;
}
