/**
 * The body when a notification policy forwards its whole input: `run_updated`. It has no `stateVersion`; the position
 * of a state shows only in `states_history`. Times are int64 nanoseconds, so the payload holds bigints.
 */
import { isTerminalState } from '../../../../shared/contract/states.ts';
import type { Commit, Run, RuntimeConfig } from '../../model.ts';
import { durationToNanoseconds, runUrlOf, toNanoseconds } from '../../units.ts';
import type { PayloadFacts } from './default-run.ts';

export type Endpoint = { readonly id: string; readonly labels: readonly string[] };

const PUBLIC_POOL = { id: '', labels: [], name: '', public: true };

export const createRunUpdatedPayload = (
  facts: PayloadFacts,
  endpoints: readonly Endpoint[],
  publicWorkerPool: 'shown' | 'absent',
) => ({
  account: { name: facts.account },
  run_updated: {
    note: facts.transition.note ?? '',
    plan_policy_decision: null,
    policy_receipts: null,
    run: toPolicyRun(facts),
    stack: toPolicyStack(facts, publicWorkerPool),
    state: facts.transition.state,
    timing: toTiming(facts.run),
    urls: { run: runUrlOf(facts.accountUrl, facts.run) },
    username: facts.transition.username,
  },
  webhook_endpoints: endpoints.map(({ id, labels }) => ({ id, labels })),
});

const toPolicyRun = ({ run, transition }: PayloadFacts) => ({
  based_on_local_workspace: false,
  branch: run.commit.branch,
  changes: toChanges(run),
  command: run.command ?? '',
  commit: toPolicyCommit(run.commit),
  created_at: toNanoseconds(run.createdAt),
  creator_session: toCreatorSession(run),
  drift_detection: run.driftDetection,
  flags: [],
  id: run.id,
  runtime_config: toRuntimeConfig(run.runtimeConfig),
  state: transition.state,
  states_history: run.history.map(({ state, note }) => ({
    new_state: state,
    ...(note !== null && { note }),
  })),
  triggered_by: run.triggeredBy,
  type: run.type,
  updated_at: toNanoseconds(transition.at),
  user_provided_metadata: run.metadata,
});

const toPolicyStack = (
  { stack, stackState }: PayloadFacts,
  publicWorkerPool: 'shown' | 'absent',
) => ({
  additional_project_globs: [],
  administrative: stack.administrative,
  autodeploy: stack.autodeploy,
  branch: stack.branch,
  id: stack.id,
  labels: stack.labels,
  locked_by: stack.lock?.by ?? null,
  name: stack.name,
  namespace: null,
  project_root: stack.projectRoot,
  repository: stack.repository,
  roles: [],
  space: { id: stack.space, labels: [], name: stack.space },
  state: stackState,
  terraform_version: null,
  tracked_commit: toPolicyCommit(stack.trackedCommit),
  ...(stack.workerPool !== null && { worker_pool: { ...stack.workerPool, public: false } }),
  ...(stack.workerPool === null && publicWorkerPool === 'shown' && { worker_pool: PUBLIC_POOL }),
});

const toPolicyCommit = (commit: Commit) => ({
  author: commit.authorLogin ?? commit.authorName,
  branch: commit.branch,
  created_at: toNanoseconds(commit.createdAt),
  hash: commit.hash,
  message: commit.message,
  url: commit.url,
});

const toRuntimeConfig = (config: RuntimeConfig) => ({
  ...config.hooks,
  environment: config.environment,
  project_root: config.projectRoot,
  runner_image: config.runnerImage,
  terraform_version: config.terraformVersion,
});

/** A git push has no session behind it. */
function toCreatorSession(run: Run) {
  if (run.triggeredBy === null) return null;
  const machine = run.triggeredBy.startsWith('api::');
  return {
    admin: false,
    creator_ip: run.creatorIp,
    login: run.triggeredBy,
    machine,
    name: run.triggeredBy,
    teams: [],
  };
}

/** Phases that are over; the one under way and the end itself are not listed. */
const toTiming = ({ history }: Run) =>
  history.slice(0, -1).map(({ state, at }, index) => ({
    duration: durationToNanoseconds((history[index + 1]?.at ?? at) - at),
    state,
  }));

function toChanges(run: Run) {
  const { delta } = run;
  if (delta === null) return [];
  const isApplied = run.history.some(({ state }) => state === 'APPLYING' || state === 'DESTROYING');
  const phase =
    isApplied && run.history.some(({ state }) => isTerminalState(state)) ? 'apply' : 'plan';
  return [
    ...Array.from({ length: delta.added }, (_, index) => toChange('added', phase, index)),
    ...Array.from({ length: delta.deleted }, (_, index) => toChange('deleted', phase, index)),
  ];
}

const toChange = (action: string, phase: 'plan' | 'apply', index: number) => ({
  action,
  entity: {
    address: `random_pet.this[${index}]`,
    data: {
      address: `random_pet.this[${index}]`,
      mode: 'managed',
      module: '',
      provider: 'registry.opentofu.org/hashicorp/random',
      tainted: false,
      values: { length: '6b86b273' },
      values_hash: '6b86b273ff34fce19d6b804eff5a3f57',
    },
    entity_type: 'resource',
    entity_vendor: 'terraform',
    name: 'this',
    type: 'random_pet',
  },
  moved: false,
  phase,
});
