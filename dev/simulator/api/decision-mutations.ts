/** Mutations on runs and stacks that exist: confirm, discard, cancel, stop, review, replan, lock. */
import { currentState, type Run } from '../model.ts';
import { type Intervention, intervene } from '../runs/interventions.ts';
import { toSeconds } from '../units.ts';
import { type ApiContext, refuse } from './context.ts';
import { createGuards } from './guards.ts';
import type { ApiDeps } from './queries.ts';
import { viewRun } from './run-view.ts';
import { viewStack } from './stack-view.ts';

type Decision = {
  readonly stack: string;
  readonly run?: string | null;
  readonly note?: string | null;
};

export function createDecisionMutations(deps: ApiDeps) {
  const { engine, options } = deps;
  const guards = createGuards(deps);

  function decide(intervention: Intervention, args: Decision, context: ApiContext): Run {
    const { id: username } = guards.requireWriter(context);
    const run = guards.requireRun(args.stack, args.run);
    const { userMetadata } = context;
    const isConfirmed = intervention === 'confirm' && userMetadata !== null;
    const before = run.metadata;
    if (isConfirmed) run.metadata = [...before, userMetadata];
    if (intervene(engine, run, intervention, { username, note: args.note ?? null })) return run;
    run.metadata = before;
    throw refuse(options.switches.errorTexts.stateRefused);
  }

  const decision =
    (intervention: Intervention) => (_: unknown, args: Decision, context: ApiContext) =>
      viewRun(decide(intervention, args, context), engine);

  return {
    runConfirm: decision('confirm'),
    runDiscard: decision('discard'),
    runCancel: decision('cancel'),
    runStop: decision('stop'),
    runTargetedReplan: decision('replan'),
    runDiscardAll: (_: unknown, args: Decision, context: ApiContext) => {
      const { id: username } = guards.requireWriter(context);
      const queued = engine
        .runs(guards.requireStack(args.stack).id)
        .filter((run) => ['QUEUED', 'UNCONFIRMED'].includes(currentState(run)))
        .toReversed();
      for (const run of queued)
        intervene(engine, run, 'discard', { username, note: args.note ?? null });
      return { discardedRuns: queued.map((run) => viewRun(run, engine)), failedDiscarding: [] };
    },
    runReview: (
      _: unknown,
      args: Decision & { readonly decision: 'APPROVE' | 'REJECT' },
      context: ApiContext,
    ) => {
      const run = decide(args.decision === 'APPROVE' ? 'approve' : 'reject', args, context);
      return {
        id: run.id,
        author: context.viewer?.id,
        decision: args.decision,
        note: args.note ?? '',
        state: currentState(run),
        timestamp: toSeconds(options.clock.now()),
      };
    },
    ...createLockMutations(deps),
  };
}

function createLockMutations(deps: ApiDeps) {
  const { engine, options } = deps;
  const { errorTexts, pageSize } = options.switches;
  const guards = createGuards(deps);
  return {
    stackLock: (
      _: unknown,
      args: { readonly id: string; readonly note?: string | null },
      context: ApiContext,
    ) => {
      const viewer = guards.requireWriter(context);
      const stack = guards.requireStack(args.id);
      if (stack.lock !== null && stack.lock.by !== viewer.id) throw refuse(errorTexts.stackLocked);
      stack.lock = { by: viewer.id, at: options.clock.now(), note: args.note ?? '' };
      return viewStack(stack, engine, pageSize);
    },
    stackUnlock: (_: unknown, { id }: { readonly id: string }, context: ApiContext) => {
      const viewer = guards.requireWriter(context);
      const stack = guards.requireStack(id);
      if (stack.lock !== null && stack.lock.by !== viewer.id) throw refuse(errorTexts.stackLocked);
      stack.lock = null;
      engine.startQueued(stack.id);
      return viewStack(stack, engine, pageSize);
    },
  };
}
