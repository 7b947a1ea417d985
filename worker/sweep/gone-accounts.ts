/**
 * Pauses the sweeps of accounts that no worker has a key for any more: each firing would only fail. They go on from where
 * they were when a worker has the account again.
 */
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { accountOfSweep } from '../../shared/contract/ids.ts';
import { SWEEP_WORKFLOW, spaceliftApiTaskQueue } from '../../shared/contract/names.ts';
import type { Log } from '../log.ts';
import { GONE_NOTE } from './schedule.ts';

const { TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

export type GoneAccountsOptions = {
  readonly client: Client;
  /** Those that this worker has keys for. */
  readonly accounts: readonly string[];
  readonly log: Log;
};

/** False while another account's sweeps may turn out to be nobody's: the server remembers who polled for some minutes. */
export async function pauseGoneAccounts({
  client,
  accounts,
  log,
}: GoneAccountsOptions): Promise<boolean> {
  let isSettled = true;
  for await (const { scheduleId, action } of client.schedule.list()) {
    const account = accountOfSweep(scheduleId);
    if (account === null || accounts.includes(account)) continue;
    if (action?.workflowType !== SWEEP_WORKFLOW || (await isPaused(client, scheduleId))) continue;
    if (await isServed(client, account)) {
      isSettled = false;
      continue;
    }
    await client.schedule.getHandle(scheduleId).pause(GONE_NOTE);
    log.warn({ account }, 'sweep paused: no worker has a key for the account');
  }
  return isSettled;
}

/** The list lags behind; and the input, which may be sealed by a key we have not, is not looked at. */
async function isPaused({ connection, options }: Client, scheduleId: string): Promise<boolean> {
  const { namespace } = options;
  const { schedule } = await connection.workflowService.describeSchedule({ namespace, scheduleId });
  return schedule?.state?.paused === true;
}

/** By another worker, which then has a key for it. */
async function isServed({ connection, options }: Client, account: string): Promise<boolean> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: options.namespace,
    taskQueue: { name: spaceliftApiTaskQueue(account) },
    taskQueueType: TASK_QUEUE_TYPE_ACTIVITY,
  });
  return pollers.length > 0;
}
