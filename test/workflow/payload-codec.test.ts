import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/common';
import { Client, WorkflowFailedError } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { eventually } from '../../dev/launcher/eventually.ts';
import { createPayloadCodec } from '../../shared/payloads/codec.ts';
import { parsePayloadKeys } from '../../shared/payloads/keys.ts';
import { startOfIntent, startOfRun } from '../../shared/workflow/start.ts';
import { createExecutions } from '../../worker/executions.ts';
import { createDataConverter } from '../../worker/payloads/data-converter.ts';
import { intentEvent, runEvent } from '../events.ts';
import { deliveryFacts, type Harness, runIdOf, SETTINGS, startHarness } from './harness.ts';
import { rawTextsOf } from './raw-records.ts';

const base64 = (fill: number) => Buffer.alloc(32, fill).toString('base64');

const keysOf = (text: string) => parsePayloadKeys(text) ?? [];

const OLD = `old-key:${base64(1)}`;
const CURRENT = `current-key:${base64(2)}`;

const PATIENCE_MS = 30_000;

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness(
    inject('temporalCli'),
    {},
    { payloadKeys: keysOf(`${CURRENT},${OLD}`) },
  );
});
afterAll(() => harness.stop());

/** A starter with keys of its own, or none. */
const executionsWith = (keys: string) => {
  const { connection, options } = harness.env.client;
  const { namespace } = options;
  return createExecutions(
    new Client({ connection, namespace, dataConverter: createDataConverter(keysOf(keys)) }),
  );
};

/** The history's texts, one a line. */
const rawOf = async (executionId: string) =>
  rawTextsOf(await harness.env.client.workflow.getHandle(executionId).fetchHistory()).join('\n');

describe('payload codec', () => {
  test.each([
    ['without keys, before the codec was switched on', '', 'json/plain'],
    ['with the key before this one', OLD, 'old-key'],
  ])('an execution started %s goes on, encrypted', async (_, keys, stored) => {
    const stackId = await harness.addStack(`codec-${stored.replace(/\W/, '-')}`);
    const start = startOfIntent(intentEvent(stackId, 'key.a'), deliveryFacts('key.a'), SETTINGS);
    await executionsWith(keys).start(start, 'never');
    const result = await harness.handleOf(start.workflowId).result();
    expect(result).toMatchObject({ outcome: 'completed', stackId });
    const raw = await rawOf(start.workflowId);
    expect(raw).toContain(stored);
    expect(raw).toContain('current-key');
  });

  test('a signal of a starter that lacks the keys is read by the execution it meets', async () => {
    const events = ['PLANNING', 'FINISHED'].map((state, index) =>
      runEvent('codec-signals', 'mixed', state, index),
    );
    for (const [index, event] of events.entries()) {
      const executions = index === 0 ? harness.executions : executionsWith('');
      await executions.signalWithStart(
        startOfRun(event, SETTINGS, event),
        {
          name: 'handle_run_events',
          payload: { events: [{ event, delivery: deliveryFacts(`mixed/${event.state}`) }] },
        },
        'never',
      );
    }
    const result = await harness.handleOf(runIdOf('codec-signals', 'mixed')).result();
    expect(result).toMatchObject({ outcome: 'completed', state: 'FINISHED' });
  });

  test('what a key unknown to the worker made stands still, and the history names the key', async () => {
    const stackId = await harness.addStack('codec-unknown');
    const start = startOfIntent(intentEvent(stackId, 'key.b'), deliveryFacts('key.b'), SETTINGS);
    await executionsWith(`lost-key:${base64(9)}`).start(start, 'never');
    const handle = harness.handleOf(start.workflowId);
    const failure = await eventually('a failed task', PATIENCE_MS, async () => {
      const { events } = await handle.fetchHistory();
      return events?.find((event) => event.workflowTaskFailedEventAttributes)
        ?.workflowTaskFailedEventAttributes?.failure;
    });
    const [attributes] = await createPayloadCodec(keysOf(CURRENT)).decode([
      failure.encodedAttributes ?? {},
    ]);
    expect(new TextDecoder().decode(attributes?.data ?? undefined)).toContain(
      'Cannot decrypt payload: key \\"lost-key\\" is not known',
    );
    await handle.terminate();
  });
});

describe('failures of the workflow itself', () => {
  let worker: Worker;
  let running: Promise<void>;

  beforeAll(async () => {
    const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
    worker = await Worker.create({
      connection: harness.env.nativeConnection,
      namespace: harness.env.namespace ?? 'default',
      taskQueue: 'failing',
      dataConverter: createDataConverter(keysOf(CURRENT)),
      workflowBundle: await bundleWorkflowCode({
        workflowsPath: path('./failing.ts'),
        failureConverterPath: path('../../shared/workflow/failure-converter.ts'),
        logger: new DefaultLogger('ERROR'),
      }),
    });
    running = worker.run();
  });

  afterAll(async () => {
    worker.shutdown();
    await running;
  });

  const start = (type: string, workflowId: string, encodesFailures: boolean) =>
    harness.env.client.workflow.start(type, {
      taskQueue: 'failing',
      workflowId,
      args: [{ ...SETTINGS, encodesFailures }],
    });

  test.each([true, false])('encoded as its settings say: %s', async (encodesFailures) => {
    const handle = await start('failOutright', `fails-${encodesFailures}`, encodesFailures);
    const error: unknown = await handle.result().catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    const { cause } = error as WorkflowFailedError;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect(cause?.message).toBe('planted message');
    const raw = await rawOf(handle.workflowId);
    expect(raw.includes('planted message')).toBe(!encodesFailures);
    expect(raw.includes('failing.ts')).toBe(!encodesFailures);
  });

  test.each([true, false])('those of a task too: %s', async (encodesFailures) => {
    const handle = await start('failTask', `fails-task-${encodesFailures}`, encodesFailures);
    const { failure } = await eventually('a failed task', PATIENCE_MS, async () => {
      const { events } = await handle.fetchHistory();
      return events?.find((event) => event.workflowTaskFailedEventAttributes)
        ?.workflowTaskFailedEventAttributes;
    });
    expect(rawTextsOf(failure).join().includes('planted message')).toBe(!encodesFailures);
    await handle.terminate();
  });
});
