/** Activities that call Temporal itself: what workflow code may not do, it asks for here. */
import { activityInfo } from '@temporalio/activity';
import { SIGNALS } from '../contract/names.ts';
import type { Attachment, RunRef, RunVerdict } from '../workflow/messages.ts';
import type { ExecutionActivities } from '../workflow/ports.ts';
import { type ExecutionStart, startOfLane, startOfRun } from '../workflow/start.ts';

/** Whether an execution that has closed may be started again: not at all, if it failed or timed out, or anyhow. */
export type Reuse = 'never' | 'after-failure' | 'always';

/** The Temporal client, as far as activities and the starter need it. */
export type Executions = {
  /**
   * Signals the execution, started first if it is not open. If it has closed and `reuse` does not allow for that, the
   * answer is `closed` and nothing was signalled.
   */
  readonly signalWithStart: (
    start: ExecutionStart,
    signal: { readonly name: string; readonly payload: unknown },
    reuse: Reuse,
  ) => Promise<'started' | 'signalled' | 'closed'>;
  /** Verdict of a closed run execution; null when it ended without one. */
  readonly verdictOf: (executionId: string) => Promise<RunVerdict | null>;
  /** Whether an intent has its lane's answer, or is not there any more. */
  readonly isAnswered: (executionId: string) => Promise<boolean>;
};

/** The page of a run in Spacelift; null for an account that is not configured. */
export type RunPages = (run: RunRef) => string | null;

export const createExecutionActivities = (
  executions: Executions,
  pageOf: RunPages,
): ExecutionActivities => ({
  /**
   * The attempt before may have asked without living to tell, and the lane may have answered and closed since: a new one
   * would make another run.
   */
  async askLane({ account, stackId, request, settings }) {
    if (activityInfo().attempt > 1 && (await executions.isAnswered(request.executionId))) return;
    await executions.signalWithStart(
      startOfLane({ account, stackId }, settings),
      { name: SIGNALS.askForRun, payload: request },
      'always',
    );
  },

  async attachToRun({ account, stackId, runId, executionId, settings, cause }) {
    const run = { account, stackId, runId };
    const url = pageOf(run);
    const start = startOfRun(run, settings, { url });
    const attached = await executions.signalWithStart(
      start,
      {
        name: SIGNALS.attachIntent,
        payload: { executionId, ...(cause !== undefined && { cause }) } satisfies Attachment,
      },
      'never',
    );
    if (attached !== 'closed') return { attached: true, url };
    return { attached: false, url, verdict: await executions.verdictOf(start.workflowId) };
  },
});
