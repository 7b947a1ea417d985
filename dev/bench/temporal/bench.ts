/** `npm run bench -- temporal`: starter, executions and worker beside the barest that does the same on the same server. */
import type { Results } from '../experiment.ts';
import { cost } from './cost.ts';
import { intents } from './intents.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { observedRuns } from './observed-runs.ts';
import { playOnStage, type StageOptions } from './play-on-stage.ts';
import { withoutPropagation } from './stage.ts';
import { starterCpu } from './starter-cpu.ts';

/** Large enough that a second's noise does not decide, small enough for five rounds. */
const SIZES = { events: 4000, runs: 200, intents: 100, samples: 60, open: 1000 } as const;

export const benchTemporal = (options: StageOptions): Promise<readonly Results[]> =>
  playOnStage(options, (stage, receiver, stub) => {
    const quiet = withoutPropagation(stage);
    return [
      starterCpu(stage, stub, SIZES.events),
      observedRuns(quiet, SIZES.runs),
      intents(quiet, receiver, SIZES.intents),
      latency(quiet, SIZES.samples),
      cost(stage, receiver),
      memory(quiet, SIZES.open),
    ];
  });
