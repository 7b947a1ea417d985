/** Control routes of runs that exist: list them, decide about one as a person would, end one whatever its state. */
import { Hono } from 'hono';
import { isTerminalState } from '../../../shared/contract/states.ts';
import { currentState, type Intervention, INTERVENTIONS, type Run } from '../model.ts';
import { intervene } from '../runs/interventions.ts';
import { readBody, RequestFault } from './body.ts';
import type { ControlDeps } from './control.ts';
import { ActionSchema, CompletionSchema, PrioritySchema } from './schemas.ts';
import { showRun } from './show.ts';

/** Ends that nobody at Spacelift can bring about, for whoever wants a run to be over. */
const FORCED_ENDS: Readonly<Record<string, string>> = { finish: 'FINISHED', fail: 'FAILED' };

const isIntervention = (action: string): action is Intervention =>
  INTERVENTIONS.some((intervention) => intervention === action);

export function createRunRoutes({ engine }: ControlDeps): Hono {
  const routes = new Hono();

  routes.get('/', (c) =>
    c.json(engine.runs(c.req.query('stack')).map((run) => showRun(run, engine))),
  );
  routes.get('/:id', (c) =>
    c.json(showRun(requireRun(c.req.param('id'), 'Cannot show run'), engine)),
  );

  routes.post('/:id/prioritize', async (c) => {
    const run = requireRun(c.req.param('id'), 'Cannot prioritize run');
    const { prioritized } = await readBody(c, PrioritySchema, 'Cannot prioritize run');
    engine.prioritize(run, prioritized);
    return c.json(showRun(run, engine));
  });

  routes.post('/:id/:action', async (c) => {
    const { id, action } = c.req.param();
    const intent = `Cannot ${action} run`;
    const end = FORCED_ENDS[action];
    if (end === undefined && !isIntervention(action))
      throw new RequestFault(404, `${intent}: nobody can do that`);
    const run = requireRun(id, intent);
    const { by: username, note } = await readBody(c, ActionSchema, intent);
    const state = currentState(run);
    const by = { username, note };
    if (isIntervention(action) && !intervene(engine, run, action, by))
      throw new RequestFault(409, `${intent}: its state is ${state}${waitText(run)}`);
    if (end !== undefined) {
      if (isTerminalState(state)) throw new RequestFault(409, `${intent}: its state is ${state}`);
      engine.intervene(run, end, by, []);
    }
    return c.json(showRun(run, engine));
  });

  function requireRun(id: string, intent: string): Run {
    const run = engine.findRun(id);
    if (run === null) throw new RequestFault(404, `${intent}: no run ${id}`);
    return run;
  }

  const waitText = (run: Run) =>
    engine.waitOf(run) === 'approval' ? ' and it is not approved' : '';

  return routes;
}

export function createExternalDependencyRoutes({ engine }: ControlDeps): Hono {
  const routes = new Hono();
  routes.post('/:id', async (c) => {
    const { status } = await readBody(c, CompletionSchema, 'Cannot complete dependency');
    return c.json({ ...engine.completeExternalDependency(c.req.param('id'), status), status });
  });
  return routes;
}
