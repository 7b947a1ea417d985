/** `npm run bench -- unheard`: how long after its end a run of which no webhook told has its result. */
import {
  type Experiment,
  type Figures,
  play,
  type PlayOptions,
  type Results,
} from '../experiment.ts';
import { median } from '../statistics.ts';
import { playUnheard, type UnheardOptions } from './play.ts';

const RUNS = 50;
const MINUTE_MS = 60_000;

const QUICK: UnheardOptions = {
  runs: RUNS,
  sweepIntervalMs: MINUTE_MS / 4,
  silenceMs: 10 * MINUTE_MS,
  stateMs: 2000,
  spreadMs: MINUTE_MS / 2,
};

/** A run of three minutes, as real ones are short. */
const DEPLOYED: UnheardOptions = {
  runs: RUNS,
  sweepIntervalMs: 5 * MINUTE_MS,
  silenceMs: 10 * MINUTE_MS,
  stateMs: MINUTE_MS / 2,
  spreadMs: 2 * MINUTE_MS,
};

export async function benchUnheard(options: PlayOptions): Promise<readonly Results[]> {
  return [await play(EXPERIMENT, options)];
}

const EXPERIMENT: Experiment = {
  id: 'unheard',
  title: `${RUNS} runs, every webhook dropped: seconds from the end of a run to its result`,
  isCounted: true,
  columns: [
    { figure: 'results', title: 'right results', places: 0 },
    { figure: 'median', title: 'median s', places: 1 },
    { figure: 'longest', title: 'longest s', places: 1 },
  ],
  contenders: [
    {
      id: 'quick',
      title: 'a sweep every 15 s, as npm start has it',
      measure: () => figuresOf(QUICK),
    },
    {
      id: 'deployed',
      title: 'a sweep every 5 minutes, the default',
      measure: () => figuresOf(DEPLOYED),
    },
  ],
  comparisons: [],
};

async function figuresOf(options: UnheardOptions): Promise<Figures> {
  const { runs } = await playUnheard(options);
  const lags = runs.map(({ lagMs }) => lagMs / 1000);
  return {
    results: runs.filter(({ state, result }) => result.state === state).length,
    median: median(lags),
    longest: Math.max(...lags),
  };
}
