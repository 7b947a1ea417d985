/**
 * Query roots. Without a valid token lists are empty, single objects and `viewer` are null, and nothing is an error:
 * that is what Spacelift does, and what a client has to notice by asking for `viewer`.
 */
import { currentState, type Run, type Stack } from '../model.ts';
import type { SimulatorOptions } from '../options.ts';
import type { RunEngine } from '../runs/engine.ts';
import type { ModuleVersions } from '../runs/module-versions.ts';
import type { WebhookRegistry } from '../webhooks/registry.ts';
import type { ApiContext } from './context.ts';
import { createModuleQueries } from './module-mutations.ts';
import { viewRun } from './run-view.ts';
import { searchOrRefuse } from './search-or-refuse.ts';
import type { Searchable, SearchInput } from './search.ts';
import { viewStack } from './stack-view.ts';
import { createWebhookQueries } from './webhook-view.ts';

export type ApiDeps = {
  readonly engine: RunEngine;
  readonly webhooks: WebhookRegistry;
  readonly versions: ModuleVersions;
  readonly options: SimulatorOptions;
};

/** Where deliveries come from. */
const OUTGOING_ADDRESSES = ['127.0.0.1'];

type Id = { readonly id: string };
type Search = { readonly input: SearchInput };
type Root = unknown;

export function createQueries(deps: ApiDeps) {
  const { engine, options } = deps;
  const { pageSize } = options.switches;
  const viewFound = (stack: Stack | null) =>
    stack === null ? null : viewStack(stack, engine, pageSize);
  const viewFoundRun = (run: Run | null) => (run === null ? null : viewRun(run, engine));
  return {
    viewer: (_: Root, _args: unknown, { viewer }: ApiContext) => viewer,
    /** Empty means the SaaS product. */
    debugInfo: () => ({ selfHostedVersion: '' }),
    stack: (_: Root, { id }: Id, { viewer }: ApiContext) =>
      viewer === null ? null : viewFound(engine.findStack(id)),
    stacks: (_: Root, _args: unknown, { viewer }: ApiContext) =>
      viewer === null ? [] : engine.stacks().map(viewFound),
    run: (_: Root, { id }: Id, { viewer }: ApiContext) =>
      viewer === null ? null : viewFoundRun(engine.findRun(id)),
    runStack: (_: Root, { runId }: { runId: string }, { viewer }: ApiContext) => {
      const run = viewer === null ? null : engine.findRun(runId);
      return run === null ? null : viewFound(engine.findStack(run.stackId));
    },
    searchStacks: (_: Root, { input }: Search, { viewer }: ApiContext) => {
      const stacks = viewer === null ? [] : engine.stacks();
      const page = searchOrRefuse(stacks, input, createStackSearch(engine, options));
      return {
        edges: page.subjects.map((stack) => ({ cursor: stack.id, node: viewFound(stack) })),
        pageInfo: page.pageInfo,
      };
    },
    searchRuns: (_: Root, args: Search & { offset?: number | null }, { viewer }: ApiContext) => {
      const runs = viewer === null ? [] : engine.runs().toReversed();
      const input = { ...args.input, offset: args.offset ?? 0 };
      const page = searchOrRefuse(runs, input, createRunSearch(options));
      const view = (run: Run) => ({
        cursor: run.id,
        node: {
          run: viewRun(run, engine),
          stack: viewFound(engine.findStack(run.stackId)),
          isModule: run.type === 'TESTING',
        },
      });
      return { edges: page.subjects.map(view), pageInfo: page.pageInfo, total: page.total };
    },
    outgoingIPAddresses: () => OUTGOING_ADDRESSES,
    ...createModuleQueries(deps),
    ...createWebhookQueries(deps),
  };
}

function createStackSearch(engine: RunEngine, { switches }: SimulatorOptions): Searchable<Stack> {
  return {
    fields: {
      name: ({ name }) => name,
      slug: ({ id }) => id,
      label: ({ labels }) => labels,
      branch: ({ branch }) => branch,
      commit: ({ trackedCommit }) => trackedCommit.hash,
      repository: ({ repository }) => repository,
      projectRoot: ({ projectRoot }) => projectRoot,
      state: ({ id }) => engine.stackState(id),
      vendor: () => 'TERRAFORM',
      workerPool: ({ workerPool }) => workerPool?.id ?? '',
      administrative: ({ administrative }) => administrative,
      locked: ({ lock }) => lock !== null,
    },
    idOf: ({ id }) => id,
    ...switches,
  };
}

const createRunSearch = ({ switches }: SimulatorOptions): Searchable<Run> => ({
  fields: {
    state: currentState,
    type: ({ type }) => type,
    stack: ({ stackId }) => stackId,
    commit: ({ commit }) => commit.hash,
    branch: ({ commit }) => commit.branch,
    triggeredBy: ({ triggeredBy }) => triggeredBy ?? '',
  },
  idOf: ({ id }) => id,
  ...switches,
});
