/**
 * Intents: each accepted one has one execution, whose result is its run's; no run serves two; a run for which there is no
 * intent is reported, and there are no more of those than Spacelift made late. Pure.
 */
import { eventTypeOfState } from '../../shared/contract/states.ts';
import type { RecordedResult, RecordedRun, SentIntent } from './history.ts';
import type { Ledger } from './ledger.ts';
import { violation, type Violation } from './violation.ts';

/** Whatever was acknowledged; what nobody has heard an answer to may have been kept all the same. */
export function checkIntents(ledger: Ledger): readonly Violation[] {
  const { intents, acknowledged, executionsById } = ledger;
  return intents.flatMap((intent) => {
    const [execution] = executionsById.get(intent.executionId) ?? [];
    if (execution === undefined)
      return acknowledged.has(intent.key)
        ? [violation('intent-lost', `${intent.key} has no execution`, intent.key)]
        : [];
    // Its status is judged with those of all others.
    if (execution.result === null) return [];
    return checkResult(intent, execution.result, ledger);
  });
}

function checkResult(
  intent: SentIntent,
  result: RecordedResult,
  ledger: Ledger,
): readonly Violation[] {
  const { key, mustEnd } = intent;
  const { outcome, runId, reason } = result;
  if (mustEnd !== null)
    return outcome === mustEnd
      ? []
      : [violation('intent-run-wrong', `${key} ended ${outcome}, not ${mustEnd}`, key)];
  if (runId === null)
    return mayEndWithoutRun(intent, result, ledger)
      ? []
      : [violation('intent-without-run', `${key} ended ${outcome}: ${reason}`, key)];
  const run = ledger.runsById.get(runId);
  const fault = run === undefined ? 'is not there' : faultOf(run, intent, result);
  return fault === null
    ? []
    : [violation('intent-run-wrong', `run ${runId} of ${key} ${fault}`, key)];
}

/** Out of attempts, or in doubt where that was asked for. */
const mayEndWithoutRun = (
  { stack, maximumAttempts }: SentIntent,
  { outcome, attempts }: RecordedResult,
  { leftInDoubt }: Ledger,
): boolean =>
  outcome === 'in-doubt'
    ? leftInDoubt.includes(stack)
    : outcome === 'not-triggered' && attempts >= maximumAttempts;

function faultOf(
  run: RecordedRun,
  { stack, runType, command }: SentIntent,
  { outcome, state }: RecordedResult,
): string | null {
  const last = run.states.at(-1) ?? '';
  if (!run.isOurs) return 'was made by somebody else';
  if (run.stack !== stack || run.type !== runType || run.command !== command)
    return `is ${run.type} ${run.command ?? ''} of ${run.stack}`;
  if (last !== state || outcome !== eventTypeOfState(last))
    return `is ${last}, and the intent ended ${outcome}, ${state}`;
  return null;
}

/** Late runs that are alike cannot be told apart; all others are their intent's own. */
export function checkOwners({ givenRuns, runsById, lateRuns }: Ledger): readonly Violation[] {
  return [...givenRuns].flatMap(([runId, intents]) => {
    const [first] = intents;
    const run = runsById.get(runId);
    const isOwn = run?.madeFor !== null && first?.executionId.endsWith(`/${run?.madeFor}`) === true;
    return [
      ...(intents.length > 1
        ? [
            violation(
              'run-shared',
              `run ${runId} serves ${intents.map(({ key }) => key).join(' and ')}`,
            ),
          ]
        : []),
      ...(isOwn || run === undefined || lateRuns.has(run.stack)
        ? []
        : [
            violation(
              'run-swapped',
              `run ${runId} was made for ${run.madeFor}, and went to ${first?.key}`,
            ),
          ]),
    ];
  });
}

/** Every run of ours is an intent's or in a notice; of the latter there are no more than came late, by stack. */
export function checkReported(ledger: Ledger): readonly Violation[] {
  const { runs, givenRuns, executions, lateRuns } = ledger;
  const reported = new Set(
    executions.flatMap(({ notices }) =>
      notices.flatMap(({ topic, runId }) => (topic === 'extra-run' ? (runId ?? []) : [])),
    ),
  );
  const extras = runs.filter(({ id, isOurs }) => isOurs && !givenRuns.has(id));
  const stacks = new Set(extras.map(({ stack }) => stack));
  return [
    ...extras
      .filter(({ id }) => !reported.has(id))
      .map(({ id, stack, madeFor }) =>
        violation('run-unreported', `run ${id} of ${stack}, made for ${madeFor}, is nobody's`),
      ),
    ...[...reported]
      .filter((id) => givenRuns.has(id))
      .map((id) => violation('run-extra', `run ${id} is an intent's and was reported as nobody's`)),
    ...[...stacks].flatMap((stack) => {
      const count = extras.filter((run) => run.stack === stack).length;
      const late = lateRuns.get(stack)?.length ?? 0;
      return count <= late
        ? []
        : [violation('run-extra', `${count} runs of ${stack} are nobody's, and ${late} were late`)];
    }),
  ];
}

/** What a person was told to have been done is done. */
export function checkDecisions({ decisions, runsById }: Ledger): readonly Violation[] {
  return decisions.flatMap(({ runId, outcome }) =>
    runsById.get(runId)?.states.includes(outcome.toUpperCase()) === true
      ? []
      : [violation('decision-lost', `run ${runId} was said to be ${outcome}, and is not`)],
  );
}
