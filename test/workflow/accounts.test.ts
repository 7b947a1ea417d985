import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { serveSimulator } from '../../dev/simulator/serve.ts';
import type { SpaceliftAccount } from '../../shared/activities/spacelift/client.ts';
import type { SpaceliftClients } from '../../shared/activities/spacelift-activities.ts';
import { SIGNALS } from '../../shared/contract/names.ts';
import { startOfIntent, startOfRun } from '../../shared/workflow/start.ts';
import type { ExecutionResult } from '../../shared/workflow/messages.ts';
import { createSpaceliftClients } from '../../worker/spacelift-clients.ts';
import { intentEvent } from '../events.ts';
import { deliveryFacts, type Harness, SETTINGS, startHarness } from './harness.ts';

/** Nothing brings deliveries here, so every run is looked at soon. */
const BOTH = { ...SETTINGS, silenceMs: 300, accounts: ['demo', 'beta-2'] };

const KEY = { keyId: '01JBETAKEY0000000000000000', keySecret: 'beta-secret' };

/** Of each account; its calls wait in line, and the line of one must not be the other's. */
const CALLS_PER_SECOND = 5;

/** Calls that take the busy account far longer than the other needs for its run. */
const BACKLOG = 200;

/** A signal without news makes a run execution ask Spacelift. */
const PROMPT = { name: SIGNALS.runEvents, payload: {} };

let harness: Harness;
let beta: Awaited<ReturnType<typeof serveSimulator>>;
let clientOf: SpaceliftClients;

beforeAll(async () => {
  harness = await startHarness(
    inject('temporalCli'),
    {},
    {
      workers: {
        accounts: BOTH.accounts,
        clientOf: (account) => clientOf(account),
        maxRequestsPerSecond: CALLS_PER_SECOND,
      },
    },
  );
  beta = await serveSimulator({
    account: 'beta-2',
    stateMs: 20,
    apiKeyId: KEY.keyId,
    apiKeySecret: KEY.keySecret,
  });
  const demo: SpaceliftAccount = {
    account: 'demo',
    endpoint: harness.simulatorUrl,
    keyId: '01JSIMULATORKEY00000000000',
    keySecret: 'simulator-secret',
  };
  const spacelift = [demo, { account: 'beta-2', endpoint: beta.url, ...KEY }];
  clientOf = createSpaceliftClients({ spacelift, deadlineMs: 5000 });
});
afterAll(async () => {
  await beta.close();
  await harness.stop();
});

async function control(url: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${url}/control${path}`, {
    ...(body !== undefined && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  expect(answer.ok).toBe(true);
  return answer.json();
}

async function countCalls({ simulatorUrl }: Harness): Promise<number> {
  const journal = (await control(simulatorUrl, '/journal')) as {
    operations: readonly { stack?: string }[];
  };
  return journal.operations.filter(({ stack }) => stack === 'busy').length;
}

async function pursue(account: string, stackId: string, key: string) {
  const event = intentEvent(stackId, key, { account });
  const start = startOfIntent(event, deliveryFacts(key), BOTH);
  await harness.executions.start(start, 'never');
  return harness.handleOf(start.workflowId);
}

describe('several accounts', () => {
  test('each with its own key: a stack of the same name in both gets a run in each', async () => {
    await harness.addStack('network');
    await control(beta.url, '/stacks', { id: 'network', autodeploy: true });
    const handles = [await pursue('demo', 'network', 'k'), await pursue('beta-2', 'network', 'k')];
    const results: readonly ExecutionResult[] = await Promise.all(
      handles.map(async (handle) => handle.result()),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['completed', 'completed']);
    const runs = (await control(beta.url, '/runs?stack=network')) as readonly { id: string }[];
    expect(runs.map(({ id }) => id)).toEqual([results[1]?.runId]);
    expect((await harness.runsOf('network')).map(({ id }) => id)).toEqual([results[0]?.runId]);
  });

  test('one that is busy, slow and rate limited does not hold the other up', async () => {
    await harness.addStack('busy');
    await control(beta.url, '/stacks', { id: 'quiet', autodeploy: true });
    const fault = { operation: 'any', times: 10_000, status: 429, hangMs: 1000 };
    await harness.control('POST', '/faults', fault);
    await Promise.all(
      Array.from({ length: BACKLOG }, async (_, index) => {
        const start = startOfRun({ account: 'demo', stackId: 'busy', runId: `01R${index}` }, BOTH);
        await harness.executions.signalWithStart(start, PROMPT, 'never');
      }),
    );
    const result = await (await pursue('beta-2', 'quiet', 'k')).result();
    expect(result.outcome).toBe('completed');
    expect(await countCalls(harness)).toBeLessThan(BACKLOG);
  });

  test('an account without a key is refused by name, listed or not', async () => {
    const ended = await (await pursue('gamma', 'any', 'no-key')).result();
    expect(ended).toMatchObject({ outcome: 'not-triggered', attempts: 1 });
    expect(ended.reason).toBe(
      'Cannot call Spacelift for account gamma: no API key is configured for it ' +
        '(there is one for demo and beta-2)',
    );
  });
});
