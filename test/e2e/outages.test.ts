import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../dev/launcher/eventually.ts';
import { propagationExecutionId, runExecutionId } from '../../shared/contract/ids.ts';
import { WEBHOOK_WORKFLOW } from '../../shared/contract/names.ts';
import type { PropagationResult } from '../../shared/workflow/propagation-messages.ts';
import { ACCOUNT, drained, type PathHarness, startPathHarness } from './harness.ts';

const STACKS = 20;
const RUNS_PER_STACK = 2;
const STATES = ['QUEUED', 'PREPARING', 'PLANNING', 'APPLYING', 'FINISHED'];

type Told = {
  readonly state: string;
  readonly stackId: string;
  readonly runId: string;
  readonly body: string;
};

/** 200 deliveries: five states of two runs of twenty stacks, the runs of a stack interleaved. */
const DELIVERIES: readonly Told[] = STATES.flatMap((state, stateVersion) =>
  Array.from({ length: STACKS * RUNS_PER_STACK }, (_, index) => {
    const stackId = `stack-${index % STACKS}`;
    const runId = `run-${index}`;
    const body = JSON.stringify({
      account: ACCOUNT,
      state,
      stateVersion,
      timestamp: 1_760_000_000 + stateVersion,
      run: { id: runId, type: 'TRACKED' },
      stack: { id: stackId, labels: [] },
    });
    return { state, stackId, runId, body };
  }),
);

let harness: PathHarness;

beforeEach(async () => {
  harness = await startPathHarness('bun');
});
afterEach(() => harness.stop());

/** A state at a time: of what comes after the end of its run nothing is signalled. */
async function sendAll() {
  const statuses: number[] = [];
  for (const state of STATES) {
    const told = DELIVERIES.filter((delivery) => delivery.state === state);
    const answers = await Promise.all(told.map(({ body }) => harness.post(body)));
    statuses.push(...answers.map(({ status }) => status));
  }
  return statuses.filter((status) => status === 202).length;
}

/** Each run has one execution, which ended completed and holds each of its states once. */
async function expectHandledOnce() {
  const runs = new Map(DELIVERIES.map(({ stackId, runId }) => [runId, stackId]));
  const results = await Promise.all(
    [...runs].map(([runId, stackId]) =>
      eventually(`run ${runId}`, 120_000, async () =>
        harness.resultOf(runExecutionId(ACCOUNT, stackId, runId)),
      ),
    ),
  );
  for (const result of results) {
    expect(result.outcome).toBe('completed');
    expect(result.steps.map(({ step }) => step)).toEqual(STATES);
    const signalled = result.done.filter(({ action }) => action === 'handle_completed_run');
    expect(signalled).toHaveLength(1);
  }
  const executions = await eventually('40 executions in the list', 30_000, async () => {
    const listed = await Array.fromAsync(
      harness.temporal.workflow.list({ query: `WorkflowType = '${WEBHOOK_WORKFLOW}'` }),
    );
    return listed.length >= runs.size ? listed : null;
  });
  expect(executions).toHaveLength(runs.size);
}

describe('200 acknowledged deliveries of 20 stacks are each handled once', () => {
  test('when the starter was killed before and comes back', async () => {
    const starter = harness.path.part('starter');
    await starter.kill();
    expect(await sendAll()).toBe(200);
    expect(await harness.countInboxes()).toMatchObject({ pending: 200, delivered: 0 });
    await starter.start();
    expect(await drained(harness)).toMatchObject({ delivered: 200, parked: 0 });
    await expectHandledOnce();
  });

  test('when the edge is killed after the acknowledgements and comes back', async () => {
    const starter = harness.path.part('starter');
    const edge = harness.path.part('edge');
    await starter.kill();
    expect(await sendAll()).toBe(200);
    await edge.kill();
    await starter.start();
    await edge.start();
    expect(await drained(harness)).toMatchObject({ delivered: 200, parked: 0 });
    await expectHandledOnce();
  });

  test('when the Temporal server is killed before and comes back', async () => {
    const temporal = harness.path.part('temporal');
    await temporal.kill();
    expect(await sendAll()).toBe(200);
    await temporal.start();
    expect(await drained(harness)).toMatchObject({ delivered: 200, parked: 0 });
    await expectHandledOnce();
  });
});

describe('a propagation', () => {
  test('comes to its end when the Temporal server is killed in the middle and comes back', async () => {
    const { simulator, path } = harness;
    const stacks = ['o-0', 'o-1', 'o-2', 'o-3'];
    for (const [index, id] of stacks.entries())
      await simulator.addStack({
        id,
        autodeploy: true,
        labels: index === 0 ? [] : [`dependsOn:o-${index - 1}`],
      });
    const { id: root } = await simulator.startRun('o-0');
    const executionId = propagationExecutionId(ACCOUNT, root);
    const handle = () =>
      harness.temporal.workflow.getHandle<() => Promise<PropagationResult>>(executionId);
    await eventually('the propagation', 60_000, () =>
      handle()
        .describe()
        .catch(() => null),
    );
    const temporal = path.part('temporal');
    await temporal.kill();
    await temporal.start();
    const result = await eventually('the result', 120_000, async () => {
      const { status } = await handle().describe();
      return status.name === 'COMPLETED' ? handle().result() : null;
    });
    expect(result.outcome).toBe('completed');
    expect(result.nodes.map(({ id, phase }) => `${id} ${phase}`)).toEqual(
      stacks.map((id) => `${id} completed`),
    );
    for (const { runId } of result.nodes) expect(runId).not.toBeNull();
    expect(new Set(result.nodes.map(({ runId }) => runId)).size).toBe(stacks.length);
  });
});
