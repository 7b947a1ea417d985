import { describe, expect, test } from 'vitest';
import { compare, type Experiment, type Figures, play } from '../../../dev/bench/experiment.ts';
import { renderExperiment } from '../../../dev/bench/experiment-report.ts';
import { inParallel } from '../../../dev/bench/temporal/in-parallel.ts';

const OPTIONS = { rounds: 3, signal: new AbortController().signal, onProgress: () => {} };

const experimentOf = (
  figures: Readonly<Record<string, readonly Figures[]>>,
  changes: Partial<Experiment> = {},
): { readonly experiment: Experiment; readonly order: readonly string[] } => {
  const order: string[] = [];
  const contenders = Object.entries(figures).map(([id, given]) => {
    const left = [...given];
    return {
      id,
      title: `the ${id}`,
      measure: async () => {
        order.push(id);
        return left.shift() ?? {};
      },
    };
  });
  const experiment = {
    id: 'speed',
    title: 'Speed',
    isCounted: false,
    columns: [{ figure: 'rate', title: 'a second', places: 1 }],
    contenders,
    comparisons: [],
    ...changes,
  };
  return { experiment, order };
};

const FIGURES = {
  ours: [{ rate: 8 }, { rate: 30 }, { rate: 9 }],
  bare: [{ rate: 10 }, { rate: 10 }, { rate: 10 }],
};

describe('play()', () => {
  test('play() measures back and forth, every contender in every round', async () => {
    const { experiment, order } = experimentOf(FIGURES);
    const { rounds } = await play(experiment, OPTIONS);
    expect(order).toEqual(['ours', 'bare', 'bare', 'ours', 'ours', 'bare']);
    expect(rounds.get('ours')).toEqual(FIGURES.ours);
  });

  test('play() counts once what is counted', async () => {
    const { experiment, order } = experimentOf(FIGURES, { isCounted: true });
    await play(experiment, OPTIONS);
    expect(order).toEqual(['ours', 'bare']);
  });

  test('play() ends when it is interrupted', async () => {
    const { experiment } = experimentOf(FIGURES);
    const interrupted = { ...OPTIONS, signal: AbortSignal.abort() };
    await expect(play(experiment, interrupted)).rejects.toThrow('abort');
  });
});

describe('compare()', () => {
  test.each([
    [{ atLeast: 0.9 }, true],
    [{ atLeast: 0.91 }, false],
    [{ atMost: 0.9 }, true],
    [{ atMost: 0.89 }, false],
    [null, null],
  ])(
    'compare() takes the median of the ratios of the rounds; %j is met: %j',
    async (aim, isMet) => {
      const comparisons = [{ figure: 'rate', of: 'ours', to: 'bare', aim }];
      const { experiment } = experimentOf(FIGURES, { comparisons });
      const [compared] = compare(await play(experiment, OPTIONS));
      expect(compared).toMatchObject({ median: 0.9, lowest: 0.8, highest: 3, isMet });
    },
  );

  test('compare() takes the figure itself where there is no other', async () => {
    const comparisons = [{ figure: 'rate', of: 'ours', to: null, aim: { atMost: 9 } }];
    const { experiment } = experimentOf(FIGURES, { comparisons });
    expect(compare(await play(experiment, OPTIONS))).toMatchObject([{ median: 9, isMet: true }]);
  });
});

describe('renderExperiment()', () => {
  test('renderExperiment() shows medians, comparisons and whether an aim is met', async () => {
    const comparisons = [
      { figure: 'rate', of: 'ours', to: 'bare', aim: { atLeast: 1 } },
      { figure: 'rate', of: 'bare', to: null, aim: { atMost: 10 } },
    ];
    const { experiment } = experimentOf(FIGURES, { comparisons });
    const text = renderExperiment(await play(experiment, OPTIONS));
    expect(text).toMatch(/^Speed\n/);
    expect(text).toMatch(/the ours +9\.0\n/);
    expect(text).toMatch(/rate: ours \/ bare +0\.90 +0\.80 +3\.00 +≥ 1 +not met/);
    expect(text).toMatch(/rate: bare +10 +10 +10 +≤ 10 +met/);
  });
});

describe('inParallel()', () => {
  test('inParallel() does no more at once than it may, and answers in order', async () => {
    let [running, most] = [0, 0];
    const answers = await inParallel([3, 1, 2, 1, 3, 2], 2, async (turns) => {
      running += 1;
      most = Math.max(most, running);
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      running -= 1;
      return turns * 10;
    });
    expect(answers).toEqual([30, 10, 20, 10, 30, 20]);
    expect(most).toBe(2);
  });

  test('inParallel() throws what the work throws', async () => {
    const work = inParallel([1, 2], 2, () => Promise.reject(new Error('no')));
    await expect(work).rejects.toThrow('no');
  });
});
