import { expect, test } from 'vitest';
import { serveSimulator } from '../../dev/simulator/serve.ts';
import { lookUpRun } from '../../shared/activities/spacelift/look-up-run.ts';
import { SpaceliftFailure } from '../../shared/activities/spacelift/failure.ts';
import { parseWorkerConfig } from '../../worker/config.ts';
import { createSpaceliftClients } from '../../worker/spacelift-clients.ts';

const clientsOf = (endpoint: string) =>
  createSpaceliftClients(
    parseWorkerConfig({
      SPACELIFT_API_KEY_ENDPOINT: endpoint,
      SPACELIFT_API_KEY_ID: '01JSIMULATORKEY00000000000',
      SPACELIFT_API_KEY_SECRET: 'simulator-secret',
      SPACELIFT_ACCOUNT: 'demo',
    }),
  );

test('createSpaceliftClients() yields one client for the configured account', async () => {
  const simulator = await serveSimulator();
  try {
    const clientOf = clientsOf(simulator.url);
    expect(clientOf('demo')).toBe(clientOf('demo'));
    const run = { account: 'demo', stackId: 'none', runId: '01NONE' };
    expect(await lookUpRun(clientOf('demo'), run)).toBeNull();
  } finally {
    await simulator.close();
  }
});

test.each(['acme', 'Demo', ''])(
  'createSpaceliftClients() refuses account "%s" by name',
  (account) => {
    const clientOf = clientsOf('http://127.0.0.1:9');
    expect(() => clientOf(account)).toThrow(SpaceliftFailure);
    expect(() => clientOf(account)).toThrow(
      `Cannot call Spacelift for account ${account}: no API key is configured for it (there is one for demo)`,
    );
    try {
      clientOf(account);
    } catch (error) {
      expect(error).toMatchObject({ failureClass: 'final' });
    }
  },
);

test('createSpaceliftClients() names the accounts that have a key', () => {
  const keys = ['acme', 'beta'].map((account) => ({
    account,
    endpoint: 'http://127.0.0.1:9',
    keyId: `01${account}`,
    keySecret: 'secret',
  }));
  const clientOf = createSpaceliftClients({ spacelift: keys, deadlineMs: 1000 });
  expect(clientOf('acme').account.keyId).toBe('01acme');
  expect(clientOf('beta').account.keyId).toBe('01beta');
  expect(() => clientOf('gamma')).toThrow('(there is one for acme and beta)');
});
