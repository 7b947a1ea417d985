/** From the POST to the starter until Spacelift is asked for a run, one at a time. */
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { signBatch } from '../../../shared/contract/batch-signature.ts';
import { BATCH_MEDIA_TYPE } from '../../../shared/contract/envelope.ts';
import { eventually } from '../../launcher/eventually.ts';
import type { Experiment } from '../experiment.ts';
import { percentile } from '../statistics.ts';
import { addStacks, envelopeOf, intentOf } from './intents.ts';
import type { Stage } from './stage.ts';

const WARM_UP = 10;
const TRIGGERED_WITHIN_MS = 30_000;

export function latency(stage: Stage, count: number): Experiment {
  const measureOurs = () =>
    stage.withWorker('ours', 'node', () =>
      sample(stage, count, (stackId) => postToStarter(stage, stackId)),
    );
  const measureBare = async () => {
    const port = await getPort();
    const script = {
      name: 'bare-starter',
      path: fileURLToPath(new URL('bare/starter.ts', import.meta.url)),
      env: { STARTER_PORT: String(port) },
      readyLine: 'bare starter listens',
    };
    return stage.withWorker('bare', 'node', () =>
      stage.withScript(script, () =>
        sample(stage, count, (stackId) =>
          fetch(`http://127.0.0.1:${port}/`, {
            method: 'POST',
            body: JSON.stringify({ stackId }),
          }),
        ),
      ),
    );
  };
  return {
    id: 'latency',
    title: 'From POST to runTrigger',
    isCounted: false,
    columns: [
      { figure: 'p50', title: 'p50 ms', places: 1 },
      { figure: 'p99', title: 'p99 ms', places: 1 },
    ],
    contenders: [
      { id: 'bare', title: 'raw start and activity', measure: measureBare },
      { id: 'ours', title: 'starter, intent, lane', measure: measureOurs },
    ],
    comparisons: [
      { figure: 'p50', of: 'ours', to: 'bare', aim: { atMost: 1.5 } },
      { figure: 'p99', of: 'ours', to: 'bare', aim: { atMost: 1.5 } },
    ],
  };
}

async function postToStarter({ path }: Stage, stackId: string): Promise<Response> {
  const envelope = envelopeOf(intentOf(path.spacelift.account, stackId));
  const body = JSON.stringify([envelope]);
  const signature = await signBatch(body, envelope.id, Date.now(), [path.secrets.envelopeSecret]);
  return fetch(`${path.urls.starter}/events`, {
    method: 'POST',
    headers: { 'Content-Type': BATCH_MEDIA_TYPE, ...signature },
    body,
  });
}

async function sample(stage: Stage, count: number, post: (stackId: string) => Promise<Response>) {
  const stackIds = await addStacks(stage, WARM_UP + count);
  const taken: number[] = [];
  for (const [index, stackId] of stackIds.entries()) {
    const postedAt = Date.now();
    const answer = await post(stackId);
    if (!answer.ok) throw new Error(`Cannot post: status is ${answer.status}`);
    await answer.text();
    const run = await eventually('a run', TRIGGERED_WITHIN_MS, async () => {
      const [made] = await stage.simulator.runs(stackId);
      return made ?? null;
    });
    if (index >= WARM_UP) taken.push(run.createdAt - postedAt);
  }
  return { p50: percentile(taken, 0.5), p99: percentile(taken, 0.99) };
}
