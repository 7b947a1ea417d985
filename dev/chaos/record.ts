/** Puts the history of a chaos together from the three that know: Spacelift (simulated), the edge, Temporal. */
import type { Client } from '@temporalio/client';
import type { JournalDelivery, SimulatorClient } from '../launcher/simulator-client.ts';
import { readExecutions } from './execution-reader.ts';
import type { ChaosHistory, SentDelivery } from './history.ts';
import type { InboxReader } from './inbox-reader.ts';

export type Sources = {
  readonly account: string;
  readonly simulator: SimulatorClient;
  readonly inboxes: InboxReader;
  readonly temporal: Client;
};

export async function recordHistory({
  account,
  simulator,
  inboxes,
  temporal,
}: Sources): Promise<ChaosHistory> {
  const [{ deliveries }, runs, kept, executions] = await Promise.all([
    simulator.journal(),
    simulator.runs(),
    inboxes.readAll(),
    readExecutions(temporal),
  ]);
  return {
    account,
    sent: deliveries.map((delivery) => toSent(account, delivery)),
    kept,
    runs: runs.map(({ id, stack, history }) => ({
      id,
      stack,
      states: history.map(({ state }) => state),
    })),
    executions,
  };
}

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
