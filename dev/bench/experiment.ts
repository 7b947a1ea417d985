/**
 * An experiment: contenders that are measured side by side in every round, and what their figures are compared to.
 * Asserts nothing: the figures are for people.
 */
import { median } from './statistics.ts';

/** By name; a contender of an experiment has all that the columns name. */
export type Figures = Readonly<Record<string, number>>;

export type Contender = {
  readonly id: string;
  readonly title: string;
  readonly measure: () => Promise<Figures>;
};

export type Column = { readonly figure: string; readonly title: string; readonly places: number };

export type Aim = { readonly atLeast: number } | { readonly atMost: number };

/** The figure of one contender over that of another; without `to`, the figure itself. */
export type Comparison = {
  readonly figure: string;
  readonly of: string;
  readonly to: string | null;
  readonly aim: Aim | null;
};

export type Experiment = {
  readonly id: string;
  readonly title: string;
  /** Of figures that are counted and not timed: one round tells all. */
  readonly isCounted: boolean;
  readonly columns: readonly Column[];
  readonly contenders: readonly Contender[];
  readonly comparisons: readonly Comparison[];
};

export type Results = {
  readonly experiment: Experiment;
  /** By contender, a figure set a round. */
  readonly rounds: ReadonlyMap<string, readonly Figures[]>;
};

export type Compared = Comparison & {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
  /** Null where there is no aim. */
  readonly isMet: boolean | null;
};

export type PlayOptions = {
  readonly rounds: number;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
};

export async function play(experiment: Experiment, options: PlayOptions): Promise<Results> {
  const { contenders, isCounted, id } = experiment;
  const rounds = new Map<string, Figures[]>(contenders.map((contender) => [contender.id, []]));
  const count = isCounted ? 1 : options.rounds;
  for (let round = 1; round <= count; round += 1)
    // Back and forth, so that nobody always comes after the same one.
    for (const contender of round % 2 === 1 ? contenders : contenders.toReversed()) {
      options.signal.throwIfAborted();
      options.onProgress(`${id}, round ${round} of ${count}: ${contender.title}`);
      rounds.get(contender.id)?.push(await contender.measure());
    }
  return { experiment, rounds };
}

/** A ratio is the median of the rounds' own ratios: one round's contenders were measured close to each other. */
export function compare({ experiment, rounds }: Results): readonly Compared[] {
  const figuresOf = (id: string, figure: string) =>
    (rounds.get(id) ?? []).map((figures) => figures[figure] ?? NaN);
  return experiment.comparisons.map((comparison) => {
    const { of, to, figure, aim } = comparison;
    const others = to === null ? null : figuresOf(to, figure);
    const values = figuresOf(of, figure).map((value, round) =>
      others === null ? value : value / (others[round] ?? NaN),
    );
    const middle = median(values);
    return {
      ...comparison,
      median: middle,
      lowest: Math.min(...values),
      highest: Math.max(...values),
      isMet: aim === null ? null : meets(middle, aim),
    };
  });
}

const meets = (value: number, aim: Aim): boolean =>
  'atLeast' in aim ? value >= aim.atLeast : value <= aim.atMost;
