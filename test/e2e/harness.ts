/** The whole path as `npm start` brings it up, on ports of its own and in a state directory that is thrown away. */
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Client } from '@temporalio/client';
import { createEdgeClient, type EdgeClient, webhookUrl } from '../../dev/launcher/edge-client.ts';
import { eventually } from '../../dev/launcher/eventually.ts';
import type { EdgeRuntime, WorkerRuntime } from '../../dev/launcher/part-names.ts';
import { type Path, startPath } from '../../dev/launcher/path.ts';
import {
  createSimulatorClient,
  type SimulatorClient,
} from '../../dev/launcher/simulator-client.ts';
import { createTemporalClient } from '../../dev/launcher/temporal-connection.ts';
import type { ExecutionResult } from '../../shared/workflow/messages.ts';

export const ACCOUNT = 'demo';

const PATIENCE_MS = 120_000;

export type PathHarness = {
  readonly path: Path;
  readonly edge: EdgeClient;
  readonly simulator: SimulatorClient;
  readonly temporal: Client;
  readonly resultOf: (executionId: string) => Promise<ExecutionResult>;
  /** Sends the body as it stands; the signature is the right one unless given. */
  readonly post: (body: string, signature?: string) => Promise<Response>;
  readonly countInboxes: () => Promise<Record<string, number>>;
  readonly stop: () => Promise<void>;
};

export async function startPathHarness(
  workerRuntime: WorkerRuntime,
  edgeRuntime: EdgeRuntime = 'workerd',
): Promise<PathHarness> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'spacelift-temporal-e2e-'));
  const path = await startPath({
    stateDirectory,
    workerRuntime,
    edgeRuntime,
    ports: 'any',
    env: {
      starter: {
        SETTLE_MS: '500',
        RETRY_INITIAL_INTERVAL_MS: '100',
        DOUBT_HORIZON_MS: '5000',
        LANE_IDLE_MS: '5000',
      },
      edge: { BACKOFF_BASE_MS: '200', BACKOFF_CAP_MS: '1000' },
      simulator: { SIMULATOR_STATE_MS: '50' },
    },
  });
  const { client: temporal, close } = createTemporalClient(path.temporal);
  const simulator = createSimulatorClient(path.urls.simulator);
  await simulator.addWebhook({
    url: webhookUrl(path.urls.edge, null),
    secret: path.secrets.webhookSecret,
    family: 'default',
    retryOnFailure: true,
  });
  const operator = { headers: { Authorization: `Bearer ${path.secrets.operatorToken}` } };
  return {
    path,
    edge: createEdgeClient(path.urls.edge, path.secrets.operatorToken),
    simulator,
    temporal,
    resultOf: (executionId) =>
      eventually(`the result of ${executionId}`, PATIENCE_MS, async () => {
        const handle = temporal.workflow.getHandle<() => Promise<ExecutionResult>>(executionId);
        const { status } = await handle.describe();
        return status.name === 'RUNNING' ? null : handle.result();
      }),
    post(body, signature) {
      const hex = createHmac('sha256', path.secrets.webhookSecret).update(body).digest('hex');
      return fetch(webhookUrl(path.urls.edge, null), {
        method: 'POST',
        headers: { 'X-Signature-256': signature ?? `sha256=${hex}` },
        body,
      });
    },
    async countInboxes() {
      const answer = await fetch(`${path.urls.edge}/inbox/counts`, operator);
      return ((await answer.json()) as { total: Record<string, number> }).total;
    },
    async stop() {
      await close();
      await path.stop();
      await rm(stateDirectory, { recursive: true, force: true });
    },
  };
}

/** Waits until nothing is pending in any inbox. */
export const drained = (harness: PathHarness): Promise<Record<string, number>> =>
  eventually('empty inboxes', PATIENCE_MS, async () => {
    const counts = await harness.countInboxes();
    return counts['pending'] === 0 ? counts : null;
  });
