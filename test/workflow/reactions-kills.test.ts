/**
 * A worker that dies before and after the first call of every activity of a chain of three stacks. Runs are made once, and
 * people are told once where the outlet deduplicates by the key, at least once where it does not.
 */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { bundleWorkflow } from '../../worker/temporal-worker.ts';
import { type Harness, SETTINGS, startHarness } from './harness.ts';
import { prepareWorkerProcesses, type WorkerProcesses } from './worker-processes.ts';

/** Some thirty deaths, of which each costs a start of the worker and a time-out: a minute or two, more where others run. */
const BOUNDED_MS = 480_000;
const SECRET = `whsec_${Buffer.from('a secret of the receiver').toString('base64')}`;

const FILE = `export default {
  routes: { pager: { to: 'webhook', urlFrom: 'PAGER_URL', secretFrom: 'PAGER_SECRET' } },
  rules: [
    { id: 'tell', on: 'completed', do: { notify: ['pager', 'log'] } },
    { id: 'b', on: 'completed', where: { stack: 'kill-a' }, do: { triggerStack: { stack: 'kill-b' } } },
    { id: 'c', on: 'completed', where: { stack: 'kill-b' }, do: { triggerStack: { stack: 'kill-c' } } },
  ],
};`;

let harness: Harness;
let workers: WorkerProcesses;
let folder: string;
/** Ids of what came, repetitions too. */
const paged: string[] = [];

const pager = createServer((request, response) => {
  request.resume().on('end', () => {
    paged.push(String(request.headers['webhook-id']));
    response.writeHead(204).end();
  });
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kills-'));
  await writeFile(join(folder, 'reactions.js'), FILE);
  await new Promise<void>((resolve) => {
    pager.listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = pager.address() as { port: number };
  harness = await startHarness(
    inject('temporalCli'),
    {},
    { isWithoutWorkers: true, settings: { ...SETTINGS, reactions: true } },
  );
  workers = await prepareWorkerProcesses(harness, {
    callsPerSecond: 1000,
    deadlineMs: 1500,
    bundle: await bundleWorkflow([
      fileURLToPath(new URL('kills/short-timeouts.ts', import.meta.url)),
    ]),
    nodeArguments: ['--import', fileURLToPath(new URL('kills/hook.ts', import.meta.url))],
    variables: {
      KILLS: folder,
      REACTIONS: join(folder, 'reactions.js'),
      PAGER_URL: `http://127.0.0.1:${port}/`,
      PAGER_SECRET: SECRET,
      OUTGOING_ALLOW_PRIVATE: 'true',
    },
  });
});
afterAll(async () => {
  await workers.stop();
  await harness.stop();
  pager.close();
  await rm(folder, { recursive: true });
});

const killed = async () =>
  (await readdir(folder))
    .filter((name) => name !== 'reactions.js')
    .map((name) => decodeURIComponent(name).replace(/^spacelift\/demo\//, ''));

const noticesInLog = () =>
  workers.lines().flatMap((line) => (line['msg'] === 'notice' ? [String(line['stackId'])] : []));

test(
  'a chain of three stacks survives the death of its worker at every boundary of an activity',
  async () => {
    for (const id of ['kill-a', 'kill-b', 'kill-c']) await harness.addStack(id);
    const reviving = workers.keepRunning();
    const first = (await harness.control('POST', '/stacks/kill-a/runs', {})) as { id: string };
    await expect
      .poll(() => [new Set(paged).size, new Set(noticesInLog()).size], {
        timeout: BOUNDED_MS - 30_000,
        interval: 500,
      })
      .toEqual([3, 3]);
    const runsOf = async (stackId: string) => (await harness.runsOf(stackId)).map(({ id }) => id);
    const runs = [
      ['kill-a', first.id],
      ['kill-b', ...(await runsOf('kill-b'))],
      ['kill-c', ...(await runsOf('kill-c'))],
    ] as const;
    for (const [stackId, runId = ''] of runs)
      expect(
        await harness.handleOf(`spacelift/demo/${stackId}/run/${runId}`).result(),
      ).toMatchObject({ outcome: 'completed' });
    await reviving.stop();

    for (const stackId of ['kill-a', 'kill-b', 'kill-c'])
      expect(await harness.runsOf(stackId), stackId).toHaveLength(1);
    expect(new Set(paged).size).toBe(3);
    expect(paged.length).toBeGreaterThan(3);
    expect([...new Set(noticesInLog())].toSorted()).toEqual(['kill-a', 'kill-b', 'kill-c']);

    const deaths = await killed();
    const activities = ['lookUpRun', 'planReactions', 'sendNotice pager', 'sendNotice log'];
    for (const [stackId, runId = ''] of runs)
      for (const activity of activities)
        for (const side of ['before', 'after'])
          expect(deaths).toContain(
            `${stackId}/run/${runId} ${activity.includes(' ') ? activity : `${activity} `} ${side}`,
          );
    const all = deaths.join('\n');
    for (const activity of ['startReaction', 'askLane', 'triggerRun'])
      for (const side of ['before', 'after'])
        expect(
          all.match(new RegExp(`${activity}  ${side}`, 'g')),
          `${activity} ${side}`,
        ).toHaveLength(2);
  },
  BOUNDED_MS,
);
