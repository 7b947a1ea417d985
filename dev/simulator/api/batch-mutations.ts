/** `runTriggerBatch`: tracked runs on several stacks in one tree, so that a stack below several of them gets one run. */
import { createRequest } from '../runs/request.ts';
import { type ApiContext, refuse } from './context.ts';
import type { ApiDeps } from './queries.ts';
import { createRunMaker } from './run-maker.ts';
import { toForce } from './run-mutations.ts';
import { viewRun } from './run-view.ts';

type Batch = {
  readonly input: {
    readonly stacks: readonly { readonly stack: string; readonly commitSha?: string | null }[];
    readonly forceApply?: 'SINGLE' | 'CASCADE' | null;
  };
};

export function createBatchMutations(deps: ApiDeps) {
  const { engine, options } = deps;
  const maker = createRunMaker(deps);
  return {
    /** Either all of the stacks take a run or none does; runs of dependents are in the result, too. */
    runTriggerBatch: (_: unknown, { input }: Batch, context: ApiContext) => {
      const wishes = input.stacks.map(({ stack: id, commitSha }) => {
        const { stack, by } = maker.open(id, context);
        const commit = maker.commitOf(stack, commitSha);
        const force = toForce(input.forceApply ?? null);
        return { stack, request: createRequest({ ...by, ...force, type: 'TRACKED', commit }) };
      });
      const ids = new Set(wishes.map(({ stack }) => stack.id));
      if (ids.size < wishes.length) throw refuse(options.switches.errorTexts.batchRefused);
      const runs = [...engine.createTree(wishes).values()];
      for (const { id } of runs) context.addMade(id);
      return { runs: runs.map((run) => ({ runId: run.id, run: viewRun(run, engine) })) };
    },
  };
}
