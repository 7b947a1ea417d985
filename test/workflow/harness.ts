/**
 * A real Temporal server, the project's own workers in this process, and the Spacelift simulator behind HTTP. Every
 * suite has its own, since task queues have fixed names.
 */
import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowHandle } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { DefaultLogger, type Logger, Runtime } from '@temporalio/worker';
import { serveSimulator } from '../../dev/simulator/serve.ts';
import type { SimulatorInput } from '../../dev/simulator/options.ts';
import type { PayloadKey } from '../../shared/payloads/keys.ts';
import { createEnvelope } from '../../shared/contract/envelope.ts';
import { deliveryKeyOf } from '../../shared/contract/keys.ts';
import { parseBody } from '../../shared/contract/parse.ts';
import { continueTrace } from '../../shared/contract/trace.ts';
import { forwardBatch } from '../../worker/starter/forwarder.ts';
import { intentExecutionId, runExecutionId } from '../../shared/contract/ids.ts';
import type { IntentEvent } from '../../shared/contract/events.ts';
import { SEARCH_ATTRIBUTES } from '../../shared/contract/names.ts';
import type { Route } from '../../shared/activities/notice-activities.ts';
import type { Notice } from '../../shared/workflow/ports.ts';
import type {
  DeliveryFacts,
  ExecutionInput,
  ExecutionResult,
} from '../../shared/workflow/messages.ts';
import type { WorkflowSettings } from '../../shared/workflow/settings.ts';
import { ACCOUNT, intentEvent } from '../events.ts';
import { parseWorkerConfig } from '../../worker/config.ts';
import { createExecutions, type StarterExecutions } from '../../worker/executions.ts';
import { createDataConverter } from '../../worker/payloads/data-converter.ts';
import { createSpaceliftClients } from '../../worker/spacelift-clients.ts';
import {
  bundleWorkflow,
  createTemporalWorkers,
  type TemporalWorkersOptions,
} from '../../worker/temporal-worker.ts';
import { reactorOf } from './reactor.ts';

export const SETTINGS: WorkflowSettings = {
  retry: {
    maximumAttempts: 3,
    initialIntervalMs: 50,
    backoffCoefficient: 2,
    maximumIntervalMs: 500,
  },
  settleMs: 200,
  looks: 2,
  doubtHorizonMs: 5000,
  laneIdleMs: 1000,
  silenceMs: 20_000,
  waitingSilenceMs: 20_000,
  watch: { remindAfterMs: 60_000, remindAtMostMs: 60_000, observedRunTypes: ['TRACKED'] },
  intents: {
    patienceMs: 20_000,
    deadlineMs: null,
    farewellMs: 10_000,
    causeDepthLimit: 5,
    cancelStopsRun: false,
  },
  lane: { leaveInDoubt: [], cancelExtraRuns: false },
  searchAttributes: Object.values(SEARCH_ATTRIBUTES),
};

export type Harness = {
  readonly env: TestWorkflowEnvironment;
  readonly executions: ReturnType<typeof createExecutions>;
  readonly notices: readonly Notice[];
  readonly simulatorUrl: string;
  /** Where the simulator's deliveries go. */
  readonly receiverUrl: string;
  /** Talks to the simulator's control API. */
  readonly control: (method: string, path: string, body?: unknown) => Promise<unknown>;
  /** A stack of that id that deploys by itself. */
  readonly addStack: (id: string) => Promise<string>;
  readonly runsOf: (stackId: string) => Promise<readonly { readonly id: string }[]>;
  /** Starts an intent as the starter does, and tells its verdict; the result is still to be awaited. */
  readonly pursue: (
    stackId: string,
    key: string,
    changes?: Partial<IntentEvent>,
    settings?: WorkflowSettings,
  ) => Promise<{ readonly started: string; readonly result: Promise<ExecutionResult> }>;
  readonly handleOf: (executionId: string) => WorkflowHandle<Execution>;
  /**
   * Other workers take the place of those that run: caches are lost, running activities end. None runs while the test
   * does what it has to do `meanwhile`.
   */
  readonly restartWorkers: (meanwhile?: () => Promise<void>) => Promise<void>;
  readonly stop: () => Promise<void>;
};

type Execution = (input: ExecutionInput) => Promise<ExecutionResult>;

/** Without these the dev server hands out tasks on a 50 ms tick. */
const POLL_RATES = [
  'history.transferProcessorMaxPollRPS=2000',
  'history.timerProcessorMaxPollRPS=2000',
];

export type HarnessOptions = {
  /** What the workers are built with in place of the usual. */
  readonly workers?: Partial<TemporalWorkersOptions>;
  /** Further dynamic configuration of the server, as `name=value`. */
  readonly serverConfig?: readonly string[];
  /** More arguments for the server. */
  readonly serverArgs?: readonly string[];
  /** No workers in this process: the test brings its own. */
  readonly isWithoutWorkers?: boolean;
  /** What the starter goes by, beside TRACKED. */
  readonly observedRunTypes?: readonly string[];
  readonly settings?: WorkflowSettings;
  readonly payloadKeys?: readonly PayloadKey[];
  /** Gets every line the workers write; without it only errors are seen. */
  readonly logger?: Logger;
};

