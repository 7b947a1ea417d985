/** What every mutation that makes runs shares: who asks, on which stack, for which commit, and the run that is made. */
import type { Commit, Run, RunRequest, Stack } from '../model.ts';
import { createCommit } from '../runs/commits.ts';
import type { ApiContext } from './context.ts';
import { createGuards } from './guards.ts';
import type { ApiDeps } from './queries.ts';
import { viewRun } from './run-view.ts';

export type Requester = {
  readonly triggeredBy: string;
  readonly userMetadata: readonly string[];
};

export function createRunMaker(deps: ApiDeps) {
  const { engine, options } = deps;
  const guards = createGuards(deps);

  /** Errors: unauthorized, or a stack that is unknown, disabled or locked by another. */
  function open(stackId: string, context: ApiContext): { stack: Stack; by: Requester } {
    const viewer = guards.requireWriter(context);
    const stack = guards.requireOpenStack(stackId, viewer);
    const { userMetadata } = context;
    return {
      stack,
      by: {
        triggeredBy: viewer.id,
        userMetadata: userMetadata === null ? [] : [userMetadata],
      },
    };
  }

  function commitOf(stack: Stack, hash: string | null | undefined): Commit {
    return (hash ?? stack.trackedCommit.hash) === stack.trackedCommit.hash
      ? stack.trackedCommit
      : createCommit(hash ?? '', stack, options.clock.now());
  }

  function make(stack: Stack, request: RunRequest, context: ApiContext): Run {
    const run = engine.create(stack, request);
    context.addMade(run.id);
    return run;
  }

  const makeView = (stack: Stack, request: RunRequest, context: ApiContext) =>
    viewRun(make(stack, request, context), engine);

  return { open, commitOf, make, makeView };
}
