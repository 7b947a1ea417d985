/**
 * A worker that is killed after an outlet took a notice and before Temporal heard of it: the next worker sends it again,
 * which the outlet that takes a key shows once. Real processes, a real Temporal server.
 */
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { digestExecutionId } from '../../../shared/contract/ids.ts';
import { SIGNALS } from '../../../shared/contract/names.ts';
import type { HeldNotice } from '../../../shared/workflow/notice-messages.ts';
import { startOfDigest } from '../../../shared/workflow/start.ts';
import { createExecutions } from '../../../worker/executions.ts';
import { startScript } from '../processes.ts';
import { startTemporal } from '../temporal.ts';
import { startOutlet } from './outlet.ts';
import { RUN_NOTICE } from './support.ts';

/** An attempt of which nobody hears any more is given up after 45 s. */
const PATIENT_MS = 240_000;

const ROUTES = ['keyed', 'plain'] as const;

test(
  'a notice is sent again by the next worker, and shown once where the outlet takes a key',
  async () => {
    await using outlet = await startOutlet((_, index) =>
      index < ROUTES.length ? 'never' : { status: 200, body: 'ok' },
    );
    const temporal = await startTemporal();
    try {
      const worker = () =>
        startScript('node', ['worker/worker.ts'], {
          TEMPORAL_ADDRESS: temporal.address,
          SPACELIFT_API_KEY_ENDPOINT: 'https://demo.app.spacelift.io',
          SPACELIFT_API_KEY_ID: '01KEY',
          SPACELIFT_API_KEY_SECRET: 'secret',
          SWEEP_INTERVAL_MS: '0',
          WORKER_PORT: '0',
          WORKER_SDK_METRICS_PORT: '0',
          REACTIONS: fileURLToPath(new URL('killed-routes.ts', import.meta.url)),
          OUTGOING_ALLOW: '127.0.0.1/32',
          KEYED_URL: `${outlet.url}/keyed`,
          KEYED_SECRET: `whsec_${Buffer.from('0'.repeat(24)).toString('base64')}`,
          PLAIN_URL: `${outlet.url}/plain`,
        });
      await using first = worker();
      await first.line('worker running');
      const executions = createExecutions(temporal.client);
      for (const route of ROUTES) {
        const held: HeldNotice = { notice: RUN_NOTICE, key: 'k', until: Date.now() };
        const signal = { name: SIGNALS.holdNotice, payload: held };
        await executions.signalWithStart(startOfDigest(route), signal, 'always');
      }
      await vi.waitFor(() => expect(outlet.received).toHaveLength(ROUTES.length), {
        timeout: 60_000,
      });
      first.kill('SIGKILL');
      await first.ended;
      await using second = worker();
      await second.line('worker running');
      for (const route of ROUTES)
        await temporal.client.workflow.getHandle(digestExecutionId(route)).result();
      const idsOf = (path: string) =>
        outlet.received
          .filter((received) => received.path === path)
          .map(({ headers }) => headers['webhook-id']);
      expect(idsOf('/plain')).toHaveLength(2);
      expect(idsOf('/keyed')).toHaveLength(2);
      expect(new Set(idsOf('/keyed')).size).toBe(1);
    } finally {
      await temporal.teardown();
    }
  },
  PATIENT_MS,
);
