/** Control routes of stacks: put one, script its runs, start a run that somebody else wanted. */
import { Hono } from 'hono';
import type * as v from 'valibot';
import type { Stack } from '../model.ts';
import { createCommit, hashOf } from '../runs/commits.ts';
import { createRequest } from '../runs/request.ts';
import { readBody, RequestFault } from './body.ts';
import type { ControlDeps } from './control.ts';
import { createScriptSchema, RunSchema, StackSchema } from './schemas.ts';
import { showRun, showStack } from './show.ts';

type StackSettings = v.InferOutput<typeof StackSchema>;

export function createStackRoutes({ engine, options }: ControlDeps): Hono {
  const routes = new Hono();
  const ScriptSchema = createScriptSchema(options.switches.extraStates);

  routes.get('/', (c) => c.json(engine.stacks().map((stack) => showStack(stack, engine))));
  routes.post('/', async (c) => {
    const settings = await readBody(c, StackSchema, 'Cannot put stack');
    const earlier = engine.findStack(settings.id);
    const stack = createStack(settings, earlier, options.clock.now());
    engine.putStack(stack);
    engine.startQueued(stack.id);
    return c.json(showStack(stack, engine), earlier === null ? 201 : 200);
  });

  routes.post('/:id/script', async (c) => {
    const { id } = requireStack(c.req.param('id'), 'Cannot script runs');
    const { runs, ...script } = await readBody(c, ScriptSchema, 'Cannot script runs');
    engine.scripts.add(id, script, runs);
    return c.body(null, 204);
  });
  routes.delete('/:id/script', (c) => {
    engine.scripts.clear(requireStack(c.req.param('id'), 'Cannot clear script').id);
    return c.body(null, 204);
  });

  routes.post('/:id/runs', async (c) => {
    const stack = requireStack(c.req.param('id'), 'Cannot start run');
    const { commit: hash, ...wanted } = await readBody(c, RunSchema, 'Cannot start run');
    const commit = commitOf(stack, hash);
    // A push to the tracked branch is what moves the tracked commit.
    if (wanted.type === 'TRACKED' && wanted.triggeredBy === null) stack.trackedCommit = commit;
    return c.json(showRun(engine.create(stack, createRequest({ ...wanted, commit }))), 201);
  });

  function requireStack(id: string, intent: string): Stack {
    const stack = engine.findStack(id);
    if (stack === null) throw new RequestFault(404, `${intent}: no stack ${id}`);
    return stack;
  }

  function commitOf(stack: Stack, hash: string | undefined) {
    return hash === undefined || hash === stack.trackedCommit.hash
      ? stack.trackedCommit
      : createCommit(hash, stack, options.clock.now());
  }

  return routes;
}

/** Putting a stack again replaces its settings and keeps its runs, its age and its tracked commit. */
function createStack(settings: StackSettings, earlier: Stack | null, now: number): Stack {
  const { id, lockedBy, name, ...given } = settings;
  const source = { repository: 'demo/infrastructure', branch: 'main', ...given };
  const commit = createCommit(hashOf(id), source, now);
  return {
    id,
    name: name ?? id,
    description: '',
    labels: [],
    autodeploy: false,
    projectRoot: '',
    space: 'root',
    administrative: false,
    isDisabled: false,
    dependsOn: [],
    ...source,
    createdAt: earlier?.createdAt ?? now,
    trackedCommit: earlier?.trackedCommit ?? commit,
    lock: typeof lockedBy === 'string' ? { by: lockedBy, at: now, note: '' } : null,
  };
}
