/** What a person reads of a chaos: its figures in one line, or the first broken line with what is known about it. */
import { countRepeated } from './check-notices.ts';
import type { ChaosHistory } from './history.ts';
import { createLedger, isHandled } from './ledger.ts';
import type { PlannedFault } from './schedule.ts';
import type { Violation } from './violation.ts';

/** More would hide the first, which is nearest to the cause. */
const VIOLATIONS_SHOWN = 10;

export type Figures = Readonly<Record<string, number>>;

export function figuresOf(history: ChaosHistory, struck: readonly PlannedFault[]): Figures {
  const ledger = createLedger(history);
  const { sent, kept } = history;
  const count = (wanted: PlannedFault['kind']) =>
    struck.filter(({ kind }) => kind === wanted).length;
  const { runs, intents, givenRuns, lateRuns, executions } = ledger;
  const ofOurs = runs.filter(({ isOurs }) => isOurs);
  return {
    sent: sent.filter(({ tries }) => tries.length > 0).length,
    dropped: sent.filter(({ outcome }) => outcome === 'dropped').length,
    duplicated: sent.filter(({ copy }) => copy > 1).length,
    acknowledged: ledger.acknowledged.size,
    kept: kept.length,
    handled: kept.filter((delivery) => isHandled(ledger, delivery)).length,
    runs: runs.length,
    followed: [...ledger.followedRuns.keys()].filter((id) => ledger.executionsById.has(id)).length,
    intents: intents.length,
    triggers: history.requests.length,
    assigned: givenRuns.size,
    extras: ofOurs.filter(({ id }) => !givenRuns.has(id)).length,
    late: [...lateRuns.values()].flat().length,
    notices: executions.reduce((sum, { notices }) => sum + notices.length, 0),
    repeated: countRepeated(history),
    decisions: history.decisions.length,
    kills: count('kill'),
    freezes: count('freeze'),
    restarts: count('restart'),
  };
}

export const summaryOf = (figures: Figures): string =>
  Object.entries(figures)
    .map(([name, figure]) => `${name} ${figure}`)
    .join(', ');

/** The first violation with its delivery, then the others, as lines. */
export function describeViolations(
  history: ChaosHistory,
  violations: readonly Violation[],
): readonly string[] {
  const [first, ...others] = violations;
  if (first === undefined) return [];
  const shown = others.slice(0, VIOLATIONS_SHOWN - 1);
  const left = others.length - shown.length;
  return [
    `${first.rule}: ${first.text}`,
    ...(first.key === null ? [] : describeDelivery(history, first.key)),
    ...shown.map(({ rule, text }) => `${rule}: ${text}`),
    ...(left > 0 ? [`and ${left} more`] : []),
  ];
}

/** Everything recorded about one delivery: how it was sent, what became of it. */
function describeDelivery({ sent, kept, executions }: ChaosHistory, key: string) {
  const copies = sent
    .filter((delivery) => delivery.key === key)
    .map(({ webhook, copy, outcome, tries }) => {
      const answers = tries.map(
        ({ at, status }) => `${status ?? 'no answer'} at ${new Date(at).toISOString()}`,
      );
      return `  webhook ${webhook}, copy ${copy}, ${outcome}: ${answers.join(', ') || 'not sent'}`;
    });
  const rows = kept
    .filter((delivery) => delivery.key === key)
    .map(
      ({ inbox, seq, status, verdict, attempts, lastError }) =>
        `  inbox ${inbox}, seq ${seq}, ${status}, verdict ${verdict}, attempts ${attempts}` +
        (lastError === null ? '' : `, ${lastError}`),
    );
  const told = executions
    .filter(({ signalled }) => signalled.includes(key))
    .map(({ id, status }) => `  execution ${id}, ${status}`);
  return [...copies, ...rows, ...told];
}