/** `temporalCli` is the path of the Temporal CLI. */
export async function startHarness(
  temporalCli: string,
  simulatorInput: SimulatorInput = {},
  options: HarnessOptions = {},
): Promise<Harness> {
  const { workers: workersOptions = {}, isWithoutWorkers = false, payloadKeys = [] } = options;
  const { logger, serverConfig = [], serverArgs = [] } = options;
  const level = logger === undefined ? 'ERROR' : 'DEBUG';
  Runtime.install({
    logger: logger ?? new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: level, other: level }, forward: {} } },
  });
  const dataConverter = createDataConverter(payloadKeys);
  const env = await TestWorkflowEnvironment.createLocal({
    client: { dataConverter },
    server: {
      executable: { type: 'existing-path', path: temporalCli },
      searchAttributes: Object.values(SEARCH_ATTRIBUTES).map((name) =>
        defineSearchAttributeKey(name, SearchAttributeType.KEYWORD),
      ),
      extraArgs: [
        ...[...POLL_RATES, ...serverConfig].flatMap((entry) => ['--dynamic-config-value', entry]),
        ...serverArgs,
      ],
    },
  });
  const simulator = await serveSimulator({ account: ACCOUNT, stateMs: 20, ...simulatorInput });
  const notices: Notice[] = [];
  const workflowBundle = await bundleWorkflow();
  const createWorkers = () =>
    createTemporalWorkers({
      connection: env.nativeConnection,
      namespace: env.namespace ?? 'default',
      accounts: [],
      dataConverter,
      clientOf: createSpaceliftClients(
        parseWorkerConfig({
          SPACELIFT_API_KEY_ENDPOINT: simulator.url,
          SPACELIFT_API_KEY_ID: '01JSIMULATORKEY00000000000',
          SPACELIFT_API_KEY_SECRET: 'simulator-secret',
          SPACELIFT_ACCOUNT: ACCOUNT,
          SPACELIFT_DEADLINE_MS: '5000',
        }),
      ),
      routes: [listeningRoute(notices)],
      reactor: reactorOf(),
      maxRequestsPerSecond: 1000,
      maxCachedWorkflows: 100,
      workflowBundle,
      ...workersOptions,
    });
  const executions = createExecutions(env.client);
  const receiver = await receiveDeliveries(executions, options);
  await callControl(simulator.url, 'POST', '/webhooks', { url: receiver.url, secret: 'test' });
  const control: Harness['control'] = (method, path, body) =>
    callControl(simulator.url, method, path, body);
  const handleOf = (executionId: string) => env.client.workflow.getHandle<Execution>(executionId);
  let workers = isWithoutWorkers ? [] : await createWorkers();
  const run = () => Promise.all(workers.map((worker) => worker.run()));
  let running = run();
  const stopWorkers = async () => {
    for (const worker of workers) worker.shutdown();
    await running;
  };
  return {
    env,
    executions,
    notices,
    simulatorUrl: simulator.url,
    receiverUrl: receiver.url,
    control,
    async addStack(id) {
      await control('POST', '/stacks', { id, autodeploy: true });
      return id;
    },
    runsOf: async (stackId) =>
      (await control('GET', `/runs?stack=${stackId}`)) as readonly { id: string }[],
    async pursue(stackId, key, changes = {}, settings = SETTINGS) {
      const event = intentEvent(stackId, key, changes);
      const facts = { ...deliveryFacts(key), traceparent: continueTrace(null), receivedAt: 0 };
      const [answer] = await forwardBatch([createEnvelope(event, facts)], {
        executions,
        routing: async () => ({ settings, observedRunTypes: [] }),
        now: Date.now,
      });
      const executionId = intentExecutionId(event.account, stackId, key);
      return { started: answer?.verdict ?? 'refused', result: handleOf(executionId).result() };
    },
    handleOf,
    async restartWorkers(meanwhile) {
      await stopWorkers();
      await meanwhile?.();
      workers = await createWorkers();
      running = run();
    },
    async stop() {
      await stopWorkers();
      await simulator.close();
      receiver.close();
      await env.teardown();
    },
  };
}

/** Takes the simulator's deliveries straight to the starter's forwarder: what edge and tunnel do with more care. */
async function receiveDeliveries(
  executions: StarterExecutions,
  { settings = SETTINGS, observedRunTypes = [] }: HarnessOptions,
) {
  const routing = { settings, observedRunTypes: ['TRACKED', ...observedRunTypes] };
  const receive = async (request: Request) => {
    const receivedAt = Date.now();
    const event = parseBody(new Uint8Array(await request.arrayBuffer()), {
      account: ACCOUNT,
      bodyHash: '0'.repeat(64),
      receivedAt,
    });
    if (!event.ok) return new Response(event.error.reason, { status: 500 });
    const { key } = deliveryKeyOf(event.value, { bodyHash: '0'.repeat(64), receivedAt });
    const facts = { key, deliveryId: key, traceparent: continueTrace(null), receivedAt };
    await forwardBatch([createEnvelope(event.value, facts)], {
      executions,
      routing: async () => routing,
      now: Date.now,
    });
    return new Response(null, { status: 202 });
  };
  const answer = getRequestListener(receive);
  const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Cannot receive: no port');
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

async function callControl(url: string, method: string, path: string, body?: unknown) {
  const answer = await fetch(`${url}/control${path}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`Cannot ${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? null : (JSON.parse(text) as unknown);
}

/** Keeps what it is told. */
const listeningRoute = (notices: Notice[]): Route => ({
  name: 'log',
  isDefault: true,
  async send({ notice }) {
    notices.push(notice);
    return { outcome: 'sent' };
  },
});

let sequence = 0;

export const deliveryFacts = (key: string): DeliveryFacts => {
  sequence += 1;
  return { key, deliveryId: `delivery-${sequence}`, traceId: '0'.repeat(32) };
};

export const runIdOf = (stackId: string, runId: string) => runExecutionId(ACCOUNT, stackId, runId);
export const intentIdOf = (stackId: string, key: string) =>
  intentExecutionId(ACCOUNT, stackId, key);
