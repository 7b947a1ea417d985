/**
 * The Temporal Schedule of an account's sweeps, made or brought up to date by every worker that starts. What somebody
 * changed by hand stays if it is the pause; interval and input are configuration's. Several workers may come at once: the
 * server lets one of them make it, and the time it was made stays for as long as it exists.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleDescription,
  type ScheduleHandle,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
} from '@temporalio/client';
import { sweepScheduleId } from '../../shared/contract/ids.ts';
import { SWEEP_WORKFLOW, WORKFLOW_TASK_QUEUE } from '../../shared/contract/names.ts';
import { searchAttributePairs } from '../../shared/workflow/search-attributes.ts';
import type { SweepInput } from '../../shared/workflow/sweep-messages.ts';
import { isSealedByNow } from './seal.ts';

export type SweepPlan = {
  /** 0 for no sweeps: the schedule is paused, and nothing of what it knows is lost. */
  readonly intervalMs: number;
  readonly input: Omit<SweepInput, 'since'>;
};

/** What became of the schedule; `paused` is somebody else's doing. */
export type Scheduled = 'created' | 'updated' | 'unchanged' | 'paused' | 'off';

/** By these notes a pause of our own is told from an operator's. */
const OFF_NOTE = 'Paused by the worker: SWEEP_INTERVAL_MS is 0';
export const GONE_NOTE = 'Paused by the worker: no worker has a key for the account';
const OUR_NOTES: readonly (string | undefined)[] = [OFF_NOTE, GONE_NOTE];

/** Firings missed for longer are not made up for: one sweep finds what ten would have. */
const CATCHUP_WINDOW = '1 minute';

export async function scheduleSweep(
  client: Client,
  plan: SweepPlan,
  now: () => number,
): Promise<Scheduled> {
  const handle = client.schedule.getHandle(sweepScheduleId(plan.input.account));
  const known = await describe(handle);
  if (known !== null) return update(client, known, plan, now);
  if (plan.intervalMs === 0) return 'off';
  try {
    await client.schedule.create({
      scheduleId: handle.scheduleId,
      ...definitionOf(plan, now()),
    });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    return update(client, await handle.describe(), plan, now);
  }
  // The first one at once: nothing can end unseen between now and then.
  await handle.trigger(ScheduleOverlapPolicy.SKIP);
  return 'created';
}

async function describe(handle: ScheduleHandle): Promise<ScheduleDescription | null> {
  try {
    return await handle.describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

const definitionOf = ({ intervalMs, input }: SweepPlan, since: number) => {
  const { account, settings } = input;
  const typedSearchAttributes = searchAttributePairs({ account }, settings.searchAttributes);
  return {
    spec: { intervals: [{ every: intervalMs }] },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCHUP_WINDOW },
    action: {
      type: 'startWorkflow' as const,
      workflowType: SWEEP_WORKFLOW,
      workflowId: sweepScheduleId(account),
      taskQueue: WORKFLOW_TASK_QUEUE,
      args: [{ ...input, since }] satisfies [SweepInput],
      staticSummary: `Looks for runs of ${account} that no webhook told`,
      ...(typedSearchAttributes.length > 0 && { typedSearchAttributes }),
    },
  };
};

async function update(
  client: Client,
  known: ScheduleDescription,
  plan: SweepPlan,
  now: () => number,
): Promise<Scheduled> {
  const { action, spec, state, scheduleId } = known;
  const handle = client.schedule.getHandle(scheduleId);
  if (plan.intervalMs === 0) {
    if (!state.paused) await handle.pause(OFF_NOTE);
    return 'off';
  }
  const paused = state.paused && !OUR_NOTES.includes(state.note);
  // The only input of this schedule is what was made here.
  const [before] = (action.args ?? []) as [SweepInput?];
  const definition = definitionOf(plan, before?.since ?? now());
  const isSame =
    paused === state.paused &&
    isDeepStrictEqual(before, definition.action.args[0]) &&
    (await isSealedByNow(client, known)) &&
    spec.intervals?.[0]?.every === plan.intervalMs;
  if (!isSame) {
    const note = paused ? (state.note ?? '') : '';
    await handle.update(() => ({ ...definition, state: { paused, note } }));
  }
  if (paused) return 'paused';
  return isSame ? 'unchanged' : 'updated';
}
