/** Mutations that make runs: trigger, task, retry, promote. None has an idempotency key; each success is another run. */
import type { Run, RunRequest, RunType, Stack } from '../model.ts';
import { createCommit } from '../runs/commits.ts';
import { createRequest } from '../runs/request.ts';
import { currentState } from '../model.ts';
import type { Viewer } from './auth.ts';
import { type ApiContext, refuse } from './context.ts';
import { createGuards } from './guards.ts';
import type { ApiDeps } from './queries.ts';
import { isRetryable, viewRun } from './run-view.ts';
import { type RuntimeConfigInput, toRuntimeConfig } from './runtime-config.ts';

/** Types that `runTrigger` takes; the others come about in their own ways. */
const TRIGGERED_TYPES: ReadonlySet<RunType> = new Set(['TRACKED', 'PROPOSED', 'DESTROY']);

type OfRun = { readonly stack: string; readonly run: string };

type Trigger = {
  readonly stack: string;
  readonly commitSha?: string | null;
  readonly runType?: RunType | null;
  readonly runtimeConfig?: RuntimeConfigInput | null;
  readonly forceApply?: 'SINGLE' | 'CASCADE' | null;
};

type Task = {
  readonly stack: string;
  readonly command: string;
  readonly skipInitialization?: boolean | null;
};

export function createRunMutations(deps: ApiDeps) {
  const { engine, options } = deps;
  const { errorTexts } = options.switches;
  const guards = createGuards(deps);
  function create(stack: Stack, request: RunRequest, { addMade }: ApiContext) {
    const run = engine.create(stack, request);
    addMade(run.id);
    return viewRun(run, engine);
  }

  return {
    runTrigger: (_: unknown, args: Trigger, context: ApiContext) => {
      const viewer = guards.requireWriter(context);
      const stack = guards.requireOpenStack(args.stack, viewer);
      const type = args.runType ?? 'TRACKED';
      if (!TRIGGERED_TYPES.has(type)) throw refuse(errorTexts.runTypeRefused);
      const hash = args.commitSha ?? stack.trackedCommit.hash;
      const commit =
        hash === stack.trackedCommit.hash
          ? stack.trackedCommit
          : createCommit(hash, stack, options.clock.now());
      const forceApply = (args.forceApply ?? null) !== null;
      return create(
        stack,
        createRequest(
          { ...requestedBy(viewer, context), type, commit, forceApply },
          toRuntimeConfig(args.runtimeConfig ?? null),
        ),
        context,
      );
    },
    taskCreate: (_: unknown, args: Task, context: ApiContext) => {
      const viewer = guards.requireWriter(context);
      const stack = guards.requireOpenStack(args.stack, viewer);
      const { command } = args;
      const skipInitialization = args.skipInitialization ?? false;
      const commit = stack.trackedCommit;
      const by = requestedBy(viewer, context);
      return create(
        stack,
        createRequest({ ...by, type: 'TASK', commit, command, skipInitialization }),
        context,
      );
    },
    runRetry: (_: unknown, args: OfRun, context: ApiContext) => {
      const viewer = guards.requireWriter(context);
      const stack = guards.requireOpenStack(args.stack, viewer);
      const run = guards.requireRun(args.stack, args.run);
      if (!isRetryable(run)) throw refuse(errorTexts.stateRefused);
      return create(stack, again(run, run.type, requestedBy(viewer, context)), context);
    },
    runPromote: (_: unknown, args: OfRun, context: ApiContext) => {
      const viewer = guards.requireWriter(context);
      const stack = guards.requireOpenStack(args.stack, viewer);
      const run = guards.requireRun(args.stack, args.run);
      const isProposal = run.type === 'PROPOSED' && currentState(run) === 'FINISHED';
      if (!isProposal) throw refuse(errorTexts.stateRefused);
      return create(stack, again(run, 'TRACKED', requestedBy(viewer, context)), context);
    },
  };
}

const requestedBy = (viewer: Viewer, { userMetadata }: ApiContext) => ({
  triggeredBy: viewer.id,
  userMetadata: userMetadata === null ? [] : [userMetadata],
});

/** The same commit once more; a retry does not start native dependents, a promotion is a new deployment. */
const again = (run: Run, type: RunType, by: ReturnType<typeof requestedBy>): RunRequest =>
  createRequest({
    ...by,
    type,
    commit: run.commit,
    command: run.command,
    skipInitialization: run.skipInitialization,
    startsDependents: type !== run.type,
  });
