/** The table of several seeds, in Markdown, so that it can stand in a document as it is. */
import type { Figures } from './report.ts';

export type PlayedSeed = {
  readonly seed: number;
  readonly seconds: number;
  /** Null where nothing could be recorded. */
  readonly figures: Figures | null;
  /** `passed`, or the first thing that was wrong. */
  readonly verdict: string;
};

/** Header of each column, and the figures it shows, one after the other. */
const COLUMNS: readonly (readonly [header: string, ...names: string[]])[] = [
  ['sent', 'sent'],
  ['acknowledged / kept / handled', 'acknowledged', 'kept', 'handled'],
  ['runs / followed', 'runs', 'followed'],
  ['intents / assigned', 'intents', 'assigned'],
  ['triggers', 'triggers'],
  ['late / extra', 'late', 'extras'],
  ['notices / repeated', 'notices', 'repeated'],
  ['kills / freezes / restarts', 'kills', 'freezes', 'restarts'],
];

const SUM = 'all';

export function tableOf(played: readonly PlayedSeed[]): readonly string[] {
  const header = ['seed', ...COLUMNS.map(([name]) => name), 's', 'verdict'];
  const passed = played.filter(({ verdict }) => verdict === 'passed').length;
  return [
    header,
    header.map((_, index) => (index > 0 && index < header.length - 1 ? '---:' : '---')),
    ...played.map((each) => rowOf(String(each.seed), each)),
    rowOf(SUM, {
      figures: sumOf(played),
      seconds: played.reduce((sum, { seconds }) => sum + seconds, 0),
      verdict: `${passed} of ${played.length} passed`,
    }),
  ].map((cells) => `| ${cells.join(' | ')} |`);
}

const rowOf = (
  name: string,
  { figures, seconds, verdict }: Omit<PlayedSeed, 'seed'>,
): readonly string[] => [
  name,
  ...COLUMNS.map(([, ...names]) => names.map((each) => figures?.[each] ?? '-').join(' / ')),
  String(Math.round(seconds)),
  verdict,
];

function sumOf(played: readonly PlayedSeed[]): Figures {
  const sums: Record<string, number> = {};
  for (const { figures } of played)
    for (const [name, figure] of Object.entries(figures ?? {}))
      sums[name] = (sums[name] ?? 0) + figure;
  return sums;
}
