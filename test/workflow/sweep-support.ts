/** Sweeps on order: schedules that fire only when told to, and what a firing came to. */
import { ScheduleOverlapPolicy, type WorkflowHandle } from '@temporalio/client';
import { eventually } from '../../dev/launcher/eventually.ts';
import { sweepScheduleId } from '../../shared/contract/ids.ts';
import type { SweepInput, SweepResult } from '../../shared/workflow/sweep-messages.ts';
import { scheduleSweep } from '../../worker/sweep/schedule.ts';
import { ACCOUNT } from '../events.ts';
import { type Harness, SETTINGS } from './harness.ts';

/** No firing comes by itself while a test runs. */
const NEVER_MS = 365 * 24 * 60 * 60 * 1000;

const PATIENCE_MS = 40_000;

export const planOf = (changes: Partial<SweepInput> = {}, intervalMs = NEVER_MS) => ({
  intervalMs,
  input: {
    account: ACCOUNT,
    windowMs: 20 * 60 * 60 * 1000,
    pagesLimit: 40,
    runTypes: ['TRACKED'],
    webhookIds: [],
    // Executions that would hear nothing by themselves before the test is over.
    settings: { ...SETTINGS, silenceMs: 600_000, waitingSilenceMs: 600_000 },
    ...changes,
  },
});

type Sweep = () => Promise<SweepResult>;

export function createSweeps({ env: { client } }: Pick<Harness, 'env'>) {
  const handleOf = (account = ACCOUNT) => client.schedule.getHandle(sweepScheduleId(account));

  /** The execution of the schedule's so-manieth firing. */
  const firingOf = (account: string, count: number): Promise<WorkflowHandle<Sweep>> =>
    eventually(`firing ${count} of ${account}`, PATIENCE_MS, async () => {
      const { info } = await handleOf(account).describe();
      const action = info.recentActions[count - 1]?.action;
      return action === undefined
        ? null
        : client.workflow.getHandle<Sweep>(action.workflow.workflowId);
    });

  return {
    handleOf,
    /** Makes the schedule and waits for its first sweep. */
    async begin(changes: Partial<SweepInput> = {}): Promise<SweepResult> {
      const plan = planOf(changes);
      await scheduleSweep(client, plan, Date.now);
      return (await firingOf(plan.input.account, 1)).result();
    },
    /** One more; the promise of its result, which may be a failure. */
    async fire(account = ACCOUNT): Promise<SweepResult> {
      const { info } = await handleOf(account).describe();
      await handleOf(account).trigger(ScheduleOverlapPolicy.SKIP);
      return (await firingOf(account, info.recentActions.length + 1)).result();
    },
    end: (account = ACCOUNT) => handleOf(account).delete(),
  };
}
