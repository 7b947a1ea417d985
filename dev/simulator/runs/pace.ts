/** How long a run stays in a state it leaves by itself; a range is drawn from by seed, stack, ordinal and stateVersion. */
import { between, createRandom, type Range } from '../../random.ts';
import { currentTransition, type Run } from '../model.ts';

export type Pace = {
  readonly seed: number;
  readonly stateMs: number;
  /** Of single states, in the place of `stateMs`. */
  readonly stateDurations: Readonly<Record<string, number | Range>>;
};

export function decideStayMs(run: Run, { seed, stateMs, stateDurations }: Pace): number {
  const { state, stateVersion } = currentTransition(run);
  const duration = stateDurations[state] ?? stateMs;
  if (typeof duration === 'number') return duration;
  return between(duration, createRandom(seed, 'stay', run.stackId, run.ordinal, stateVersion));
}
