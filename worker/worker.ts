/** Entry of the Temporal worker; the same on Bun and Node. */
import { Client } from '@temporalio/client';
import { Runtime } from '@temporalio/worker';
import { parseWorkerConfig } from './config.ts';
import { createExecutions } from './executions.ts';
import { createHealthApp } from './health.ts';
import { createLog, type Log, toTemporalLogger } from './log.ts';
import { createNotifierContext } from './notifiers/context.ts';
import { createRoutes } from './notifiers/routes.ts';
import { createDataConverter } from './payloads/data-converter.ts';
import { runProcess } from './process.ts';
import { loadReactions, pathOfReactions } from './reactions/load.ts';
import { createReactor } from './reactions/reactor.ts';
import { runtimeOf } from './runtime.ts';
import { serve } from './serve.ts';
import { createSpaceliftClients } from './spacelift-clients.ts';
import { keepSweeps } from './sweep/keep-sweeps.ts';
import { connectWorker } from './temporal-connection.ts';
import { createTemporalWorkers } from './temporal-worker.ts';
import { checkBundle } from './workflow-bundle.ts';

await runProcess(async () => {
  const config = parseWorkerConfig(process.env);
  const log = await createLog('worker', config.logLevel);
  const reactions = await loadReactions(pathOfReactions(config.reactions));
  const workflowBundle =
    config.workflowBundle === undefined ? undefined : await checkBundle(config.workflowBundle);
  const runtime = runtimeOf(process.versions);
  const sdkMetricsAddress = `127.0.0.1:${config.sdkMetricsPort}`;
  installRuntime(log, sdkMetricsAddress);
  const { connection, namespace, address } = await connectWorker();
  const dataConverter = createDataConverter(config.payloadKeys);
  const accounts = config.spacelift.map(({ account }) => account);
  const clientOf = createSpaceliftClients(config);
  const client = new Client({ connection, namespace, dataConverter });
  const executions = createExecutions(client);
  const context = createNotifierContext(config, { log, namespace, clientOf, executions });
  const workers = await createTemporalWorkers({
    connection,
    namespace,
    accounts: config.accounts,
    dataConverter,
    clientOf,
    routes: createRoutes(reactions.routes, context),
    reactor: createReactor(reactions, config.spacelift, context),
    maxRequestsPerSecond: config.maxRequestsPerSecond,
    maxCachedWorkflows: config.maxCachedWorkflows,
    workflowBundle,
    deployment: config.deployment,
  });
  const app = createHealthApp({
    isRunning: () => workers.every((worker) => worker.getState() === 'RUNNING'),
    sdkMetricsUrl: `http://${sdkMetricsAddress}/metrics`,
    fetch,
    runtime,
  });
  const server = await serve(app, config.host, config.port);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const stopping = new AbortController();
  const sweeps = keepSweeps({ client, accounts, config: config.sweep, log }, stopping.signal);
  const { deploymentName: deployment, buildId } = config.deployment?.version ?? {};
  const line = { ...runtime, accounts, deployment, buildId, temporal: address, namespace };
  log.info({ ...line, url: server.url }, 'worker running');
  return {
    log,
    ended: running,
    stop: async () => {
      stopping.abort();
      for (const worker of workers) worker.shutdown();
      await Promise.all([running, sweeps]);
      await server.close();
      await connection.close();
    },
  };
});

/** Of the SDK: its log lines are ours, and its metrics are told by the health app. */
function installRuntime(log: Log, metricsAddress: string): void {
  Runtime.install({
    logger: toTemporalLogger(log),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} },
      metrics: { prometheus: { bindAddress: metricsAddress, countersTotalSuffix: true } },
    },
  });
}
