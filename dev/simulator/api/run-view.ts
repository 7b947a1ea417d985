/** A run as the API shows it: seconds, `*Count` names, history newest first. Fields are computed only when selected. */
import { isTerminalState } from '../../../shared/contract/states.ts';
import { type Comment, type Commit, currentState, currentTransition, type Run } from '../model.ts';
import type { RunEngine } from '../runs/engine.ts';
import { toSeconds } from '../units.ts';

/** States whose phase writes a log. */
const LOGGED_STATES: ReadonlySet<string> = new Set([
  'PREPARING',
  'INITIALIZING',
  'PLANNING',
  'APPLYING',
  'PERFORMING',
  'DESTROYING',
]);

export const viewRun = (run: Run, engine: RunEngine) => ({
  id: run.id,
  stackId: run.stackId,
  type: run.type,
  state: () => currentState(run),
  title: run.command ?? run.commit.message,
  branch: run.commit.branch,
  command: run.command,
  commit: viewCommit(run.commit),
  createdAt: toSeconds(run.createdAt),
  updatedAt: () => toSeconds(currentTransition(run).at),
  triggeredBy: run.triggeredBy,
  driftDetection: run.driftDetection,
  needsApproval: () => engine.waitOf(run) === 'approval',
  canConfirm: () => currentState(run) === 'UNCONFIRMED',
  canRetry: () => isRetryable(run),
  expired: false,
  finished: () => isTerminalState(currentState(run)),
  isMostRecent: () => engine.runs(run.stackId).findLast(({ type }) => type === run.type) === run,
  userProvidedMetadata: () => run.metadata,
  comments: () => run.comments.map(viewComment),
  delta: () => viewDelta(run),
  changesV3: () => viewChanges(run),
  history: () => run.history.toReversed().map(viewTransition),
  logs: ({ state, stateVersion }: { state: string; stateVersion?: number | null }) =>
    viewLogs(run, state, stateVersion ?? null),
});

export const viewResourceState = (run: Run) => ({
  id: run.id,
  state: currentState(run),
  finished: isTerminalState(currentState(run)),
});

export const viewCommit = (commit: Commit) => ({
  hash: commit.hash,
  message: commit.message,
  authorLogin: commit.authorLogin,
  authorName: commit.authorName,
  timestamp: toSeconds(commit.createdAt),
  url: commit.url,
});

export function isRetryable(run: Run): boolean {
  const state = currentState(run);
  return isTerminalState(state) && state !== 'FINISHED';
}

const viewTransition = ({ state, stateVersion, note, at, username }: Run['history'][number]) => ({
  state,
  stateVersion,
  terminal: isTerminalState(state),
  hasLogs: LOGGED_STATES.has(state),
  note,
  timestamp: toSeconds(at),
  username: username === '' ? null : username,
});

function viewDelta({ delta }: Run) {
  if (delta === null) return null;
  return {
    addCount: delta.added,
    changeCount: delta.changed,
    deleteCount: delta.deleted,
    importCount: 0,
    moveCount: 0,
    resources: delta.resources,
  };
}

export const viewComment = ({ body, at, username }: Comment) => ({
  body,
  createdAt: toSeconds(at),
  username,
});

/** What planning found, resource by resource; one group, as a plain plan has. */
function viewChanges({ delta }: Run) {
  if (delta === null) return [];
  const list = (count: number, type: string) =>
    Array.from({ length: count }, (_, index) => ({
      address: `random_pet.this[${index}]`,
      previousAddress: '',
      metadata: { type },
    }));
  const resources = [
    ...list(delta.added, 'ADD'),
    ...list(delta.changed, 'CHANGE'),
    ...list(delta.deleted, 'DELETE'),
  ];
  return resources.length === 0 ? [] : [{ resources }];
}

/** One line a phase, which is enough for a client that follows a run. */
function viewLogs(run: Run, state: string, stateVersion: number | null) {
  const transition = run.history.findLast(
    (entry) =>
      entry.state === state && (stateVersion === null || entry.stateVersion === stateVersion),
  );
  const exists = transition !== undefined && LOGGED_STATES.has(state);
  const message = `Simulated ${state.toLowerCase()} of ${run.commit.hash}\n`;
  return {
    exists,
    expired: false,
    finished: exists && transition.stateVersion < currentTransition(run).stateVersion,
    hasMore: false,
    nextToken: null,
    messages: exists ? [{ timestamp: toSeconds(transition.at), message }] : [],
  };
}
