/** Processor time of the starter for one event, over a Temporal server that costs nothing. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { signBatch } from '../../../shared/contract/batch-signature.ts';
import { BATCH_MEDIA_TYPE, type Envelope } from '../../../shared/contract/envelope.ts';
import { WORKFLOW_TASK_QUEUE } from '../../../shared/contract/names.ts';
import { routeBatch } from '../../../worker/starter/route.ts';
import { nodePath, PROJECT_ROOT } from '../../launcher/toolchain.ts';
import { cpuTimeMs } from '../cpu-time.ts';
import type { Experiment, Figures } from '../experiment.ts';
import type { BareCall, CallOrder } from './bare/client.ts';
import { inParallel } from './in-parallel.ts';
import { envelopesOf } from './runs-made.ts';
import type { Stage } from './stage.ts';
import type { StubServer } from './stub-server.ts';

/** As many inboxes forward at the same time; each waits for its answer. */
const AT_ONCE = 8;
const WARM_UP = 400;

/** Of as many events as a busy inbox sends at once; each is of a run of its own, so there is a call for each. */
const BATCH = 20;

export function starterCpu(stage: Stage, stub: StubServer, count: number): Experiment {
  const starterOf = (batch: number) => () => measureStarter(stage, stub, count, batch);
  return {
    id: 'starter',
    title: 'Processor time for one event, over a server that answers at once',
    isCounted: false,
    columns: [{ figure: 'micros', title: 'µs an event', places: 0 }],
    contenders: [
      { id: 'client', title: 'bare client', measure: () => measureClient(stage, stub, count) },
      { id: 'starter-1', title: 'starter, an event a batch', measure: starterOf(1) },
      { id: 'starter-20', title: 'starter, 20 events a batch', measure: starterOf(BATCH) },
    ],
    comparisons: [
      { figure: 'micros', of: 'starter-1', to: 'client', aim: { atMost: 1.3 } },
      { figure: 'micros', of: 'starter-20', to: 'client', aim: { atMost: 1.3 } },
    ],
  };
}

const newsOf = (stage: Stage, count: number): readonly Envelope[] =>
  Array.from({ length: count }).flatMap(() =>
    envelopesOf(stage.path.spacelift.account, {
      stackId: stage.newName('stub'),
      runId: '01JBENCHRUN',
      states: ['QUEUED'],
    }),
  );

async function measureStarter(
  stage: Stage,
  stub: StubServer,
  count: number,
  batch: number,
): Promise<Figures> {
  const port = await getPort();
  const url = `http://127.0.0.1:${port}`;
  const { envelopeSecret } = stage.path.secrets;
  const script = {
    name: 'stub-starter',
    path: join(PROJECT_ROOT, 'worker/starter.ts'),
    readyLine: 'starter listening',
    env: {
      TEMPORAL_ADDRESS: stub.address,
      STARTER_PORT: String(port),
      ENVELOPE_SECRET: envelopeSecret,
    },
  };
  const send = async (envelopes: readonly Envelope[]) => {
    const body = JSON.stringify(envelopes);
    const signature = await signBatch(body, 'bench', Date.now(), [envelopeSecret]);
    const answer = await fetch(`${url}/events`, {
      method: 'POST',
      headers: { 'Content-Type': BATCH_MEDIA_TYPE, ...signature },
      body,
    });
    const text = await answer.text();
    if (!answer.ok || !text.includes('started'))
      throw new Error(`Cannot measure: the starter answers ${answer.status} ${text.slice(0, 200)}`);
  };
  const sendAll = (some: number) =>
    inParallel(inBatches(newsOf(stage, some), batch), AT_ONCE, send);
  return stage.withScript(script, async ({ pid }) => {
    await sendAll(WARM_UP);
    return microsOf(count, pid ?? 0, () => sendAll(count));
  });
}

const inBatches = (envelopes: readonly Envelope[], size: number): readonly Envelope[][] =>
  Array.from({ length: Math.ceil(envelopes.length / size) }, (_, index) =>
    envelopes.slice(index * size, (index + 1) * size),
  );

async function measureClient(stage: Stage, stub: StubServer, count: number): Promise<Figures> {
  const child = fork(fileURLToPath(new URL('bare/client.ts', import.meta.url)), {
    execPath: nodePath(),
    env: { ...process.env, TEMPORAL_ADDRESS: stub.address },
  });
  try {
    await once(child, 'message');
    await order(child, callsOf(stage, WARM_UP));
    const calls = callsOf(stage, count);
    return await microsOf(count, child.pid ?? 0, () => order(child, calls));
  } finally {
    child.kill();
  }
}

async function order(child: ChildProcess, calls: readonly BareCall[]): Promise<void> {
  child.send({ calls, atOnce: AT_ONCE } satisfies CallOrder);
  const [{ error }] = (await once(child, 'message')) as [{ error: string | null }];
  if (error !== null) throw new Error(`Cannot measure: the bare client says ${error}`);
}

/** What the starter would call, found out beforehand. */
const callsOf = (stage: Stage, count: number): readonly BareCall[] =>
  routeBatch(newsOf(stage, count), stage.routing).flatMap((route) =>
    route.by === 'signal-with-start'
      ? [
          {
            workflowType: route.start.workflowType,
            workflowId: route.start.workflowId,
            taskQueue: WORKFLOW_TASK_QUEUE,
            input: route.start.input,
            signal: route.signal.name,
            payload: route.signal.payload,
            searchAttributes: route.start.searchAttributes,
          },
        ]
      : [],
  );

async function microsOf(
  count: number,
  pid: number,
  work: () => Promise<unknown>,
): Promise<Figures> {
  const before = cpuTimeMs(pid) ?? NaN;
  await work();
  return { micros: (((cpuTimeMs(pid) ?? NaN) - before) * 1000) / count };
}
