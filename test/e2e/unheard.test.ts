import { expect, test } from 'vitest';
import { playUnheard } from '../../dev/bench/unheard/play.ts';

const TIMEOUT_MS = 300_000;

test(
  'with every webhook dropped 50 runs reach their results by sweeps and looks',
  async () => {
    const { runs, dropped, sent } = await playUnheard({
      runs: 50,
      sweepIntervalMs: 5000,
      silenceMs: 600_000,
      stateMs: 1000,
      spreadMs: 15_000,
    });
    expect(sent).toBe(0);
    expect(dropped).toBeGreaterThanOrEqual(50 * 5);
    expect(runs.map(({ result }) => result.state)).toEqual(runs.map(({ state }) => state));
    const outcomes = runs.map(({ result }) => result.outcome);
    expect(outcomes.filter((outcome) => outcome === 'completed')).toHaveLength(40);
    expect(outcomes.filter((outcome) => outcome === 'failed')).toHaveLength(10);
    for (const { result } of runs) {
      expect(result.steps.map(({ step }) => step).at(0)).toBe('QUEUED');
      expect(result.steps.length).toBeGreaterThanOrEqual(5);
    }
  },
  TIMEOUT_MS,
);
