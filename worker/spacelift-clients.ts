/** The Spacelift client of each account that has an API key; any other account is refused by name. */
import { createSpaceliftClient } from '../shared/activities/spacelift/client.ts';
import { SpaceliftFailure } from '../shared/activities/spacelift/failure.ts';
import type { SpaceliftClients } from '../shared/activities/spacelift-activities.ts';
import type { WorkerConfig } from './config.ts';

export function createSpaceliftClients({
  spacelift,
  deadlineMs,
}: Pick<WorkerConfig, 'spacelift' | 'deadlineMs'>): SpaceliftClients {
  const clients = new Map(
    spacelift.map((key) => [
      key.account,
      createSpaceliftClient(key, { fetch, now: Date.now, deadlineMs }),
    ]),
  );
  return (account) => {
    const client = clients.get(account);
    if (client !== undefined) return client;
    throw new SpaceliftFailure(
      `call Spacelift for account ${account}`,
      `no API key is configured for it (there is one for ${[...clients.keys()].join(' and ')})`,
      'final',
    );
  };
}
