/**
 * What holds of the line that the calls of an account wait in, with two worker processes: one rate for all of them together
 * on any server, turns by stack on a server that has fairness enabled, and a line of its own for each account.
 */
import proto from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { serveSimulator } from '../../dev/simulator/serve.ts';
import { SIGNALS, spaceliftApiTaskQueue } from '../../shared/contract/names.ts';
import { runExecutionId } from '../../shared/contract/ids.ts';
import { startOfIntent, startOfRun } from '../../shared/workflow/start.ts';
import { ACCOUNT, intentEvent } from '../events.ts';
import { deliveryFacts, type Harness, SETTINGS, startHarness } from './harness.ts';
import { prepareWorkerProcesses, SIMULATOR_KEY, type WorkerProcesses } from './worker-processes.ts';

const CALLS_PER_SECOND = 10;

const OTHER = { account: 'beta-2', keyId: '01JBETAKEY0000000000000000', keySecret: 'beta-secret' };

/** The accounts have task queues that the harness's own workers do not serve. */
const OWN_QUEUES = { ...SETTINGS, accounts: [ACCOUNT, OTHER.account] };

const PROMPT = { name: SIGNALS.runEvents, payload: {} };

let harness: Harness;
let other: Awaited<ReturnType<typeof serveSimulator>>;
let processes: WorkerProcesses;

beforeAll(async () => {
  harness = await startHarness(
    inject('temporalCli'),
    {},
    { serverConfig: ['matching.enableFairness=true'] },
  );
  other = await serveSimulator({
    account: OTHER.account,
    stateMs: 20,
    apiKeyId: OTHER.keyId,
    apiKeySecret: OTHER.keySecret,
  });
  processes = await prepareWorkerProcesses(harness, {
    accounts: [
      { account: ACCOUNT, endpoint: harness.simulatorUrl, ...SIMULATOR_KEY },
      { ...OTHER, endpoint: other.url },
    ],
    callsPerSecond: CALLS_PER_SECOND,
    deadlineMs: 5000,
  });
});
afterAll(async () => {
  await processes.stop();
  await other.close();
  await harness.stop();
});

const runIdsOf = (stackId: string, count: number) =>
  Array.from({ length: count }, (_, index) => `01${stackId.toUpperCase()}${index}`);

/** Each asks Spacelift about a run of its own. */
const ask = (stackId: string, runIds: readonly string[]) =>
  Promise.all(
    runIds.map(async (runId) => {
      const start = startOfRun({ account: ACCOUNT, stackId, runId }, OWN_QUEUES);
      await harness.executions.signalWithStart(start, PROMPT, 'never');
    }),
  );

/** Until all wait in line for the answer. */
async function enqueue(stackId: string, count: number): Promise<void> {
  const runIds = runIdsOf(stackId, count);
  await ask(stackId, runIds);
  for (const runId of runIds) {
    const handle = harness.handleOf(runExecutionId(ACCOUNT, stackId, runId));
    const pending = async () => (await handle.describe()).raw.pendingActivities?.length;
    await expect.poll(pending, { timeout: 30_000 }).toBe(1);
  }
}

type Asked = { readonly at: number; readonly operation: string; readonly stack?: string };

async function questions(): Promise<readonly Asked[]> {
  const { operations } = (await harness.control('GET', '/journal')) as {
    operations: readonly Asked[];
  };
  return operations.filter(({ operation }) => operation === 'stack');
}

const stacksAsked = async () => (await questions()).map(({ stack }) => stack);

/** Of those that serve the account's task queue. */
async function processesServing(account: string): Promise<number> {
  const { pollers } = await harness.env.client.workflowService.describeTaskQueue({
    namespace: harness.env.namespace ?? 'default',
    taskQueue: { name: spaceliftApiTaskQueue(account) },
    taskQueueType: proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
  });
  return new Set(pollers?.map(({ identity }) => identity)).size;
}

describe('the calls of an account, with two worker processes', () => {
  const BUSY = 60;

  test('keep one rate for both, and take turns by stack where the server can', async () => {
    await enqueue('busy', BUSY);
    await enqueue('quiet', 3);
    expect(await stacksAsked()).toEqual([]);
    await Promise.all([processes.start(), processes.start()]);
    await expect.poll(stacksAsked, { timeout: 50_000 }).toHaveLength(BUSY + 3);
    const asked = await stacksAsked();
    expect(asked.lastIndexOf('quiet')).toBeLessThan(BUSY / 2);
    const times = (await questions()).map(({ at }) => at);
    // A busy machine makes this longer only; two processes that each kept the rate would need half of it.
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(
      (750 * BUSY) / CALLS_PER_SECOND,
    );
    expect(await processesServing(ACCOUNT)).toBe(2);
  });

  test('do not hold up those of another account, however busy, slow and rate limited', async () => {
    const BACKLOG = 200;
    expect(await processesServing(OTHER.account)).toBe(2);
    await fetch(`${other.url}/control/stacks`, {
      method: 'POST',
      body: JSON.stringify({ id: 'quiet', autodeploy: true }),
      headers: { 'content-type': 'application/json' },
    });
    const before = (await stacksAsked()).length;
    const slow = { operation: 'any', times: 10_000, status: 429, hangMs: 1000 };
    await harness.control('POST', '/faults', slow);
    await ask('backlog', runIdsOf('backlog', BACKLOG));
    const event = intentEvent('quiet', 'key.1', { account: OTHER.account });
    // Nothing brings deliveries of that account, so its run is looked at soon.
    const settings = { ...OWN_QUEUES, silenceMs: 300 };
    const start = startOfIntent(event, deliveryFacts('key.1'), settings);
    await harness.executions.start(start, 'never');
    const result = await harness.handleOf(start.workflowId).result();
    expect(result.outcome).toBe('completed');
    expect((await stacksAsked()).length - before).toBeLessThan(BACKLOG);
  });
});
