/** Control routes of stacks: put one, lock and unlock it. Runs are started in stack-runs.ts. */
import { Hono } from 'hono';
import type * as v from 'valibot';
import type { Stack } from '../model.ts';
import { createCommit, hashOf } from '../runs/commits.ts';
import { readBody, RequestFault } from './body.ts';
import type { ControlDeps } from './control.ts';
import { requireStack } from './require-stack.ts';
import { LockSchema, StackSchema } from './schemas.ts';
import { showStack } from './show.ts';

type StackSettings = v.InferOutput<typeof StackSchema>;

export function createStackRoutes({ engine, options }: ControlDeps): Hono {
  const routes = new Hono();
  const { errorTexts } = options.switches;

  routes.get('/', (c) => c.json(engine.stacks().map((stack) => showStack(stack, engine))));
  routes.post('/', async (c) => {
    const settings = await readBody(c, StackSchema, 'Cannot put stack');
    const earlier = engine.findStack(settings.id);
    const stack = createStack(settings, earlier, options.clock.now());
    engine.putStack(stack);
    engine.startQueued(stack.id);
    return c.json(showStack(stack, engine), earlier === null ? 201 : 200);
  });

  routes.post('/:id/lock', async (c) => {
    const stack = requireStack(engine, c.req.param('id'), 'Cannot lock stack');
    const { by, note } = await readBody(c, LockSchema, 'Cannot lock stack');
    if (stack.lock !== null && stack.lock.by !== by)
      throw new RequestFault(409, `Cannot lock stack: ${errorTexts.stackLocked}`);
    stack.lock = { by, note, at: options.clock.now() };
    return c.json(showStack(stack, engine));
  });
  routes.delete('/:id/lock', (c) => {
    const stack = requireStack(engine, c.req.param('id'), 'Cannot unlock stack');
    stack.lock = null;
    engine.startQueued(stack.id);
    return c.json(showStack(stack, engine));
  });

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
    isModule: false,
    dependsOn: [],
    references: [],
    alwaysAfter: [],
    approvals: [],
    reconciles: false,
    workerPool: null,
    ...source,
    isDrifted: earlier?.isDrifted ?? false,
    createdAt: earlier?.createdAt ?? now,
    trackedCommit: earlier?.trackedCommit ?? commit,
    lock: typeof lockedBy === 'string' ? { by: lockedBy, at: now, note: '' } : null,
  };
}
