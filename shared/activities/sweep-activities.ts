/** The activity by which a sweep has executions started or told: a look at each, and a signal only to those that need it. */
import { heartbeat, log } from '@temporalio/activity';
import { eventTypeOfState } from '../contract/states.ts';
import { signalFor } from '../workflow/messages.ts';
import type { RunTelling, SweepActivities, TellRunsRequest } from '../workflow/ports.ts';
import { startOfRun } from '../workflow/start.ts';
import { isNewsTo } from '../workflow/sweep-decision.ts';
import type { Executions } from './execution-activities.ts';

/** `state` is what an open execution shows of its run, by search attribute; null when it shows nothing. */
export type ExecutionSight =
  | { readonly is: 'missing' | 'closed' }
  | { readonly is: 'open'; readonly state: string | null };

/** The Temporal client, as far as a sweep needs it. */
export type SweepExecutions = Pick<Executions, 'signalWithStart'> & {
  /** What an execution looks like from outside; costs no billed Action. */
  readonly sightOf: (executionId: string) => Promise<ExecutionSight>;
};

/** At the server at the same time. */
const LOOKS_AT_ONCE = 10;

type Told = 'started' | 'told' | 'known';

export const createSweepActivities = (executions: SweepExecutions): SweepActivities => ({
  async tellRuns(request) {
    const counts = { started: 0, told: 0, known: 0 };
    const waiting = [...request.runs];
    const tellNext = async (): Promise<void> => {
      for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) {
        counts[await tell(run, request, executions)] += 1;
        heartbeat();
      }
    };
    await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, tellNext));
    return counts;
  },
});

/** The signal carries nothing: Spacelift itself says more, and nobody has to believe the sweep. */
async function tell(
  run: RunTelling,
  { account, settings }: Pick<TellRunsRequest, 'account' | 'settings'>,
  executions: SweepExecutions,
): Promise<Told> {
  const { stackId, runId, state, mayStart } = run;
  const type = state === null ? 'progressed' : eventTypeOfState(state);
  const news = state === null ? undefined : { state, type };
  const start = startOfRun({ account, stackId, runId }, settings, news);
  const sight = await executions.sightOf(start.workflowId);
  const isWanted =
    sight.is === 'open' ? isNewsTo(sight.state, run) : sight.is === 'missing' && mayStart;
  if (!isWanted) return 'known';
  const signal = { name: signalFor('progressed').name, payload: {} };
  const answer = await executions.signalWithStart(start, signal, 'never');
  if (answer === 'closed') return 'known';
  log.info('run was not told of', { stackId, runId, state, executionId: start.workflowId, answer });
  return answer === 'started' ? 'started' : 'told';
}
