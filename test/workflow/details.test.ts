/** What `temporal workflow metadata`, `describe` and `show` say of every kind of execution, asked by the real CLI. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { intentExecutionId, laneExecutionId, runExecutionId } from '../../shared/contract/ids.ts';
import { SIGNALS } from '../../shared/contract/names.ts';
import { startOfEvent } from '../../shared/workflow/start.ts';
import { ACCOUNT, runEvent, stackEvent } from '../events.ts';
import { deliveryFacts, SETTINGS } from './harness.ts';
import { PATIENCE, type RunKit, settingsWith, startRunKit } from './run-kit.ts';
import { createSweeps, planOf } from './sweep-support.ts';

const runFile = promisify(execFile);
const temporalCli = inject('temporalCli');
let kit: RunKit;

beforeAll(async () => {
  kit = await startRunKit(temporalCli);
});
afterAll(() => kit.stop());

const temporal = async (command: string, executionId: string, ...options: readonly string[]) => {
  const server = ['--address', kit.harness.env.address];
  const { stdout } = await runFile(temporalCli, [
    'workflow',
    command,
    '--workflow-id',
    executionId,
    ...server,
    ...options,
  ]);
  return stdout;
};

/** The current details, a line each. */
async function detailsOf(executionId: string): Promise<readonly string[]> {
  const answer = JSON.parse(await temporal('metadata', executionId, '--output', 'json')) as {
    queryResult: readonly { currentDetails?: string }[];
  };
  return (answer.queryResult[0]?.currentDetails ?? '').split('\n\n');
}

const expectDetails = (executionId: string, ...lines: readonly (string | RegExp)[]) =>
  expect
    .poll(() => detailsOf(executionId), PATIENCE)
    .toEqual(lines.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))));

