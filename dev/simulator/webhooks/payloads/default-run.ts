/** Spacelift's default payload of a run state change, with every field a current account sends. */
import type { RunTransition } from '../../model.ts';
import { runUrlOf, stackUrlOf, toSeconds } from '../../units.ts';

const PUBLIC_POOL = { public: true, id: '', labels: [], name: '' };

export type PayloadFacts = RunTransition & {
  readonly account: string;
  readonly accountUrl: string;
};

export function createDefaultRunPayload(facts: PayloadFacts, emptyFields: 'null' | 'absent') {
  const { account, accountUrl, run, stack, transition } = facts;
  const payload = {
    account,
    event_source: 'spacelift',
    event_type: 'run_state_changed_event',
    note: transition.note,
    run: {
      id: run.id,
      branch: run.commit.branch,
      command: run.command,
      commit: {
        authorLogin: run.commit.authorLogin,
        authorName: run.commit.authorName,
        hash: run.commit.hash,
        message: run.commit.message,
        timestamp: toSeconds(run.commit.createdAt),
        url: run.commit.url,
      },
      createdAt: toSeconds(run.createdAt),
      delta: run.delta,
      driftDetection: run.driftDetection,
      triggeredBy: run.triggeredBy,
      type: run.type,
      url: runUrlOf(accountUrl, run),
    },
    stack: {
      id: stack.id,
      name: stack.name,
      description: stack.description,
      labels: stack.labels,
      repository: stack.repository,
      url: stackUrlOf(accountUrl, stack.id),
      vcs: 'GITHUB',
    },
    state: transition.state,
    stateVersion: transition.stateVersion,
    timestamp: toSeconds(transition.at),
    timestamp_millis: transition.at,
    workerPool: stack.workerPool === null ? PUBLIC_POOL : { public: false, ...stack.workerPool },
  };
  return emptyFields === 'null' ? payload : withoutNulls(payload);
}

/** `JSON.stringify` leaves out what is undefined, so nulls need only be turned into that. */
const withoutNulls = (payload: unknown): unknown =>
  JSON.parse(JSON.stringify(payload), (_, value: unknown) => (value === null ? undefined : value));
