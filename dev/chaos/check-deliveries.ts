/** Deliveries: acknowledged ⊆ kept ⊆ handled, each once, in the order of acceptance per run. Pure. */
import type { SentDelivery } from './history.ts';
import { isHandled, type Ledger } from './ledger.ts';
import { violation, type Violation } from './violation.ts';

/** With less acknowledged the other lines would hold for want of deliveries. A slow edge is away most of the time. */
const ACKNOWLEDGED_SHARE = 1 / 10;

/** A 4xx loses a genuine delivery for good, so none may ever be given. */
export function checkRefused({ sent, intents }: Ledger): readonly Violation[] {
  const all: readonly Pick<SentDelivery, 'key' | 'tries'>[] = [...sent, ...intents];
  return all.flatMap(({ key, tries }) => {
    const refusal = tries.find(({ status }) => status !== null && status >= 300 && status < 500);
    return refusal === undefined
      ? []
      : [violation('refused', `${key} was answered ${refusal.status}`, key)];
  });
}

export function checkAcknowledged({ acknowledged, keptByKey }: Ledger): readonly Violation[] {
  return [...acknowledged]
    .filter((key) => !keptByKey.has(key))
    .map((key) => violation('acknowledged-not-kept', `${key} is in no inbox`, key));
}

export function checkKept({ kept, keptByKey, tried }: Ledger): readonly Violation[] {
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

export function checkHandled(ledger: Ledger): readonly Violation[] {
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

/** A run's deliveries first appear in the order in which the inbox accepted them. */
export function checkOrder(ledger: Ledger): readonly Violation[] {
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

export function checkEnough({ acknowledged, tried }: Ledger): readonly Violation[] {
  return acknowledged.size > 0 && acknowledged.size >= tried.size * ACKNOWLEDGED_SHARE
    ? []
    : [
        violation(
          'too-few',
          `only ${acknowledged.size} of ${tried.size} deliveries were acknowledged`,
        ),
      ];
}
