import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startOfEvent } from '../../shared/workflow/start.ts';
import { createDataConverter } from '../../worker/payloads/data-converter.ts';
import { bundleWorkflow } from '../../worker/temporal-worker.ts';
import { auditEvent } from '../events.ts';
import { histories, readHistory } from '../histories/histories.ts';
import { startTemporal } from '../worker/temporal.ts';
import { deliveryFacts, SETTINGS } from './harness.ts';

type Bundle = { readonly code: string };

const TASK_QUEUE = 'worked-change';

let env: TestWorkflowEnvironment;
let before: Bundle;
let after: Bundle;

beforeAll(async () => {
  env = await startTemporal();
  before = await bundleWorkflow();
  after = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./patched.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
});
afterAll(() => env.teardown());

/** Runs an event execution to its end by a worker with this bundle. */
async function runUnder(workflowBundle: Bundle, key: string) {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    namespace: env.namespace ?? 'default',
    taskQueue: TASK_QUEUE,
    dataConverter: createDataConverter([]),
    workflowBundle,
  });
  const settings = { ...SETTINGS, searchAttributes: [] };
  const { workflowType, workflowId, input } = startOfEvent(
    auditEvent(),
    deliveryFacts(key),
    settings,
  );
  const handle = await env.client.workflow.start(workflowType, {
    workflowId,
    taskQueue: TASK_QUEUE,
    args: [input],
  });
  await worker.runUntil(handle.result());
  return handle.fetchHistory();
}

/** What happened, by the names of the events' attributes. */
const kindsOf = ({ events }: { readonly events?: readonly object[] | null }) =>
  (events ?? []).flatMap((event) =>
    Object.entries(event).flatMap(([field, value]) =>
      field.endsWith('EventAttributes') && value !== null ? [field] : [],
    ),
  );

describe('a change behind a patch marker', () => {
  test.each(histories)('replays %s, which goes the old way', async (name) => {
    await Worker.runReplayHistory({ workflowBundle: after }, readHistory(name), name);
  });

  test('new executions go the new way, and replay', async () => {
    const history = await runUnder(after, 'after');
    const kinds = kindsOf(history);
    expect(kinds).toContain('markerRecordedEventAttributes');
    expect(kinds).toContain('workflowPropertiesModifiedEventAttributes');
    await Worker.runReplayHistory({ workflowBundle: after }, history, 'after');
  });

  test('what went the new way does not replay without the change: there is no way back', async () => {
    const history = await runUnder(after, 'back');
    const replay = Worker.runReplayHistory({ workflowBundle: before }, history, 'back');
    await expect(replay).rejects.toThrow(/[Nn]ondeterminism/);
  });

  test('before the change there was neither marker nor memo', async () => {
    const kinds = kindsOf(await runUnder(before, 'before'));
    expect(kinds).toContain('workflowExecutionCompletedEventAttributes');
    expect(kinds.join()).not.toMatch(/marker|PropertiesModified/);
  });
});
