/**
 * From measurements to what is printed. A ratio is the median of the rounds' own ratios, as one round's rows were
 * measured close to each other; an aim is about requests per second. Pure.
 */
import { median } from '../statistics.ts';
import { renderTable } from '../table.ts';
import { type Comparison, COMPARISONS } from './contenders.ts';
import type { EdgeResults, Row } from './bench.ts';
import type { Measurement } from './load.ts';

type RowSummary = {
  readonly id: string;
  readonly title: string;
  readonly requestsPerSecond: number;
  /** Processor time of the server for one request; null where the system does not tell. */
  readonly serverCpuMicros: number | null;
  /** Share of one core, of server and sender: who is near 1 is the limit, else it is the disk. */
  readonly serverCores: number | null;
  readonly senderCores: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

type Ratio = Comparison & {
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  /** The same by processor time: how much of `of`'s work `to` does. */
  readonly cpuRatio: number | null;
  /** Null where there is no aim. */
  readonly isMet: boolean | null;
};

export type EdgeReport = {
  readonly rows: readonly RowSummary[];
  readonly ratios: readonly Ratio[];
  readonly skipped: readonly { readonly id: string; readonly title: string }[];
};

const rateOf = ({ requests, seconds }: Measurement) => requests / seconds;

const cpuOf = ({ serverCpuMs, requests }: Measurement) =>
  serverCpuMs === null ? null : (serverCpuMs * 1000) / requests;

export const reportOf = ({ rows, skipped }: EdgeResults): EdgeReport => ({
  rows: rows.map(summaryOf),
  ratios: COMPARISONS.flatMap((comparison) => {
    const of = rows.find(({ contender }) => contender.id === comparison.of);
    const to = rows.find(({ contender }) => contender.id === comparison.to);
    return of === undefined || to === undefined ? [] : [ratioOf(comparison, of, to)];
  }),
  skipped: skipped.map(({ id, title }) => ({ id, title })),
});

function summaryOf({ contender: { id, title }, measurements }: Row): RowSummary {
  const middle = (figure: (measurement: Measurement) => number) =>
    median(measurements.map((measurement) => figure(measurement)));
  return {
    id,
    title,
    requestsPerSecond: middle(rateOf),
    serverCpuMicros: medianOrNull(measurements.map(cpuOf)),
    serverCores: medianOrNull(
      measurements.map(({ serverCpuMs, seconds }) =>
        serverCpuMs === null ? null : serverCpuMs / 1000 / seconds,
      ),
    ),
    senderCores: middle(({ clientCpuMs, seconds }) => clientCpuMs / 1000 / seconds),
    p50Ms: middle(({ p50Ms }) => p50Ms),
    p99Ms: middle(({ p99Ms }) => p99Ms),
  };
}

function ratioOf(comparison: Comparison, of: Row, to: Row): Ratio {
  const pairs = of.measurements.flatMap((left, round) => {
    const right = to.measurements[round];
    return right === undefined ? [] : [{ left, right }];
  });
  const ratios = pairs.map(({ left, right }) => rateOf(left) / rateOf(right));
  const ratio = median(ratios);
  return {
    ...comparison,
    ratio,
    lowest: Math.min(...ratios),
    highest: Math.max(...ratios),
    cpuRatio: medianOrNull(
      pairs.map(({ left, right }) => {
        const [mine, other] = [cpuOf(left), cpuOf(right)];
        return mine === null || other === null ? null : other / mine;
      }),
    ),
    isMet: comparison.aim === null ? null : ratio >= comparison.aim,
  };
}

const medianOrNull = (figures: readonly (number | null)[]): number | null => {
  const known = figures.filter((figure) => figure !== null);
  return known.length < figures.length || known.length === 0 ? null : median(known);
};

const digits = (figure: number | null, places: number): string =>
  figure === null ? '–' : figure.toFixed(places);

const verdictOf = (isMet: boolean | null) => {
  if (isMet === null) return '';
  return isMet ? 'met' : 'not met';
};

export function renderReport({ rows, ratios, skipped }: EdgeReport): string {
  return [
    renderTable(
      ['row', 'requests/s', 'server µs', 'server cores', 'sender cores', 'p50 ms', 'p99 ms'],
      rows.map((row) => [
        `${row.id.padEnd(6)} ${row.title}`,
        digits(row.requestsPerSecond, 0),
        digits(row.serverCpuMicros, 0),
        digits(row.serverCores, 2),
        digits(row.senderCores, 2),
        digits(row.p50Ms, 1),
        digits(row.p99Ms, 1),
      ]),
    ),
    ...skipped.map(({ id, title }) => `${id}: skipped, not installed: ${title}`),
    '',
    renderTable(
      ['ratio of requests/s', 'median', 'lowest', 'highest', 'by processor time', 'aim', ''],
      ratios.map((ratio) => [
        `${ratio.of} / ${ratio.to}`,
        digits(ratio.ratio, 2),
        digits(ratio.lowest, 2),
        digits(ratio.highest, 2),
        digits(ratio.cpuRatio, 2),
        ratio.aim === null ? '' : `≥ ${ratio.aim}`,
        verdictOf(ratio.isMet),
      ]),
    ),
  ].join('\n');
}
