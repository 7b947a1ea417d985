/** The Spacelift client of each account; one account for now, any other is refused by name. */
import { createSpaceliftClient } from '../shared/activities/spacelift/client.ts';
import { SpaceliftFailure } from '../shared/activities/spacelift/failure.ts';
import type { SpaceliftClients } from '../shared/activities/spacelift-activities.ts';
import type { WorkerConfig } from './config.ts';

export function createSpaceliftClients({ spacelift, deadlineMs }: WorkerConfig): SpaceliftClients {
  const client = createSpaceliftClient(spacelift, { fetch, now: Date.now, deadlineMs });
  return (account) => {
    if (account === spacelift.account) return client;
    throw new SpaceliftFailure(
      `call Spacelift for account ${account}`,
      `no API key is configured for it (there is one for ${spacelift.account})`,
      'final',
    );
  };
}
