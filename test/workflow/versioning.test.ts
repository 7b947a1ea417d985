import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { Worker, WorkerDeploymentOptions } from '@temporalio/worker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SpaceliftFailure } from '../../shared/activities/spacelift/failure.ts';
import { signalFor } from '../../shared/workflow/messages.ts';
import { startOfRun } from '../../shared/workflow/start.ts';
import { parseWorkerConfig } from '../../worker/config.ts';
import { createExecutions } from '../../worker/executions.ts';
import { createDataConverter } from '../../worker/payloads/data-converter.ts';
import { bundleWorkflow, createTemporalWorkers } from '../../worker/temporal-worker.ts';
import { runEvent } from '../events.ts';
import { startTemporal } from '../worker/temporal.ts';
import { deliveryFacts, runIdOf, SETTINGS } from './harness.ts';
import { DEPLOYMENT, makeCurrent as setCurrent } from './versions.ts';
import { reactorOf } from './reactor.ts';

/** Long enough for work that is handed out to be seen. */
const NO_WORK_MS = 2000;

let env: TestWorkflowEnvironment;
let bundle: { code: string };
let stops: (() => Promise<void>)[];

beforeEach(async () => {
  env = await startTemporal();
  bundle ??= await bundleWorkflow();
  stops = [];
});

afterEach(async () => {
  for (const stop of stops) await stop();
  await env.teardown();
});

const deploymentOf = (buildId: string, versioning: string) =>
  parseWorkerConfig({
    SPACELIFT_API_KEY_ENDPOINT: 'https://acme.app.spacelift.io',
    SPACELIFT_API_KEY_ID: 'id',
    SPACELIFT_API_KEY_SECRET: 'secret',
    WORKER_DEPLOYMENT_NAME: DEPLOYMENT,
    WORKER_BUILD_ID: buildId,
    WORKER_VERSIONING: versioning,
  }).deployment;

/** Workers of that version; Spacelift refuses them everything, so runs are taken at their deliveries' word. */
async function startWorkers(deployment: WorkerDeploymentOptions | undefined) {
  const workers = await createTemporalWorkers({
    connection: env.nativeConnection,
    namespace: env.namespace ?? 'default',
    accounts: [],
    dataConverter: createDataConverter([]),
    clientOf: (account) => {
      throw new SpaceliftFailure(`call Spacelift for ${account}`, 'not in this test', 'final');
    },
    routes: [],
    reactor: reactorOf(),
    maxRequestsPerSecond: 100,
    maxCachedWorkflows: 100,
    workflowBundle: bundle,
    deployment,
  });
  const running = Promise.all(workers.map((worker) => worker.run()));
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    for (const worker of workers as Worker[]) worker.shutdown();
    await running;
  };
  stops.push(stop);
  return { stop };
}

const makeCurrent = (buildId: string) => setCurrent(env.address, buildId);

async function tell(runId: string, state: string, stateVersion: number) {
  const event = runEvent('network', runId, state, stateVersion);
  const settings = { ...SETTINGS, searchAttributes: [] };
  await createExecutions(env.client).signalWithStart(
    startOfRun(event, settings, event),
    {
      name: signalFor(event.type).name,
      payload: { events: [{ event, delivery: deliveryFacts(`${runId}/${state}`) }] },
    },
    'never',
  );
}

const handleOf = (runId: string) => env.client.workflow.getHandle(runIdOf('network', runId));

/** Build ids of the workers that have completed its tasks, in order. */
async function builtBy(runId: string): Promise<readonly string[]> {
  const { events } = await handleOf(runId).fetchHistory();
  const ids = (events ?? []).flatMap(
    (event) => event.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId ?? [],
  );
  return ids.filter((id, index) => id !== ids[index - 1]);
}

const isDone = async (runId: string) => (await handleOf(runId).describe()).status.name;

describe('worker deployment versions', () => {
  test('one that nobody made current gets no work, and then gets it', async () => {
    await startWorkers(deploymentOf('1', 'auto-upgrade'));
    await tell('first', 'FINISHED', 5);
    await new Promise((resolve) => setTimeout(resolve, NO_WORK_MS));
    expect(await builtBy('first')).toEqual([]);
    await makeCurrent('1');
    expect(await handleOf('first').result()).toMatchObject({ outcome: 'completed' });
    expect(await builtBy('first')).toEqual(['1']);
  });

  test('by default open executions move to the version that is made current', async () => {
    const old = await startWorkers(deploymentOf('1', 'auto-upgrade'));
    await makeCurrent('1');
    await tell('moves', 'PLANNING', 4);
    await expect.poll(() => builtBy('moves'), { timeout: 20_000 }).toEqual(['1']);
    await startWorkers(deploymentOf('2', 'auto-upgrade'));
    await makeCurrent('2');
    await old.stop();
    await tell('moves', 'FINISHED', 5);
    expect(await handleOf('moves').result()).toMatchObject({ outcome: 'completed' });
    expect(await builtBy('moves')).toEqual(['1', '2']);
  });

  test('pinned, they stay with the version that began them, and wait for it', async () => {
    const old = await startWorkers(deploymentOf('1', 'pinned'));
    await makeCurrent('1');
    await tell('stays', 'PLANNING', 4);
    await expect.poll(() => builtBy('stays'), { timeout: 20_000 }).toEqual(['1']);
    await startWorkers(deploymentOf('2', 'pinned'));
    await makeCurrent('2');
    await old.stop();
    await tell('stays', 'FINISHED', 5);
    await new Promise((resolve) => setTimeout(resolve, NO_WORK_MS));
    expect(await isDone('stays')).toBe('RUNNING');
    await startWorkers(deploymentOf('1', 'pinned'));
    expect(await handleOf('stays').result()).toMatchObject({ outcome: 'completed' });
    expect(await builtBy('stays')).toEqual(['1']);
  });

  test('an execution that began without versions moves to the first one', async () => {
    const old = await startWorkers(undefined);
    await tell('before', 'PLANNING', 4);
    await expect
      .poll(async () => (await handleOf('before').fetchHistory()).events?.length ?? 0)
      .toBeGreaterThan(4);
    await startWorkers(deploymentOf('1', 'auto-upgrade'));
    await makeCurrent('1');
    await old.stop();
    await tell('before', 'FINISHED', 5);
    expect(await handleOf('before').result()).toMatchObject({ outcome: 'completed' });
  });
});
