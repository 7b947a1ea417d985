/** Mutations on native dependencies between stacks: make and remove one, and have it hand outputs on. */
import type { OutputReference, Stack } from '../model.ts';
import { type ApiContext, refuse } from './context.ts';
import { createGuards } from './guards.ts';
import type { ApiDeps } from './queries.ts';
import { dependencyIdOf, viewDependencies } from './stack-view.ts';

type Create = {
  readonly input: {
    readonly stackId: string;
    readonly dependsOnStackId: string;
    readonly triggerAlways?: boolean | null;
  };
};

type AddReference = {
  readonly stackDependencyID: string;
  readonly reference: {
    readonly outputName: string;
    readonly inputName: string;
    readonly type?: string | null;
    readonly triggerAlways?: boolean | null;
  };
};

export function createDependencyMutations(deps: ApiDeps) {
  const { engine, options } = deps;
  const { errorTexts, pageSize } = options.switches;
  const guards = createGuards(deps);

  const all = () => viewDependencies(engine, pageSize);

  /** The dependent, and the id of the stack it depends on. */
  function requireDependency(id: string): { stack: Stack; parent: string } {
    const found = all().find((dependency) => dependency.id === id);
    if (found === undefined) throw refuse(errorTexts.dependencyUnknown);
    return { stack: guards.requireStack(found.stack.id), parent: found.dependsOnStack.id };
  }

  return {
    stackDependencyCreate: (_: unknown, { input }: Create, context: ApiContext) => {
      guards.requireWriter(context);
      const stack = guards.requireStack(input.stackId);
      const parent = guards.requireStack(input.dependsOnStackId).id;
      if (parent === stack.id || stack.dependsOn.includes(parent))
        throw refuse(errorTexts.dependencyRefused);
      const { dependsOn, alwaysAfter } = stack;
      engine.putStack({
        ...stack,
        dependsOn: [...dependsOn, parent],
        alwaysAfter: input.triggerAlways === true ? [...alwaysAfter, parent] : alwaysAfter,
      });
      return all().find(({ id }) => id === dependencyIdOf(stack.id, parent));
    },
    stackDependencyDelete: (_: unknown, { id }: { id: string }, context: ApiContext) => {
      guards.requireWriter(context);
      const { stack, parent } = requireDependency(id);
      const removed = all().find((dependency) => dependency.id === id);
      engine.putStack({
        ...stack,
        dependsOn: stack.dependsOn.filter((each) => each !== parent),
        alwaysAfter: stack.alwaysAfter.filter((each) => each !== parent),
        references: stack.references.filter((reference) => reference.stack !== parent),
      });
      return removed;
    },
    stackDependenciesAddReference: (_: unknown, args: AddReference, context: ApiContext) => {
      guards.requireWriter(context);
      const { stack, parent } = requireDependency(args.stackDependencyID);
      const { outputName, inputName, type = null, triggerAlways } = args.reference;
      const reference: OutputReference = {
        stack: parent,
        output: outputName,
        input: inputName,
        triggerAlways: triggerAlways ?? false,
      };
      engine.putStack({ ...stack, references: [...stack.references, reference] });
      const id = `${args.stackDependencyID}:${inputName}`;
      return { id, outputName, inputName, type, triggerAlways: reference.triggerAlways };
    },
  };
}
