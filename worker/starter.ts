/** Entry of the starter: HTTP in, Temporal out. Boots without Temporal and reports "not ready" until it is there. */
import { createExecutions } from './executions.ts';
import { parseStarterConfig } from './config.ts';
import { createLog } from './log.ts';
import { createDataConverter } from './payloads/data-converter.ts';
import { runProcess } from './process.ts';
import { serve } from './serve.ts';
import { createStarterApp } from './starter/app.ts';
import { forwardBatch } from './starter/forwarder.ts';
import { createStarterMetrics } from './starter/metrics.ts';
import { createRegisteredAttributes } from './starter/search-attributes.ts';
import { createClient } from './starter/temporal-client.ts';

const WORKFLOW_SERVICE = 'temporal.api.workflowservice.v1.WorkflowService';

await runProcess(async () => {
  const config = parseStarterConfig(process.env);
  const log = await createLog('starter', config.logLevel);
  const { client, connection } = createClient(createDataConverter(config.payloadKeys));
  const registeredAttributes = createRegisteredAttributes({
    client,
    mayCreate: config.mayCreateSearchAttributes,
    now: Date.now,
    log,
  });
  const executions = createExecutions(client);
  const routing = async () => ({
    observedRunTypes: config.observedRunTypes,
    settings: { ...config.settings, searchAttributes: await registeredAttributes() },
  });
  const isReady = async () => {
    try {
      await connection.healthService.check({ service: WORKFLOW_SERVICE });
      return true;
    } catch {
      return false;
    }
  };
  const app = createStarterApp({
    secrets: config.envelopeSecrets,
    forward: (envelopes) => forwardBatch(envelopes, { executions, routing, now: Date.now }),
    isReady,
    metrics: createStarterMetrics(),
    now: Date.now,
    log,
  });
  const server = await serve(app, config.host, config.port);
  log.info({ url: server.url }, 'starter listening');
  // Before the first batch, so that its executions have what the namespace lets them have.
  void registeredAttributes();
  return {
    log,
    stop: async () => {
      await server.close();
      await connection.close();
    },
  };
});
