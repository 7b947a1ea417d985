/**
 * Notices: whatever an execution had to tell came out at least once, and no more often than sending it was begun. A crash
 * between sending and the record of it begins it again; nothing else may. Pure.
 */
import { eventTypeOfState } from '../../shared/contract/states.ts';
import type { SentNotice } from './history.ts';
import { groupsBy, type Ledger } from './ledger.ts';
import { violation, type Violation } from './violation.ts';

export function checkNotices(ledger: Ledger): readonly Violation[] {
  return [...checkDue(ledger), ...checkTold(ledger)];
}

/** A run that failed gives one notice of it. */
function checkDue({ followedRuns, executionsById }: Ledger): readonly Violation[] {
  return [...followedRuns]
    .filter(([, { states }]) => eventTypeOfState(states.at(-1) ?? '') === 'failed')
    .flatMap(([id]) => {
      const notices = (executionsById.get(id) ?? []).flatMap((execution) => execution.notices);
      const count = notices.filter(({ topic }) => topic === 'run-failed').length;
      return count === 1
        ? []
        : [violation('notice-missing', `${id} failed, and told so ${count} times`)];
    });
}

function checkTold({ executions, told }: Ledger): readonly Violation[] {
  const sent = groupsBy(
    executions.flatMap(({ notices }) => notices),
    ({ key }) => key,
  );
  const came = groupsBy(told, (key) => key);
  const keys = new Set([...sent.keys(), ...came.keys()]);
  return [...keys].flatMap((key) => {
    const notices = sent.get(key) ?? [];
    const count = came.get(key)?.length ?? 0;
    const least = notices.filter(({ isDone }) => isDone).length;
    const most = sumOf(notices);
    return [
      ...(count < least
        ? [violation('notice-lost', `"${key}" came ${count} times, and was sent ${least} times`)]
        : []),
      ...(count > most
        ? [violation('notice-doubled', `"${key}" came ${count} times, begun ${most} times`)]
        : []),
    ];
  });
}

const sumOf = (notices: readonly SentNotice[]): number =>
  notices.reduce((sum, { attempts }) => sum + attempts, 0);

/** How often something came out again after a crash, as it may. */
export function countRepeated({ executions, told }: Pick<Ledger, 'executions' | 'told'>): number {
  const sent = groupsBy(
    executions.flatMap(({ notices }) => notices),
    ({ key }) => key,
  );
  return [...groupsBy(told, (key) => key)].reduce(
    (sum, [key, came]) => sum + Math.max(0, came.length - (sent.get(key)?.length ?? 0)),
    0,
  );
}
