/** Puts the history of a chaos together from all who know: Spacelift (simulated), the edge, Temporal, and who was told. */
import type { Client } from '@temporalio/client';
import { intentKeyOf } from '../../shared/workflow/run-metadata.ts';
import type {
  JournalDelivery,
  JournalOperation,
  SimulatedRun,
  SimulatorClient,
} from '../launcher/simulator-client.ts';
import { readExecutions } from './execution-reader.ts';
import type { ChaosHistory, RecordedRun, SentDelivery } from './history.ts';
import type { InboxReader } from './inbox-reader.ts';

export type Sources = {
  readonly account: string;
  readonly apiKeyId: string;
  readonly simulator: SimulatorClient;
  readonly inboxes: InboxReader;
  readonly temporal: Client;
};

/** What can be read afterwards. */
export type ReadHistory = Pick<
  ChaosHistory,
  'account' | 'sent' | 'kept' | 'runs' | 'requests' | 'executions'
>;

export async function readHistory(sources: Sources): Promise<ReadHistory> {
  const { account, apiKeyId, simulator, inboxes, temporal } = sources;
  const [{ deliveries, operations }, runs, kept, executions] = await Promise.all([
    simulator.journal(),
    simulator.runs(),
    inboxes.readAll(),
    readExecutions(temporal),
  ]);
  return {
    account,
    sent: deliveries.map((delivery) => toSent(account, delivery)),
    kept,
    runs: runs.map((run) => toRun(run, apiKeyId)),
    requests: operations.flatMap(toRequest),
    executions,
  };
}

const toRun = (run: SimulatedRun, apiKeyId: string): RecordedRun => ({
  id: run.id,
  stack: run.stack,
  type: run.type,
  command: run.command,
  isOurs: run.triggeredBy === `api::${apiKeyId}`,
  madeFor: intentKeyOf(run.userMetadata),
  createdAt: run.createdAt,
  states: run.history.map(({ state }) => state),
});

const MAKING = ['runTrigger', 'taskCreate', 'runRetry'];

const toRequest = ({ at, operation, stack, made }: JournalOperation) =>
  MAKING.includes(operation) && stack !== undefined ? [{ at, stack, made }] : [];

const toSent = (account: string, delivery: JournalDelivery): SentDelivery => {
  const { webhook, stack, run, state, stateVersion, copy, outcome, tries } = delivery;
  return {
    key: keyOf(account, delivery),
    webhook,
    stack,
    run,
    state,
    stateVersion,
    copy,
    outcome,
    tries: tries.map(({ at, status }) => ({ at, status })),
  };
};

/** As docs/wire.md says, and made here again: the edge is not asked what it should have made. */
const keyOf = (account: string, { run, state, stateVersion, family }: JournalDelivery): string =>
  `run/${account}/${run}/${state}/${family === 'default' ? 'exact' : 'derived'}.${stateVersion}`;
