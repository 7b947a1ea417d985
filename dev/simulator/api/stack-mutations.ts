/** Mutations on stacks: who holds the lock, and which commit is tracked. */
import type { Stack } from '../model.ts';
import { createCommit, headCommitOf } from '../runs/commits.ts';
import { type ApiContext, refuse } from './context.ts';
import { createGuards } from './guards.ts';
import type { ApiDeps } from './queries.ts';
import { viewStack } from './stack-view.ts';

type OfStack = { readonly id: string };

export function createStackMutations(deps: ApiDeps) {
  const { engine, options } = deps;
  const { errorTexts, pageSize } = options.switches;
  const guards = createGuards(deps);

  /** The stack to change, as long as nobody else holds its lock. */
  function requireOwn(id: string, context: ApiContext) {
    const viewer = guards.requireWriter(context);
    const stack = guards.requireStack(id);
    if (stack.lock !== null && stack.lock.by !== viewer.id) throw refuse(errorTexts.stackLocked);
    return { stack, viewer };
  }

  const view = (stack: Stack) => viewStack(stack, engine, pageSize);

  return {
    stackLock: (
      _: unknown,
      { id, note }: OfStack & { readonly note?: string | null },
      context: ApiContext,
    ) => {
      const { stack, viewer } = requireOwn(id, context);
      stack.lock = { by: viewer.id, at: options.clock.now(), note: note ?? '' };
      return view(stack);
    },
    stackUnlock: (_: unknown, { id }: OfStack, context: ApiContext) => {
      const { stack } = requireOwn(id, context);
      stack.lock = null;
      engine.startQueued(stack.id);
      return view(stack);
    },
    stackSetCurrentCommit: (
      _: unknown,
      { id, sha }: OfStack & { readonly sha: string },
      context: ApiContext,
    ) => {
      guards.requireWriter(context);
      const stack = guards.requireStack(id);
      stack.trackedCommit = createCommit(sha, stack, options.clock.now());
      return view(stack);
    },
    /** Back to the head of the branch, in case somebody has set another commit. */
    stackSyncCommit: (_: unknown, { id }: OfStack, context: ApiContext) => {
      guards.requireWriter(context);
      const stack = guards.requireStack(id);
      stack.trackedCommit = headCommitOf(stack, engine.runs(stack.id));
      return view(stack);
    },
  };
}
