/** Mutations on runs that exist: confirm, discard, cancel, stop, kill, review, replan, prioritize, comment. */
import { currentState, type Run } from '../model.ts';
import type { CompletedStatus } from '../runs/external-dependencies.ts';
import { type Intervention, intervene } from '../runs/interventions.ts';
import { toSeconds } from '../units.ts';
import { type ApiContext, refuse } from './context.ts';
import { createGuards } from './guards.ts';
import type { ApiDeps } from './queries.ts';
import { viewComment, viewRun } from './run-view.ts';

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
    runKill: decision('kill'),
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
    ...createQuietMutations(deps),
  };
}

type OfRun = { readonly stack: string; readonly run: string };

/** What leaves the run in the state it is in. */
function createQuietMutations(deps: ApiDeps) {
  const { engine, options } = deps;
  const guards = createGuards(deps);

  function prioritize({ stack, run: id }: OfRun, isPrioritized: boolean, context: ApiContext) {
    guards.requireWriter(context);
    const run = guards.requireRun(stack, id);
    engine.prioritize(run, isPrioritized);
    return viewRun(run, engine);
  }

  return {
    runPrioritizeSet: (_: unknown, args: OfRun & { prioritize: boolean }, context: ApiContext) =>
      prioritize(args, args.prioritize, context),
    /** A run of low priority goes with the normal ones. */
    runPrioritySet: (_: unknown, args: OfRun & { preset: string }, context: ApiContext) =>
      prioritize(args, args.preset === 'high', context),
    runComment: (_: unknown, args: OfRun & { body: string }, context: ApiContext) => {
      const { id: username } = guards.requireWriter(context);
      const run = guards.requireRun(args.stack, args.run);
      const comment = { body: args.body, at: options.clock.now(), username };
      run.comments.push(comment);
      return viewComment(comment);
    },
    runExternalDependencyMarkAsCompleted: (
      _: unknown,
      { dependency, status }: { dependency: string; status: CompletedStatus },
      context: ApiContext,
    ) => {
      guards.requireWriter(context);
      return { ...engine.completeExternalDependency(dependency, status), status };
    },
  };
}
