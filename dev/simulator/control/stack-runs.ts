/** Control routes that make runs: start one that somebody else wanted, script those to come. */
import { Hono } from 'hono';
import type { Stack } from '../model.ts';
import { createCommit } from '../runs/commits.ts';
import { createRequest } from '../runs/request.ts';
import { readBody, RequestFault } from './body.ts';
import type { ControlDeps } from './control.ts';
import { requireStack } from './require-stack.ts';
import { createRunSchema, createScriptSchema } from './schemas.ts';
import { showRun } from './show.ts';

export function createStackRunRoutes({ engine, options }: ControlDeps): Hono {
  const routes = new Hono();
  const { errorTexts, extraStates } = options.switches;
  const ScriptSchema = createScriptSchema(extraStates);
  const RunSchema = createRunSchema(extraStates);

  routes.post('/:id/script', async (c) => {
    const { id } = requireStack(engine, c.req.param('id'), 'Cannot script runs');
    const { runs, ...script } = await readBody(c, ScriptSchema, 'Cannot script runs');
    engine.scripts.add(id, script, runs);
    return c.body(null, 204);
  });
  routes.delete('/:id/script', (c) => {
    engine.scripts.clear(requireStack(engine, c.req.param('id'), 'Cannot clear script').id);
    return c.body(null, 204);
  });

  routes.post('/:id/runs', async (c) => {
    const intent = 'Cannot start run';
    const stack = requireStack(engine, c.req.param('id'), intent);
    const {
      commit: hash,
      branch = stack.branch,
      script,
      type = stack.isModule ? 'TESTING' : 'TRACKED',
      ...wanted
    } = await readBody(c, RunSchema, intent);
    if (stack.isModule !== (type === 'TESTING'))
      throw new RequestFault(
        400,
        `${intent}: modules have runs of type TESTING, stacks the others`,
      );
    if (wanted.triggeredBy !== null && isLockedFor(stack, wanted.triggeredBy))
      throw new RequestFault(409, `${intent}: ${errorTexts.stackLocked}`);
    const commit = commitOf(stack, hash, branch);
    // A push to the tracked branch is what moves the tracked commit.
    if (type === 'TRACKED' && wanted.triggeredBy === null) stack.trackedCommit = commit;
    const run = engine.create(stack, createRequest({ ...wanted, type, commit }), script);
    return c.json(showRun(run, engine), 201);
  });

  function commitOf(stack: Stack, hash: string | undefined, branch: string) {
    const { trackedCommit, repository } = stack;
    const wanted = hash ?? trackedCommit.hash;
    return wanted === trackedCommit.hash && branch === trackedCommit.branch
      ? trackedCommit
      : createCommit(wanted, { repository, branch }, options.clock.now());
  }

  return routes;
}

/** A push is nobody's, so it makes a run that waits; people and keys are refused. */
const isLockedFor = ({ lock }: Stack, by: string) => lock !== null && lock.by !== by;
