/** `npm run bench -- temporal`: starter, executions and worker beside the barest that does the same on the same server. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Experiment, play, type PlayOptions, type Results } from '../experiment.ts';
import { cost } from './cost.ts';
import { intents } from './intents.ts';
import { latency } from './latency.ts';
import { receiveLingering } from './lingering-receiver.ts';
import { memory } from './memory.ts';
import { observedRuns } from './observed-runs.ts';
import { openStage } from './stage.ts';
import { starterCpu } from './starter-cpu.ts';
import { startStubServer } from './stub-server.ts';

export type TemporalBenchOptions = PlayOptions & {
  /** Ids of the experiments wanted; all for none. */
  readonly only: readonly string[];
};

/** Large enough that a second's noise does not decide, small enough for five rounds. */
const SIZES = { events: 4000, runs: 200, intents: 100, samples: 60, open: 1000 } as const;

export async function benchTemporal(options: TemporalBenchOptions): Promise<readonly Results[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-temporal-'));
  options.onProgress('Starting Temporal, simulator and starter …');
  const stage = await openStage(folder);
  const receiver = await receiveLingering(stage.path.spacelift.account);
  const stub = await startStubServer();
  try {
    await stage.simulator.addWebhook({ url: receiver.url, secret: 'bench', family: 'default' });
    const wanted = wantedOf(
      [
        starterCpu(stage, stub, SIZES.events),
        observedRuns(stage, SIZES.runs),
        intents(stage, receiver, SIZES.intents),
        latency(stage, SIZES.samples),
        cost(stage, receiver),
        memory(stage, SIZES.open),
      ],
      options.only,
    );
    const results: Results[] = [];
    for (const experiment of wanted) results.push(await play(experiment, options));
    return results;
  } finally {
    stub.close();
    receiver.close();
    await stage.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function wantedOf(all: readonly Experiment[], only: readonly string[]): readonly Experiment[] {
  const unknown = only.filter((id) => all.every((experiment) => experiment.id !== id));
  if (unknown.length > 0)
    throw new Error(
      `Cannot measure: no experiment is called "${unknown.join()}"; there are ${all.map(({ id }) => id).join(', ')}`,
    );
  return all.filter(({ id }) => only.length === 0 || only.includes(id));
}
