/** Runs: each that is observed has one execution, which ended as the run did, and did what was due once. Pure. */
import { SIGNALS } from '../../shared/contract/names.ts';
import { eventTypeOfState } from '../../shared/contract/states.ts';
import type { RecordedExecution, RecordedRun } from './history.ts';
import type { Ledger } from './ledger.ts';
import { violation, type Violation } from './violation.ts';

/** Deeds by which an execution says that it took notice of the run's end. */
const CONCLUSIONS: readonly string[] = [SIGNALS.completedRun, SIGNALS.failedRun, SIGNALS.runEvents];

/** Deeds that people asked for and the state that each leads to, or that follow from a state. */
const STATES_DECIDED: Readonly<Record<string, string>> = {
  'confirm run': 'CONFIRMED',
  'discard run': 'DISCARDED',
  'trigger-dependents': 'FINISHED',
};

/** Of any run that has ended and that no rule wants more of. */
const TOLD_ONCE = 'tell-registry';

/** By webhook, poll or sweep. */
export function checkFollowed({ executionsById, followedRuns }: Ledger): readonly Violation[] {
  return [...followedRuns]
    .filter(([id]) => !executionsById.has(id))
    .map(([, { id, stack, states }]) =>
      violation('run-not-followed', `nothing follows run ${id} of ${stack}, ${states.at(-1)}`),
    );
}

export function checkExecutions(ledger: Ledger): readonly Violation[] {
  const { executionsById, followedRuns, intents } = ledger;
  const intentIds = new Set(intents.map(({ executionId }) => executionId));
  return [...executionsById].flatMap(([id, executions]) => [
    ...(followedRuns.has(id) || intentIds.has(id)
      ? []
      : [violation('execution-unfounded', `${id} is about nothing that there was`)]),
    ...(executions.length === 1
      ? []
      : [violation('execution-doubled', `${id} was started ${executions.length} times`)]),
    ...executions
      .filter(({ status }) => status !== 'COMPLETED')
      .map(({ status }) => violation('execution-not-completed', `${id} is ${status}`)),
  ]);
}

/** Each state of the run once in the result, whatever came twice; each thing done about it once. */
export function checkOnce({ executionsById, followedRuns }: Ledger): readonly Violation[] {
  return [...followedRuns].flatMap(([id, run]) =>
    (executionsById.get(id) ?? [])
      .filter(({ status }) => status === 'COMPLETED')
      .flatMap((execution) => [
        ...checkResult(execution, run),
        ...checkSteps(execution, run),
        ...checkDone(execution, run),
      ]),
  );
}

/** An outcome of a run is named as the type of the event that ends it. */
function checkResult({ id, result }: RecordedExecution, { states }: RecordedRun) {
  const state = states.at(-1) ?? '';
  return result?.state === state && result.outcome === eventTypeOfState(state)
    ? []
    : [
        violation(
          'result-differs',
          `${id} says ${result?.state} and ${result?.outcome}, the run is ${state}`,
        ),
      ];
}

function checkSteps({ id, steps }: RecordedExecution, { states }: RecordedRun) {
  const [had, told] = [states.join(' '), steps.join(' ')];
  return had === told
    ? []
    : [
        violation(
          'steps-differ',
          `${id} went through ${told || 'nothing'}, the run through ${had}`,
        ),
      ];
}

function checkDone({ id, done }: RecordedExecution, { states }: RecordedRun) {
  const count = (list: readonly string[], wanted: string) =>
    list.filter((entry) => entry === wanted).length;
  const concluded = done.filter((action) => CONCLUSIONS.includes(action)).length;
  const allowed = (action: string) =>
    action === TOLD_ONCE
      ? 1
      : count(states, STATES_DECIDED[action] ?? action.replace(/^notify /, ''));
  const tooOften = [...new Set(done)].filter(
    (action) => !CONCLUSIONS.includes(action) && count(done, action) > allowed(action),
  );
  return [
    ...(concluded === 1 ? [] : [violation('done-differs', `${id} concluded ${concluded} times`)]),
    ...tooOften.map((action) =>
      violation('done-differs', `${id} did "${action}" ${count(done, action)} times`),
    ),
  ];
}
