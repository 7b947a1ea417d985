/** A recorded history, looked up from every side the checker asks from. Judges nothing. */
import { parseExecutionId, runExecutionId } from '../../shared/contract/ids.ts';
import type {
  ChaosHistory,
  KeptDelivery,
  RecordedExecution,
  RecordedRun,
  SentDelivery,
  SentIntent,
} from './history.ts';

export type Ledger = ChaosHistory & {
  /** One of the copies sent under each key. */
  readonly sentByKey: ReadonlyMap<string, SentDelivery>;
  readonly intentsByKey: ReadonlyMap<string, SentIntent>;
  /** Keys of deliveries, intents among them, that reached out to the edge at least once. */
  readonly tried: ReadonlySet<string>;
  /** Keys of deliveries that were answered 2xx at least once. */
  readonly acknowledged: ReadonlySet<string>;
  /** The first row of each key. */
  readonly keptByKey: ReadonlyMap<string, KeptDelivery>;
  /** Of runs, intents and events, without those that continued as new: what they knew stands in the one after. */
  readonly executionsById: ReadonlyMap<string, readonly RecordedExecution[]>;
  readonly runsById: ReadonlyMap<string, RecordedRun>;
  /** Intents by the id of the run that each was given, as their results say. */
  readonly givenRuns: ReadonlyMap<string, readonly SentIntent[]>;
  /** Of a type that nobody asked to observe, and given to no intent: nothing follows them. */
  readonly unwatchedRuns: ReadonlySet<string>;
  /** Runs, by the id of the execution that follows each. */
  readonly followedRuns: ReadonlyMap<string, RecordedRun>;
  /** Runs of ours that Spacelift made too late to be known for certain as whose they are, by stack. */
  readonly lateRuns: ReadonlyMap<string, readonly RecordedRun[]>;
};

type Tried = Pick<SentDelivery, 'key' | 'tries'>;

const isAcknowledged = ({ tries }: Tried): boolean =>
  tries.some(({ status }) => status !== null && status >= 200 && status < 300);

export function createLedger(history: ChaosHistory): Ledger {
  const { account, sent, intents, kept, runs, executions } = history;
  const all: readonly Tried[] = [...sent, ...intents];
  const keysOf = (wanted: (delivery: Tried) => boolean) =>
    new Set(all.filter(wanted).map(({ key }) => key));
  const lasting = executions.filter(({ status }) => status !== 'CONTINUED_AS_NEW');
  const givenRuns = givenRunsOf(intents, lasting);
  const isUnwatched = ({ id, type }: RecordedRun) => type === 'PROPOSED' && !givenRuns.has(id);
  const watched = runs.filter((run) => !isUnwatched(run));
  return {
    ...history,
    sentByKey: new Map(sent.map((delivery) => [delivery.key, delivery])),
    intentsByKey: new Map(intents.map((intent) => [intent.key, intent])),
    tried: keysOf(({ tries }) => tries.length > 0),
    acknowledged: keysOf(isAcknowledged),
    keptByKey: firstsBy(kept, ({ key }) => key),
    executionsById: groupsBy(
      lasting.filter(({ id }) => parseExecutionId(id) !== null),
      ({ id }) => id,
    ),
    runsById: new Map(runs.map((run) => [run.id, run])),
    givenRuns,
    unwatchedRuns: new Set(runs.filter(isUnwatched).map(({ id }) => id)),
    followedRuns: new Map(watched.map((run) => [runExecutionId(account, run.stack, run.id), run])),
    lateRuns: groupsBy(lateRunsOf(history), ({ stack }) => stack),
  };
}

function givenRunsOf(
  intents: readonly SentIntent[],
  executions: readonly RecordedExecution[],
): ReadonlyMap<string, readonly SentIntent[]> {
  const runIds = new Map(executions.map(({ id, result }) => [id, result?.runId ?? null]));
  const runIdOf = ({ executionId }: SentIntent) => runIds.get(executionId) ?? '';
  const given = groupsBy(intents, runIdOf);
  given.delete('');
  return given;
}

/**
 * Made after the settle time, or asked for while Spacelift stood still: the request then waited where nobody could see it.
 */
function lateRunsOf({ runs, requests, settleMs, standstills }: ChaosHistory) {
  const askedAt = new Map(requests.flatMap(({ at, made }) => made.map((id) => [id, at] as const)));
  return runs.filter(({ id, createdAt, isOurs }) => {
    const at = askedAt.get(id);
    if (!isOurs || at === undefined) return false;
    const stoodStill = standstills.some(({ from, to }) => at >= from && at <= to + settleMs);
    return stoodStill || createdAt - at > settleMs;
  });
}

const firstsBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string) =>
  new Map(items.toReversed().map((item) => [keyOf(item), item]));

export function groupsBy<Item>(items: readonly Item[], keyOf: (item: Item) => string) {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/**
 * Whether a kept delivery came to its execution: by its start or by a signal in its history, or too late for one, and then
 * the execution that had closed must know the state.
 */
export function isHandled(ledger: Ledger, { key, verdict }: KeptDelivery): boolean {
  const sent = ledger.sentByKey.get(key);
  const executionId =
    sent === undefined
      ? ledger.intentsByKey.get(key)?.executionId
      : runExecutionId(ledger.account, sent.stack, sent.run);
  const isLate = verdict === 'already-handled' && sent !== undefined;
  if (isLate && ledger.unwatchedRuns.has(sent.run)) return true;
  return ledger.executions.some(
    ({ id, signalled, steps }) =>
      id === executionId && (signalled.includes(key) || (isLate && steps.includes(sent.state))),
  );
}
