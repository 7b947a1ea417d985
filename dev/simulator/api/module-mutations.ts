/** Modules and their versions, which stand beside stacks: `module`, `versionCreate`, `versionTrigger`. */
import type { Stack } from '../model.ts';
import { type ModuleVersion, stateOfVersion, testOf } from '../runs/module-versions.ts';
import { createRequest } from '../runs/request.ts';
import { type ApiContext, refuse } from './context.ts';
import type { ApiDeps } from './queries.ts';
import { createRunMaker } from './run-maker.ts';

type Create = {
  readonly module: string;
  readonly commitSha?: string | null;
  readonly version?: string | null;
};

type Trigger = { readonly id: string; readonly module: string };

export function createModuleMutations(deps: ApiDeps) {
  const { versions, options } = deps;
  const { errorTexts } = options.switches;
  const maker = createRunMaker(deps);

  function open(id: string, context: ApiContext) {
    const { stack: module, by } = maker.open(id, context);
    if (!module.isModule) throw refuse(errorTexts.moduleUnknown);
    return { module, by };
  }

  function test(module: Stack, version: ModuleVersion, by: string, context: ApiContext) {
    version.tests.push(maker.make(module, createRequest(testOf(version, by)), context));
    return viewVersion(version);
  }

  return {
    versionCreate: (_: unknown, args: Create, context: ApiContext) => {
      const { module, by } = open(args.module, context);
      const commit = maker.commitOf(module, args.commitSha);
      const version = versions.add(module, commit, args.version ?? null);
      return test(module, version, by.triggeredBy, context);
    },
    /** Tests a version again. */
    versionTrigger: (_: unknown, args: Trigger, context: ApiContext) => {
      const { module, by } = open(args.module, context);
      const version = versions.find(module.id, args.id);
      if (version === null) throw refuse(errorTexts.versionUnknown);
      return test(module, version, by.triggeredBy, context);
    },
  };
}

export const createModuleQueries = ({ engine, versions }: ApiDeps) => ({
  module: (_: unknown, { id }: { readonly id: string }, { viewer }: ApiContext) => {
    const module = viewer === null ? null : engine.findStack(id);
    if (module?.isModule !== true) return null;
    return {
      ...module,
      version: (args: { readonly id: string }) => {
        const version = versions.find(module.id, args.id);
        return version === null ? null : viewVersion(version);
      },
    };
  },
});

const viewVersion = (version: ModuleVersion) => ({
  id: version.id,
  number: version.number,
  state: () => stateOfVersion(version),
});
