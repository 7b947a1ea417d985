/**
 * The first two stories of the project, played on the real parts: a delivery that wants a run, which is seen through to its
 * end, and a run that fails and is told about. Each either ends as it should or throws with what was not seen.
 */
import { randomBytes } from 'node:crypto';
import { intentExecutionId, runExecutionId } from '../../shared/contract/ids.ts';
import { SIGNALS } from '../../shared/contract/names.ts';
import type { ExecutionResult, Outcome } from '../../shared/workflow/messages.ts';
import { readSecret } from './by-hand.ts';
import { webhookUrl } from './edge-client.ts';
import { eventually } from './eventually.ts';
import { listenForTrouble } from './trouble.ts';
import { secretsFileOf } from './secrets.ts';
import {
  executionUrl,
  followDeliveries,
  inboxCommand,
  seeDelivered,
  seeExecution,
  seeResult,
  seeSignal,
  type Stage,
  STEP_WITHIN_MS,
  tellResult,
} from './stage.ts';

export const GOOD_STACK = 'network';
const BAD_STACK = 'database';

/** Said by the simulated run when it fails. */
const FAILURE_NOTE = 'Error: the subnet is gone';

/** The simulated account: two stacks that deploy by themselves, and one webhook for all their runs. */
export async function furnishAccount({ path, simulator }: Stage): Promise<void> {
  for (const id of [GOOD_STACK, BAD_STACK]) await simulator.addStack({ id, autodeploy: true });
  await simulator.addWebhook({
    url: webhookUrl(path.urls.edge, null),
    secret: path.secrets.webhookSecret,
    family: 'default',
    retryOnFailure: true,
  });
}

export async function playSuccessfulRun(stage: Stage): Promise<void> {
  const { narrator, path } = stage;
  const { account } = path.spacelift;
  narrator.begin('1  A delivery asks for a run, and the run is seen through to its end');
  narrator.detail('for the inbox command below:');
  narrator.detail(readSecret('TOKEN', 'operatorToken', secretsFileOf(path.stateDirectory)));

  const key = `demo-${randomBytes(4).toString('hex')}`;
  const askedAt = Date.now();
  const inbox = `${account}/${GOOD_STACK}`;
  const { deliveryId } = await stage.edge.deliver('intents', path.secrets.intentsSecret, {
    event_type: 'triggered',
    stack_id: GOOD_STACK,
    idempotency_key: key,
  });
  narrator.step(
    `signed delivery "triggered" for stack ${GOOD_STACK} → 202, kept as ${deliveryId}`,
    {
      closer: inboxCommand(stage, inbox, deliveryId),
    },
  );

  const row = await seeDelivered(stage, inbox, deliveryId);
  const executionId = intentExecutionId(account, GOOD_STACK, `key.${key}`);
  const { startedAt } = await seeExecution(stage, executionId);
  narrator.step(`execution ${executionId} started`, {
    at: startedAt,
    closer: executionUrl(stage, executionId),
  });
  narrator.step(`inbox: ${row.status} to the starter, attempt ${row.attempts}`, {
    ...(row.settledAt !== null && { at: row.settledAt }),
  });

  const runId = await seeTrigger(stage, askedAt);
  await followRun(stage, {
    stackId: GOOD_STACK,
    runId,
    lastState: 'FINISHED',
    signal: 'completedRun',
  });

  const result = await seeResult(stage, executionId);
  tellResult(stage, result);
  expectOutcome(result, 'completed');
  narrator.succeed(`run ${runId} finished, and whoever asked for it knows`);
}

export async function playFailedRun(stage: Stage): Promise<void> {
  const { narrator, path, simulator } = stage;
  narrator.begin('2  A run fails, and people are told');

  await simulator.script(BAD_STACK, { failAt: 'APPLYING', note: FAILURE_NOTE, changes: true });
  const trouble = listenForTrouble(path.part('worker'));
  const { id: runId } = await simulator.startRun(BAD_STACK);
  narrator.step(`git push to stack ${BAD_STACK} → Spacelift starts run ${runId}`);

  const executionId = await followRun(stage, {
    stackId: BAD_STACK,
    runId,
    lastState: 'FAILED',
    signal: 'failedRun',
  });
  const result = await seeResult(stage, executionId);
  for (const { at, text } of await trouble.about(runId))
    narrator.step(`worker log  ${text}`, { at });
  tellResult(stage, result);
  expectOutcome(result, 'failed');
  narrator.succeed(`run ${runId} failed, and it did not go unnoticed`);
}

/** The run that the worker asked Spacelift for. */
async function seeTrigger({ simulator, narrator }: Stage, since: number): Promise<string> {
  narrator.waitFor('runTrigger arrives at Spacelift');
  const { at } = await eventually('runTrigger at Spacelift', STEP_WITHIN_MS, async () => {
    const { operations } = await simulator.journal();
    return operations.find(
      (entry) =>
        entry.operation === 'runTrigger' && entry.stack === GOOD_STACK && entry.at >= since,
    );
  });
  const { id } = await eventually('the run that was triggered', STEP_WITHIN_MS, async () => {
    const runs = await simulator.runs(GOOD_STACK);
    return runs.find(({ createdAt, triggeredBy }) => createdAt >= since && triggeredBy !== null);
  });
  narrator.step(`runTrigger at Spacelift → run ${id}`, { at });
  return id;
}

type Following = {
  readonly stackId: string;
  readonly runId: string;
  readonly lastState: string;
  readonly signal: 'completedRun' | 'failedRun';
};

/** The run's own deliveries, the execution they feed, and the signal that ends it; returns the execution's id. */
async function followRun(stage: Stage, { stackId, runId, lastState, signal }: Following) {
  const { narrator, path } = stage;
  await followDeliveries(stage, runId, lastState);
  const executionId = runExecutionId(path.spacelift.account, stackId, runId);
  await seeExecution(stage, executionId);
  const name = SIGNALS[signal];
  const at = await seeSignal(stage, executionId, name);
  narrator.step(`${name} → execution ${executionId}`, {
    at,
    closer: executionUrl(stage, executionId),
  });
  return executionId;
}

function expectOutcome(result: ExecutionResult, expected: Outcome): void {
  if (result.outcome !== expected)
    throw new Error(
      `Cannot call the scenario a success: outcome is "${result.outcome}" instead of "${expected}"`,
    );
}
