/** A recorded history, looked up from every side the checker asks from. Judges nothing. */
import { runExecutionId } from '../../shared/contract/ids.ts';
import type {
  ChaosHistory,
  KeptDelivery,
  RecordedExecution,
  RecordedRun,
  SentDelivery,
} from './history.ts';

export type Ledger = ChaosHistory & {
  /** One of the copies sent under each key. */
  readonly sentByKey: ReadonlyMap<string, SentDelivery>;
  /** Keys of deliveries that reached out to the edge at least once. */
  readonly tried: ReadonlySet<string>;
  /** Keys of deliveries that were answered 2xx at least once. */
  readonly acknowledged: ReadonlySet<string>;
  /** The first row of each key. */
  readonly keptByKey: ReadonlyMap<string, KeptDelivery>;
  readonly executionsById: ReadonlyMap<string, readonly RecordedExecution[]>;
  /** Runs of which at least one delivery was kept, by the id of their execution. */
  readonly followedRuns: ReadonlyMap<string, RecordedRun>;
};

const isAcknowledged = ({ tries }: SentDelivery): boolean =>
  tries.some(({ status }) => status !== null && status >= 200 && status < 300);

export function createLedger(history: ChaosHistory): Ledger {
  const { account, sent, kept, runs, executions } = history;
  const keysOf = (wanted: (delivery: SentDelivery) => boolean) =>
    new Set(sent.filter(wanted).map(({ key }) => key));
  const sentByKey = new Map(sent.map((delivery) => [delivery.key, delivery]));
  const keptRuns = new Set(kept.map(({ key }) => sentByKey.get(key)?.run));
  return {
    ...history,
    sentByKey,
    tried: keysOf(({ tries }) => tries.length > 0),
    acknowledged: keysOf(isAcknowledged),
    keptByKey: firstsBy(kept, ({ key }) => key),
    executionsById: groupsBy(executions, ({ id }) => id),
    followedRuns: new Map(
      runs
        .filter(({ id }) => keptRuns.has(id))
        .map((run) => [runExecutionId(account, run.stack, run.id), run]),
    ),
  };
}

const firstsBy = <Item>(items: readonly Item[], keyOf: (item: Item) => string) =>
  new Map(items.toReversed().map((item) => [keyOf(item), item]));

function groupsBy<Item>(items: readonly Item[], keyOf: (item: Item) => string) {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/**
 * Whether a kept delivery came to the execution of its run: by a signal in its history, or too late for one, and then the
 * execution that had closed must know the state.
 */
export function isHandled(ledger: Ledger, { key, verdict }: KeptDelivery): boolean {
  const sent = ledger.sentByKey.get(key);
  if (sent === undefined) return false;
  const executions = ledger.executionsById.get(
    runExecutionId(ledger.account, sent.stack, sent.run),
  );
  return (executions ?? []).some(
    ({ signalled, steps }) =>
      signalled.includes(key) || (verdict === 'already-handled' && steps.includes(sent.state)),
  );
}
