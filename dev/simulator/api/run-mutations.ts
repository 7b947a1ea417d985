/** Mutations that make one run: trigger, task, retry, promote. None has an idempotency key; each success is another run. */
import { currentState, type Run, type RunRequest, type RunType } from '../model.ts';
import { createRequest } from '../runs/request.ts';
import { type ApiContext, refuse } from './context.ts';
import { createGuards } from './guards.ts';
import type { ApiDeps } from './queries.ts';
import { createRunMaker, type Requester } from './run-maker.ts';
import { isRetryable } from './run-view.ts';
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

type Proposal = Pick<Trigger, 'stack' | 'commitSha'> & {
  readonly environmentVarsOverrides?: RuntimeConfigInput['environment'];
};

type Resource = Pick<Trigger, 'stack' | 'commitSha'> & { readonly proposed?: boolean | null };

export function createRunMutations(deps: ApiDeps) {
  const { errorTexts } = deps.options.switches;
  const guards = createGuards(deps);
  const maker = createRunMaker(deps);

  function trigger(args: Trigger, context: ApiContext) {
    const { stack, by } = maker.open(args.stack, context);
    const type = args.runType ?? 'TRACKED';
    if (!TRIGGERED_TYPES.has(type)) throw refuse(errorTexts.runTypeRefused);
    const commit = maker.commitOf(stack, args.commitSha);
    const request = createRequest(
      { ...by, type, commit, ...toForce(args.forceApply ?? null) },
      toRuntimeConfig(args.runtimeConfig ?? null),
    );
    return maker.makeView(stack, request, context);
  }

  return {
    runTrigger: (_: unknown, args: Trigger, context: ApiContext) => trigger(args, context),
    proposeWithOverrides: (_: unknown, args: Proposal, context: ApiContext) => {
      const { stack, commitSha, environmentVarsOverrides: environment } = args;
      const runtimeConfig = { environment: environment ?? [] };
      const sha = commitSha ?? null;
      return trigger({ stack, commitSha: sha, runType: 'PROPOSED', runtimeConfig }, context);
    },
    runResourceCreate: (_: unknown, { stack, commitSha, proposed }: Resource, ctx: ApiContext) =>
      trigger(
        {
          stack,
          commitSha: commitSha ?? null,
          runType: proposed === true ? 'PROPOSED' : 'TRACKED',
        },
        ctx,
      ).id,
    taskCreate: (_: unknown, args: Task, context: ApiContext) => {
      const { stack, by } = maker.open(args.stack, context);
      const { command } = args;
      const skipInitialization = args.skipInitialization ?? false;
      const commit = stack.trackedCommit;
      const request = createRequest({ ...by, type: 'TASK', commit, command, skipInitialization });
      return maker.makeView(stack, request, context);
    },
    runRetry: (_: unknown, args: OfRun, context: ApiContext) => {
      const { stack, by } = maker.open(args.stack, context);
      const run = guards.requireRun(args.stack, args.run);
      if (!isRetryable(run)) throw refuse(errorTexts.stateRefused);
      return maker.makeView(stack, again(run, run.type, by), context);
    },
    runPromote: (_: unknown, args: OfRun, context: ApiContext) => {
      const { stack, by } = maker.open(args.stack, context);
      const run = guards.requireRun(args.stack, args.run);
      const isProposal = run.type === 'PROPOSED' && currentState(run) === 'FINISHED';
      if (!isProposal) throw refuse(errorTexts.stateRefused);
      return maker.makeView(stack, again(run, 'TRACKED', by), context);
    },
  };
}

/** SINGLE applies an empty plan of this run, CASCADE those of its native dependents as well. */
export const toForce = (mode: 'SINGLE' | 'CASCADE' | null) => ({
  forceApply: mode !== null,
  forcesDependents: mode === 'CASCADE',
});

/** The same commit once more; a retry does not start native dependents, a promotion is a new deployment. */
const again = (run: Run, type: RunType, by: Requester): RunRequest =>
  createRequest({
    ...by,
    type,
    commit: run.commit,
    command: run.command,
    skipInitialization: run.skipInitialization,
    startsDependents: type !== run.type,
  });
