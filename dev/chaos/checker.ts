/**
 * Decides from a recorded history whether the promises were kept: acknowledged ⊆ kept ⊆ handled, each once, in the order
 * of acceptance per run. Pure. Knows nothing of how the history came about, and trusts no part's word on itself: what was
 * sent is Spacelift's, what was handled is in Temporal's own histories.
 */
import { SIGNALS } from '../../shared/contract/names.ts';
import type { ChaosHistory, RecordedExecution, RecordedRun } from './history.ts';
import { createLedger, isHandled, type Ledger } from './ledger.ts';

export type Rule =
  | 'refused'
  | 'acknowledged-not-kept'
  | 'kept-unsent'
  | 'kept-twice'
  | 'kept-not-delivered'
  | 'kept-not-handled'
  | 'handled-not-kept'
  | 'execution-unfounded'
  | 'execution-doubled'
  | 'execution-not-completed'
  | 'steps-differ'
  | 'done-differs'
  | 'order'
  | 'too-few';

export type Violation = {
  readonly rule: Rule;
  /** A sentence with the names in it. */
  readonly text: string;
  /** Of the delivery concerned, if it is about one. */
  readonly key: string | null;
};

/** With less acknowledged the other lines would hold for want of deliveries. A slow edge is away most of the time. */
const ACKNOWLEDGED_SHARE = 1 / 10;

/** Deeds by which an execution says that it took notice of the run's end. */
const CONCLUSIONS: readonly string[] = [SIGNALS.completedRun, SIGNALS.failedRun, SIGNALS.runEvents];

type Check = (ledger: Ledger) => readonly Violation[];

/** In the order of a delivery's way, so that the first violation is the one nearest to the cause. */
const CHECKS: readonly Check[] = [
  checkRefused,
  checkAcknowledged,
  checkKept,
  checkHandled,
  checkExecutions,
  checkOnce,
  checkOrder,
  checkEnough,
];

/** Every violation; none means that the promises were kept. */
export function checkHistory(history: ChaosHistory): readonly Violation[] {
  const ledger = createLedger(history);
  return CHECKS.flatMap((check) => check(ledger));
}

const violation = (rule: Rule, text: string, key: string | null = null): Violation => ({
  rule,
  text,
  key,
});

/** A 4xx loses a genuine delivery for good, so none may ever be given. */
function checkRefused({ sent }: Ledger): readonly Violation[] {
  return sent.flatMap(({ key, tries }) => {
    const refusal = tries.find(({ status }) => status !== null && status >= 300 && status < 500);
    return refusal === undefined
      ? []
      : [violation('refused', `${key} was answered ${refusal.status}`, key)];
  });
}

function checkAcknowledged({ acknowledged, keptByKey }: Ledger): readonly Violation[] {
  return [...acknowledged]
    .filter((key) => !keptByKey.has(key))
    .map((key) => violation('acknowledged-not-kept', `${key} is in no inbox`, key));
}

function checkKept({ kept, keptByKey, tried }: Ledger): readonly Violation[] {
  return kept.flatMap((delivery) => {
    const { key, inbox, status, reason, lastError } = delivery;
    const first = keptByKey.get(key);
    return [
      ...(tried.has(key) ? [] : [violation('kept-unsent', `${key} was never sent`, key)]),
      ...(first === delivery
        ? []
        : [violation('kept-twice', `${key} is in ${first?.inbox} and in ${inbox}`, key)]),
      ...(status === 'delivered'
        ? []
        : [
            violation(
              'kept-not-delivered',
              `${key} is ${status}: ${reason ?? lastError ?? 'no reason given'}`,
              key,
            ),
          ]),
    ];
  });
}

function checkHandled(ledger: Ledger): readonly Violation[] {
  const { kept, keptByKey, executions, tried } = ledger;
  const unhandled = kept
    .filter(({ key, status }) => status === 'delivered' && tried.has(key))
    .filter((delivery) => !isHandled(ledger, delivery))
    .map(({ key, verdict }) =>
      violation('kept-not-handled', `${key} (${verdict}) is in no execution`, key),
    );
  const unkept = executions.flatMap(({ id, signalled }) =>
    [...new Set(signalled)]
      .filter((key) => !keptByKey.has(key))
      .map((key) => violation('handled-not-kept', `${key} came to ${id} from no inbox`, key)),
  );
  return [...unhandled, ...unkept];
}

function checkExecutions({ executionsById, followedRuns }: Ledger): readonly Violation[] {
  return [...executionsById].flatMap(([id, executions]) => [
    ...(followedRuns.has(id)
      ? []
      : [violation('execution-unfounded', `${id} is about nothing that was kept`)]),
    ...(executions.length === 1
      ? []
      : [violation('execution-doubled', `${id} was started ${executions.length} times`)]),
    ...executions
      .filter(({ status }) => status !== 'COMPLETED')
      .map(({ status }) => violation('execution-not-completed', `${id} is ${status}`)),
  ]);
}

/** Each state of the run once in the result, whatever came twice; each thing done about it once. */
function checkOnce({ executionsById, followedRuns }: Ledger): readonly Violation[] {
  return [...followedRuns].flatMap(([id, run]) =>
    (executionsById.get(id) ?? [])
      .filter(({ status }) => status === 'COMPLETED')
      .flatMap((execution) => [...checkSteps(execution, run), ...checkDone(execution, run)]),
  );
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
  const tooOften = [...new Set(done)].filter(
    (action) =>
      !CONCLUSIONS.includes(action) &&
      count(done, action) > count(states, action.replace(/^notify /, '')),
  );
  return [
    ...(concluded === 1 ? [] : [violation('done-differs', `${id} concluded ${concluded} times`)]),
    ...tooOften.map((action) =>
      violation('done-differs', `${id} did "${action}" ${count(done, action)} times`),
    ),
  ];
}

/** A run's deliveries first appear in the order in which the inbox accepted them. */
function checkOrder(ledger: Ledger): readonly Violation[] {
  return [...ledger.executionsById.values()].flat().flatMap(({ id, signalled }) => {
    const last = new Map<string, { key: string; seq: number }>();
    return [...new Set(signalled)].flatMap((key) => {
      const kept = ledger.keptByKey.get(key);
      if (kept === undefined) return [];
      const before = last.get(kept.inbox);
      last.set(kept.inbox, { key, seq: Math.max(kept.seq, before?.seq ?? 0) });
      return before === undefined || before.seq < kept.seq
        ? []
        : [violation('order', `${key} (${kept.seq}) came to ${id} after ${before.seq}`, key)];
    });
  });
}

function checkEnough({ acknowledged, tried }: Ledger): readonly Violation[] {
  return acknowledged.size > 0 && acknowledged.size >= tried.size * ACKNOWLEDGED_SHARE
    ? []
    : [
        violation(
          'too-few',
          `only ${acknowledged.size} of ${tried.size} deliveries were acknowledged`,
        ),
      ];
}
