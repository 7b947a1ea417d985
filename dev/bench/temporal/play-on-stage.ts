/** Opens the stage, plays the experiments that are wanted one after the other, and takes everything down. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Experiment, play, type PlayOptions, type Results } from '../experiment.ts';
import { type LingeringReceiver, receiveLingering } from './lingering-receiver.ts';
import { openStage, type Stage } from './stage.ts';
import { startStubServer, type StubServer } from './stub-server.ts';

export type StageOptions = PlayOptions & {
  /** Ids of the experiments wanted; all for none. */
  readonly only: readonly string[];
};

export async function playOnStage(
  options: StageOptions,
  experimentsOn: (
    stage: Stage,
    receiver: LingeringReceiver,
    stub: StubServer,
  ) => readonly Experiment[],
): Promise<readonly Results[]> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-temporal-'));
  options.onProgress('Starting Temporal, simulator and starter …');
  const stage = await openStage(folder);
  const receiver = await receiveLingering(stage.path.spacelift.account);
  const stub = await startStubServer();
  try {
    await stage.simulator.addWebhook({ url: receiver.url, secret: 'bench', family: 'default' });
    const results: Results[] = [];
    for (const experiment of wantedOf(experimentsOn(stage, receiver, stub), options.only))
      results.push(await play(experiment, options));
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