/** UTC. */
const TIME = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`;

const line = (text: string) => new RegExp(`^${text.replaceAll('TIME', TIME)}$`);

const PERSON = 'a person with write access must confirm or discard';

describe('an execution that follows a run', () => {
  const url = 'https://demo.app.spacelift.io/stack/network/run/01SHOWN';
  const id = runExecutionId(ACCOUNT, 'network', '01SHOWN');
  const settings = settingsWith({}, { remindAfterMs: 5_000_000, remindAtMostMs: 5_000_000 });
  const tell = (state: string, stateVersion: number) =>
    kit.deliver([runEvent('network', '01SHOWN', state, stateVersion, { url })], settings);

  test('shows link, state and since when, what goes wrong and what it does next, to its end', async () => {
    const link = `Run: [01SHOWN](${url})`;
    const since = '2025-10-09T08:53:25.000Z';
    const handle = await tell('UNCONFIRMED', 5);
    const asks = line('Next: asks Spacelift if nothing is heard by TIME');
    await expectDetails(id, `**UNCONFIRMED** since ${since}`, link, `Must act: ${PERSON}`, asks);

    await kit.harness.control('POST', '/faults', { operation: 'stack', message: 'out of order' });
    await handle.signal(SIGNALS.runEvents, {});
    const error = 'Last error: Cannot look up run 01SHOWN of stack network: out of order';
    const waits = [`**UNCONFIRMED** since ${since}`, link, `Must act: ${PERSON}`];
    await expectDetails(id, ...waits, error, asks);

    await tell('FAILED', 6);
    await handle.result();
    await expectDetails(
      id,
      '**FAILED** since 2025-10-09T08:53:26.000Z',
      link,
      'Last error: run failed in UNCONFIRMED',
      'Next: nothing, this has ended',
    );
    const described = await temporal('describe', id);
    expect(described).toMatch(/StaticSummary +"Follows run 01SHOWN of network"/);
    expect(described).toMatch(/StaticDetails +"Run: \[01SHOWN\]\(https:/);
    const shown = await temporal('show', id);
    for (const fact of [url, '"outcome":"failed"', '"reason":"run failed in UNCONFIRMED"'])
      expect(shown).toContain(fact);
  });

  test('says when people are reminded, if that comes first', async () => {
    const runId = '01REMINDED';
    const soon = settingsWith({}, { remindAfterMs: 10_000, remindAtMostMs: 10_000 });
    await kit.deliver([runEvent('network', runId, 'UNCONFIRMED', 5)], soon);
    await expectDetails(
      runExecutionId(ACCOUNT, 'network', runId),
      line(String.raw`\*\*UNCONFIRMED\*\* since TIME`),
      `Run: ${runId}`,
      `Must act: ${PERSON}`,
      line('Next: reminds people at TIME'),
    );
  });
});

test('intent and lane show the run they wait for, whose turn it is, and what they do next', async () => {
  const stackId = 'shown';
  await kit.harness.control('POST', '/stacks', { id: stackId, autodeploy: false });
  const settings = settingsWith({ laneIdleMs: 60_000 });
  const { result } = await kit.harness.pursue(stackId, 'key.shown', {}, settings);
  await expect.poll(() => kit.harness.runsOf(stackId), PATIENCE).toHaveLength(1);
  const [run] = await kit.harness.runsOf(stackId);
  const runId = run?.id ?? '';
  const link = `Run: [${runId}](${kit.harness.simulatorUrl}/stack/${stackId}/run/${runId})`;
  const runExecution = runExecutionId(ACCOUNT, stackId, runId);
  await expectDetails(
    intentExecutionId(ACCOUNT, stackId, 'key.shown'),
    line(String.raw`\*\*Waits for its run to end\*\* since TIME`),
    link,
    `Must act: whoever ${runExecution} names`,
    line('Next: asks Spacelift about the run if nothing is heard by TIME'),
  );
  await expectDetails(
    laneExecutionId(ACCOUNT, stackId),
    line(String.raw`\*\*No intent waits\*\* since TIME`),
    link,
    line('Next: closes at TIME'),
  );
  await expect.poll(() => kit.stateOf(runId), PATIENCE).toBe('UNCONFIRMED');
  await kit.decide('discard', stackId, runId);
  await kit.deliver([runEvent(stackId, runId, 'DISCARDED', 6)], settings);
  await result;
  await expectDetails(
    intentExecutionId(ACCOUNT, stackId, 'key.shown'),
    line(String.raw`\*\*ended, run is DISCARDED\*\* since TIME`),
    link,
    'Next: nothing, this has ended',
  );
  const described = await temporal('describe', laneExecutionId(ACCOUNT, stackId));
  expect(described).toContain('Makes the runs of shown, one at a time');
});

test('intent and lane show what went wrong, and when it is tried again', async () => {
  const stackId = 'doubted';
  await kit.harness.addStack(stackId);
  await kit.harness.control('POST', '/faults', { operation: 'runTrigger', status: 502 });
  const settings = { ...SETTINGS, settleMs: 8000, doubtHorizonMs: 10_000 };
  const retry = { maximumAttempts: 1 };
  const { result } = await kit.harness.pursue(stackId, 'key.doubted', { retry }, settings);
  const error = `Last error: Cannot trigger a TRACKED run of stack ${stackId}: status is 502`;
  const doubt = 'In doubt whether a run was made for intent key.doubted';
  const lane = laneExecutionId(ACCOUNT, stackId);
  await expectDetails(
    lane,
    line(String.raw`\*\*${doubt}\*\* since TIME`),
    error,
    line('Next: looks at TIME'),
  );
  const intent = intentExecutionId(ACCOUNT, stackId, 'key.doubted');
  await expectDetails(
    intent,
    line(String.raw`\*\*Waits for a run from ${lane}\*\* since TIME`),
    line('Next: asks the lane again if nothing is heard by TIME'),
  );
  await result;
  await expectDetails(
    intent,
    line(String.raw`\*\*not-triggered\*\* since TIME`),
    error,
    'Next: nothing, this has ended',
  );
});

test('an event shows what it told of, and a sweep what it saw', async () => {
  const event = stackEvent('network', { error: 'plan exploded' });
  const start = startOfEvent(event, deliveryFacts('details'), SETTINGS);
  await kit.harness.executions.start(start, 'never');
  await expectDetails(
    start.workflowId,
    line(String.raw`\*\*failed\*\* since TIME`),
    'Last error: plan exploded',
    'Next: nothing, this has ended',
  );
  expect(await temporal('describe', start.workflowId)).toContain('Records failed of network');

  const sweeps = createSweeps(kit.harness);
  await sweeps.begin({ ...planOf().input, webhookIds: ['nowhere'] });
  const { client } = kit.harness.env;
  let sweepId = '';
  for await (const { workflowId } of client.workflow.list({
    query: "WorkflowType = 'SpaceliftSweepWorkflow'",
  }))
    sweepId = workflowId;
  await expectDetails(
    sweepId,
    line(
      String.raw`\*\*\d+ runs open, \d+ executions started, \d+ told, \d+ runs too old\*\* since TIME`,
    ),
    'Must act: an administrator must see to webhook nowhere',
    'Next: the next firing of the schedule reads on',
    'Webhook nowhere: **missing**, last seen enabled: never',
  );
  await sweeps.end();
});
