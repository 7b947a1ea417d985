/** A stack as the API shows it. Fields that cost something are computed only when selected. */
import { isTerminalState } from '../../../shared/contract/states.ts';
import { currentTransition, type RunType, type Stack } from '../model.ts';
import type { RunEngine } from '../runs/engine.ts';
import { isSerial } from '../runs/queue.ts';
import { toSeconds } from '../units.ts';
import { viewCommit, viewResourceState, viewRun } from './run-view.ts';

type Before = { readonly before?: string | null };

/** Read by the executor field by field, through whatever the schema names. */
export type StackView = { readonly id: string } & Readonly<Record<string, unknown>>;

/** Settings that the simulator has one value of, for clients that list them. */
const PLAIN_SETTINGS = {
  trackedCommitSetBy: null,
  namespace: '',
  provider: 'GITHUB',
  runnerImage: null,
  terraformVersion: null,
  managesStateFile: true,
  localPreviewEnabled: false,
  autoretry: false,
  canWrite: true,
  starred: false,
  deleted: false,
  deleting: false,
  ...Object.fromEntries(
    ['Apply', 'Destroy', 'Init', 'Perform', 'Plan', 'Run'].flatMap((phase) => [
      [`after${phase}`, []],
      [`before${phase}`, []],
    ]),
  ),
  vendorConfig: { __typename: 'StackConfigVendorTerraform', version: null, workspace: null },
};

export const viewStack = (stack: Stack, engine: RunEngine, pageSize: number): StackView => ({
  id: stack.id,
  name: stack.name,
  description: stack.description,
  labels: stack.labels,
  space: stack.space,
  spaceDetails: { id: stack.space, name: stack.space, description: '', parentSpace: null },
  state: () => engine.stackState(stack.id),
  stateIsTerminal: () => isTerminalState(engine.stackState(stack.id)),
  stateSetAt: () => stateSetAt(stack, engine),
  blocked: () => engine.holder(stack.id) !== null,
  blocker: () => findBlocker(stack, engine),
  needsApproval: () => engine.runs(stack.id).some((run) => engine.waitOf(run) === 'approval'),
  administrative: stack.administrative,
  autodeploy: stack.autodeploy,
  isDisabled: stack.isDisabled,
  isDrifted: stack.isDrifted,
  lockedAt: stack.lock === null ? null : toSeconds(stack.lock.at),
  lockedBy: stack.lock?.by ?? null,
  lockNote: stack.lock?.note ?? null,
  branch: stack.branch,
  repository: stack.repository,
  projectRoot: stack.projectRoot,
  createdAt: toSeconds(stack.createdAt),
  trackedCommit: viewCommit(stack.trackedCommit),
  workerPool: stack.workerPool,
  ...PLAIN_SETTINGS,
  dependsOn: () =>
    viewDependencies(engine, pageSize).filter(({ stack: { id } }) => id === stack.id),
  isDependedOnBy: () =>
    viewDependencies(engine, pageSize).filter(({ dependsOnStack: { id } }) => id === stack.id),
  run: ({ id }: { id: string }) => {
    const run = engine.findRun(id);
    return run?.stackId === stack.id ? viewRun(run, engine) : null;
  },
  runResourceState: ({ id }: { id: string }) => {
    const run = engine.findRun(id);
    return run?.stackId === stack.id ? viewResourceState(run) : null;
  },
  runs: ({ before }: Before) =>
    list(stack, engine, ['TRACKED', 'DESTROY'], before ?? null, pageSize),
  proposedRuns: ({ before }: Before) => list(stack, engine, ['PROPOSED'], before ?? null, pageSize),
  tasks: ({ before }: Before) => list(stack, engine, ['TASK'], before ?? null, pageSize),
});

/** Newest first; run ids are ULIDs, so older ones compare smaller. */
function list(
  stack: Stack,
  engine: RunEngine,
  types: readonly RunType[],
  before: string | null,
  pageSize: number,
) {
  return engine
    .runs(stack.id)
    .filter(({ id, type }) => types.includes(type) && (before === null || id < before))
    .toReversed()
    .slice(0, pageSize)
    .map((run) => viewRun(run, engine));
}

function findBlocker(stack: Stack, engine: RunEngine) {
  const holder = engine.holder(stack.id);
  return holder === null ? null : viewRun(holder, engine);
}

function stateSetAt(stack: Stack, engine: RunEngine): number | null {
  const state = engine.stackState(stack.id);
  const times = engine
    .runs(stack.id)
    .filter(isSerial)
    .map(currentTransition)
    .filter((transition) => transition.state === state)
    .map(({ at }) => at);
  return times.length === 0 ? null : toSeconds(Math.max(...times));
}

export const dependencyIdOf = (stackId: string, parentId: string) => `${stackId}:${parentId}`;

export function viewDependencies(engine: RunEngine, pageSize: number) {
  return engine.stacks().flatMap((stack) =>
    stack.dependsOn.flatMap((parentId) => {
      const parent = engine.findStack(parentId);
      if (parent === null) return [];
      const dependsOnStack = viewStack(parent, engine, pageSize);
      const id = dependencyIdOf(stack.id, parentId);
      return [{ id, stack: viewStack(stack, engine, pageSize), dependsOnStack }];
    }),
  );
}
