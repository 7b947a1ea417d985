/**
 * `npm run bench -- edge`: every contender in every round, one server at a time and each from nothing, so that a noisy
 * moment hits all alike and nobody inherits anything. Decides nothing: the figures are for people.
 */
import { fork } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { createSupervisor, type Supervisor } from '../../launcher/processes.ts';
import { nodePath } from '../../launcher/toolchain.ts';
import { type Bundles, bundleWorkers } from './bundles.ts';
import { type Contender, CONTENDERS } from './contenders.ts';
import { openConnection } from './connection.ts';
import { createDeliveries } from './deliveries.ts';
import type { LoadOrder, LoadReply, Measurement } from './load.ts';
import { canServe, partOf } from './servers.ts';

export type BenchOptions = {
  readonly rounds: number;
  /** Length of one measurement. */
  readonly seconds: number;
  /** Ids of the contenders wanted; all for none. */
  readonly only: readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
};

export type Row = {
  readonly contender: Contender;
  /** One a round, in the order of rounds. */
  readonly measurements: readonly Measurement[];
};

export type EdgeResults = {
  readonly rows: readonly Row[];
  readonly skipped: readonly Contender[];
};

type Stage = {
  readonly options: BenchOptions;
  readonly folder: string;
  readonly supervisor: Supervisor;
  readonly bundles: Bundles;
  readonly sender: Sender;
};

type Sender = { measure(order: LoadOrder): Promise<Measurement>; close(): void };

const SECRET = 'bench-webhook-secret';
const CONNECTIONS = 32;
const WARM_UP_MS = 700;

export async function benchEdge(options: BenchOptions): Promise<EdgeResults> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-edge-'));
  const supervisor = createSupervisor({ logDirectory: folder, onDeath: () => {} });
  const sender = startSender();
  try {
    options.onProgress('Bundling the Workers …');
    const bundles = await bundleWorkers(folder);
    return await playRounds({ options, folder, supervisor, bundles, sender });
  } finally {
    sender.close();
    await supervisor.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function playRounds(stage: Stage): Promise<EdgeResults> {
  const { only, rounds, onProgress } = stage.options;
  const wanted = CONTENDERS.filter(({ id }) => only.length === 0 || only.includes(id));
  const unknown = only.filter((id) => wanted.every((contender) => contender.id !== id));
  if (unknown.length > 0) throw new Error(`Cannot measure: no row is called "${unknown.join()}"`);
  const playing = wanted.filter(canServe);
  const measured = new Map<Contender, Measurement[]>(playing.map((contender) => [contender, []]));
  for (let round = 1; round <= rounds; round += 1)
    // Back and forth, so that nobody always comes after the same one.
    for (const contender of round % 2 === 1 ? playing : playing.toReversed()) {
      stage.options.signal.throwIfAborted();
      onProgress(`Round ${round} of ${rounds}: ${contender.id}, ${contender.title}`);
      measured.get(contender)?.push(await measureOnce(stage, contender, round));
    }
  return {
    rows: playing.map((contender) => ({
      contender,
      measurements: measured.get(contender) ?? [],
    })),
    skipped: wanted.filter((contender) => !playing.includes(contender)),
  };
}

async function measureOnce(
  { options, supervisor, bundles, sender, ...stage }: Stage,
  contender: Contender,
  round: number,
): Promise<Measurement> {
  const name = `${contender.id}-round-${round}`;
  const folder = join(stage.folder, name);
  await mkdir(folder);
  const port = await getPort();
  const served = { name, port, folder, secret: SECRET };
  const part = supervisor.add({
    ...(await partOf(contender.server, served, bundles)),
    readiness: { by: 'look', look: () => isListening(port) },
  });
  try {
    await part.start();
    await checkForgery(contender, port);
    return await sender.measure({
      plan: { ...contender.plan, secret: SECRET },
      port,
      serverPid: part.pid ?? 0,
      expectedStatus: contender.expectedStatus,
      connections: CONNECTIONS,
      warmUpMs: WARM_UP_MS,
      measureMs: options.seconds * 1000,
    });
  } finally {
    await part.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function isListening(port: number): Promise<boolean> {
  try {
    (await openConnection(port)).close();
    return true;
  } catch {
    return false;
  }
}

/** A contender that did not look at signatures would win for the wrong reason. */
async function checkForgery(
  { id, plan, expectedStatus, refusesForgeries }: Contender,
  port: number,
) {
  const [forgery] = createDeliveries({ ...plan, secret: 'another secret' }, 0, 1);
  const connection = await openConnection(port);
  try {
    const status = await connection.ask(forgery ?? Buffer.alloc(0));
    if (refusesForgeries !== (status !== expectedStatus))
      throw new Error(`Cannot measure ${id}: a forgery is answered ${status}`);
  } finally {
    connection.close();
  }
}

/** One order at a time. */
function startSender(): Sender {
  const child = fork(fileURLToPath(new URL('load.ts', import.meta.url)), { execPath: nodePath() });
  let take: (reply: LoadReply) => void = () => {};
  child.on('message', (reply: LoadReply) => take(reply));
  child.on('exit', () => take({ error: 'Cannot measure: the sender has died' }));
  return {
    async measure(order) {
      const reply = await new Promise<LoadReply>((resolve) => {
        take = resolve;
        child.send(order);
      });
      if ('error' in reply) throw new Error(reply.error);
      return reply.measurement;
    },
    close: () => void child.kill(),
  };
}
