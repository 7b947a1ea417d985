/**
 * What holds of the line that the calls of an account wait in: one rate for all workers together on any server, and turns
 * by stack on a server that has fairness enabled.
 */
import { NativeConnection, type Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SIGNALS } from '../../shared/contract/names.ts';
import { startOfRun } from '../../shared/workflow/start.ts';
import { parseWorkerConfig } from '../../worker/config.ts';
import { createDataConverter } from '../../worker/payloads/data-converter.ts';
import { createSpaceliftClients } from '../../worker/spacelift-clients.ts';
import { createTemporalWorkers } from '../../worker/temporal-worker.ts';
import { ACCOUNT } from '../events.ts';
import { type Harness, runIdOf, SETTINGS, startHarness } from './harness.ts';

const CALLS_PER_SECOND = 10;

/** The account has a task queue that the harness's own workers do not serve. */
const OWN_QUEUE = { ...SETTINGS, accounts: [ACCOUNT] };

const PROMPT = { name: SIGNALS.runEvents, payload: {} };

let harness: Harness;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  harness = await startHarness(
    inject('temporalCli'),
    {},
    { serverConfig: ['matching.enableFairness=true'] },
  );
});
afterAll(async () => {
  await Promise.all(stops.splice(0).map(async (stop) => stop()));
  await harness.stop();
});

/** Of one process: the workers of a process share a connection, those of another have their own. */
async function startWorkers(): Promise<void> {
  const { address } = harness.env;
  const connection = await NativeConnection.connect({ address });
  const workers: readonly Worker[] = await createTemporalWorkers({
    connection,
    namespace: harness.env.namespace ?? 'default',
    accounts: [ACCOUNT],
    dataConverter: createDataConverter([]),
    clientOf: createSpaceliftClients(
      parseWorkerConfig({
        SPACELIFT_API_KEY_ENDPOINT: harness.simulatorUrl,
        SPACELIFT_API_KEY_ID: '01JSIMULATORKEY00000000000',
        SPACELIFT_API_KEY_SECRET: 'simulator-secret',
        SPACELIFT_ACCOUNT: ACCOUNT,
      }),
    ),
    routes: [],
    maxRequestsPerSecond: CALLS_PER_SECOND,
    maxCachedWorkflows: 100,
    workflowBundle: undefined,
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  stops.push(async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await connection.close();
  });
}

/** Each asks Spacelift about a run of its own, and waits in line for the answer. */
async function enqueue(stackId: string, count: number): Promise<void> {
  const runIds = Array.from({ length: count }, (_, index) => `01${stackId}${index}`);
  await Promise.all(
    runIds.map(async (runId) => {
      const start = startOfRun({ account: ACCOUNT, stackId, runId }, OWN_QUEUE);
      await harness.executions.signalWithStart(start, PROMPT, 'never');
    }),
  );
  for (const runId of runIds)
    await expect
      .poll(
        async () => {
          const { raw } = await harness.handleOf(runIdOf(stackId, runId)).describe();
          return raw.pendingActivities?.length;
        },
        { timeout: 30_000 },
      )
      .toBe(1);
}

async function stacksAsked(): Promise<readonly (string | undefined)[]> {
  const { operations } = (await harness.control('GET', '/journal')) as {
    operations: readonly { operation: string; stack?: string }[];
  };
  return operations.filter(({ operation }) => operation === 'stack').map(({ stack }) => stack);
}

describe('the calls of an account', () => {
  const BUSY = 60;

  test('keep one rate for all workers, and take turns by stack where the server can', async () => {
    await enqueue('busy', BUSY);
    await enqueue('quiet', 3);
    expect(await stacksAsked()).toEqual([]);
    const since = performance.now();
    await startWorkers();
    await startWorkers();
    await expect.poll(stacksAsked, { timeout: 50_000 }).toHaveLength(BUSY + 3);
    const asked = await stacksAsked();
    expect(asked.lastIndexOf('quiet')).toBeLessThan(BUSY / 2);
    // Waiting makes this longer only; two workers that each kept the rate would need half of it.
    expect(performance.now() - since).toBeGreaterThan((750 * BUSY) / CALLS_PER_SECOND);
  });
});
