/** What is printed of an experiment: its figures, each the median of its rounds, and the comparisons. Pure. */
import { type Aim, type Compared, compare, type Results } from './experiment.ts';
import { median } from './statistics.ts';
import { renderTable } from './table.ts';

export function renderExperiment(results: Results): string {
  const { experiment, rounds } = results;
  const { columns, contenders, title } = experiment;
  const rows = contenders.map((contender) => [
    contender.title,
    ...columns.map(({ figure, places }) =>
      median((rounds.get(contender.id) ?? []).map((figures) => figures[figure] ?? NaN)).toFixed(
        places,
      ),
    ),
  ]);
  const compared = compare(results);
  return [
    title,
    '',
    renderTable(['', ...columns.map((column) => column.title)], rows),
    ...(compared.length === 0 ? [] : ['', renderCompared(compared)]),
  ].join('\n');
}

const renderCompared = (compared: readonly Compared[]): string =>
  renderTable(
    ['comparison', 'median', 'lowest', 'highest', 'aim', ''],
    compared.map((row) => [
      `${row.figure}: ${row.to === null ? row.of : `${row.of} / ${row.to}`}`,
      digits(row.median, row.to),
      digits(row.lowest, row.to),
      digits(row.highest, row.to),
      row.aim === null ? '' : aimText(row.aim),
      row.isMet === null ? '' : verdict(row.isMet),
    ]),
  );

/** What is counted is whole. */
const digits = (value: number, to: string | null): string => value.toFixed(to === null ? 0 : 2);

const aimText = (aim: Aim): string => ('atLeast' in aim ? `≥ ${aim.atLeast}` : `≤ ${aim.atMost}`);

const verdict = (isMet: boolean): string => (isMet ? 'met' : 'not met');
