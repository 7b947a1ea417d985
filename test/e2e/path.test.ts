import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually } from '../../dev/launcher/eventually.ts';
import { intentExecutionId, runExecutionId } from '../../shared/contract/ids.ts';
import { WEBHOOK_WORKFLOW } from '../../shared/contract/names.ts';
import { ACCOUNT, drained, type PathHarness, startPathHarness } from './harness.ts';

describe.each([
  ['bun', 'workerd'],
  ['node', 'deno'],
] as const)('the whole path with the worker under %s and the edge under %s', (runtime, edge) => {
  let harness: PathHarness;

  beforeAll(async () => {
    harness = await startPathHarness(runtime, edge);
  });
  afterAll(() => harness.stop());

  const trigger = (stackId: string, key: string, changes = {}) =>
    harness.edge.deliver('intents', harness.path.secrets.intentsSecret, {
      event_type: 'triggered',
      stack_id: stackId,
      idempotency_key: key,
      ...changes,
    });

  test('the worker says what it runs on', async () => {
    const health = await fetch(`${harness.path.urls.worker}/healthz`);
    expect(await health.json()).toMatchObject({ status: 'ok', runtime });
  });

  test('a triggered delivery is seen through to completed', async () => {
    await harness.simulator.addStack({ id: 'network', autodeploy: true });
    const receipt = await trigger('network', 'first');
    expect(receipt).toMatchObject({ status: 'accepted' });
    const intent = intentExecutionId(ACCOUNT, 'network', 'key.first');
    const result = await eventually('intent', 60_000, async () => harness.resultOf(intent));
    expect(result).toMatchObject({ outcome: 'completed', state: 'FINISHED', attempts: 1 });
    const run = await harness.resultOf(runExecutionId(ACCOUNT, 'network', `${result.runId}`));
    expect(run).toMatchObject({ eventType: 'completed', outcome: 'completed' });
    expect(run.done.map(({ action }) => action)).toContain('handle_completed_run');

    const again = await trigger('network', 'first');
    expect(again).toMatchObject({ status: 'duplicate', deliveryId: receipt.deliveryId });
    expect(await harness.simulator.runs('network')).toHaveLength(1);
  });

  test('the native deliveries of one run make one execution and trigger nothing', async () => {
    await harness.simulator.addStack({ id: 'native', autodeploy: true });
    const { id } = await harness.simulator.startRun('native');
    const result = await eventually('run', 60_000, async () =>
      harness.resultOf(runExecutionId(ACCOUNT, 'native', id)),
    );
    expect(result).toMatchObject({ outcome: 'completed', attempts: 0 });
    expect(await harness.simulator.runs('native')).toHaveLength(1);
    const executions = await eventually('list of executions', 20_000, async () => {
      const listed = await Array.fromAsync(
        harness.temporal.workflow.list({ query: `SpaceliftStack = 'native'` }),
      );
      return listed.length > 0 ? listed : null;
    });
    expect(executions.map(({ type, workflowId }) => [type, workflowId])).toEqual([
      [WEBHOOK_WORKFLOW, runExecutionId(ACCOUNT, 'native', id)],
    ]);
  });

  test('a run that fails is told to people', async () => {
    await harness.simulator.addStack({ id: 'database', autodeploy: true });
    await harness.simulator.script('database', { failAt: 'APPLYING', note: 'no subnet' });
    const { id } = await harness.simulator.startRun('database');
    const result = await eventually('run', 60_000, async () =>
      harness.resultOf(runExecutionId(ACCOUNT, 'database', id)),
    );
    expect(result).toMatchObject({ outcome: 'failed', reason: 'run failed in APPLYING' });
    expect(result.done.map(({ action }) => action).sort()).toEqual([
      'handle_failed_run',
      'notify FAILED',
      'tell-registry',
    ]);
  });

  test('503 twice, then a run: one run, three attempts', async () => {
    await harness.simulator.addStack({ id: 'flaky', autodeploy: true });
    await harness.simulator.addFault({ operation: 'runTrigger', times: 2, status: 503 });
    await trigger('flaky', 'flaky');
    const intent = intentExecutionId(ACCOUNT, 'flaky', 'key.flaky');
    const result = await eventually('intent', 60_000, async () => harness.resultOf(intent));
    expect(result).toMatchObject({ outcome: 'completed', attempts: 3 });
    expect(await harness.simulator.runs('flaky')).toHaveLength(1);
  });

  test('an intent through a webhook without the grant is kept and triggers nothing', async () => {
    await harness.simulator.addStack({ id: 'ungranted', autodeploy: true });
    const answer = await harness.post(
      JSON.stringify({ event_type: 'triggered', stack_id: 'ungranted' }),
    );
    expect(answer.status).toBe(202);
    expect(await answer.json()).toMatchObject({ status: 'parked', reason: 'intent-not-granted' });
    await drained(harness);
    expect(await harness.simulator.runs('ungranted')).toHaveLength(0);
  });

  test('a forged delivery is refused and kept nowhere', async () => {
    const before = await harness.countInboxes();
    const answer = await harness.post('{}', `sha256=${'0'.repeat(64)}`);
    expect(answer.status).toBe(401);
    expect(await harness.countInboxes()).toEqual(before);
  });
});
