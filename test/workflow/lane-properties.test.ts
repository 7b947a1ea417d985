/**
 * G6 by seeded plans of faults, on a real server with a worker that is killed. `LANE_PLANS=200 LANE_SEED=7 npm test --
 * test/workflow/lane-properties.test.ts` runs that many of each kind.
 */
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { ExecutionResult } from '../../shared/workflow/messages.ts';
import type { WorkflowSettings } from '../../shared/workflow/settings.ts';
import { type LanePlan, plansBeyond, plansWithin } from './lane-plans.ts';
import { isOurs, ownerOf, startWorld, type World, WORLD_SETTINGS } from './lane-world.ts';

const SEED = Number(process.env['LANE_SEED'] ?? 20_261_125);
const PLANS = Number(process.env['LANE_PLANS'] ?? 8);

/** Plans at the same time, each for a stack of its own: they wait more than they work. */
const AT_ONCE = 8;

/** How often the worker is killed while one batch of plans runs. */
const KILLS = 2;
const KILL_EVERY_MS = 6000;

const BATCH_TIMEOUT_MS = 180_000;

let world: World;

beforeAll(async () => {
  world = await startWorld(inject('temporalCli'), SEED);
});
afterAll(async () => {
  process.stdout.write(`lanes: ${JSON.stringify(tally)}\n`);
  await world.stop();
});

/** What was put to the test, for people who read along. */
const tally = { plans: 0, intents: 0, triggers: 0, faulty: 0, extras: 0, kills: 0 };

const pause = (ms: number) => new Promise((resolve) => void setTimeout(resolve, ms));

type Played = {
  readonly plan: LanePlan;
  readonly stackId: string;
  readonly keys: readonly string[];
  readonly results: readonly ExecutionResult[];
};

async function play(plan: LanePlan, stackId: string, settings: WorkflowSettings): Promise<Played> {
  const { control, addStack, receiverUrl } = world.harness;
  const { faults, probability, family, delayMs, cancelExtraRuns, maximumEvents } = plan;
  await addStack(stackId);
  if (family === 'run_updated')
    await control('POST', '/webhooks', {
      url: receiverUrl,
      family,
      stacks: [stackId],
      faults: { delayMs },
    });
  for (const operation of ['runTrigger', 'taskCreate'])
    await control('POST', '/faults', { operation, stack: stackId, probability, oneOf: faults });
  const keys = plan.wishes.map((_, index) => `key.${index}`);
  const rules = { leaveInDoubt: [], ...WORLD_SETTINGS.lane, cancelExtraRuns, maximumEvents };
  const others = plan.others.map(async ({ triggeredBy, afterMs }) => {
    await pause(afterMs);
    await control('POST', `/stacks/${stackId}/runs`, { triggeredBy });
  });
  const results = await Promise.all(
    plan.wishes.map((wish, index) =>
      world.pursue(stackId, `key.${index}`, wish, { ...settings, lane: rules }),
    ),
  );
  await Promise.all(others);
  return { plan, stackId, keys, results };
}

/** In batches, each under kills of the worker; judged when all of a batch have ended. */
async function playAll(
  plans: readonly LanePlan[],
  name: string,
  settings: WorkflowSettings,
  judge: (played: Played) => Promise<void>,
): Promise<void> {
  for (let begin = 0; begin < plans.length; begin += AT_ONCE) {
    const batch = plans.slice(begin, begin + AT_ONCE);
    const playing = Promise.all(
      batch.map((plan, index) => play(plan, `${name}-${begin + index}`, settings)),
    );
    for (let kill = 0; kill < KILLS; kill += 1) {
      await Promise.race([pause(KILL_EVERY_MS * (0.3 + kill)), playing]);
      await world.killWorker();
      tally.kills += 1;
    }
    for (const played of await playing) {
      await judge(played);
      const triggers = await world.triggersOf(played.stackId);
      tally.plans += 1;
      tally.intents += played.keys.length;
      tally.triggers += triggers.length;
      tally.faulty += triggers.filter(({ fault }) => fault !== undefined).length;
    }
    await world.harness.control('DELETE', '/faults');
  }
}

describe('lane', () => {
  const timeout = Math.ceil(PLANS / AT_ONCE) * BATCH_TIMEOUT_MS;

  test(
    'within the settle time gives each of N intents a run of its own, N runs in all',
    async () => {
      const settings = { ...WORLD_SETTINGS, settleMs: 3000, doubtHorizonMs: 60_000 };
      await playAll(plansWithin(SEED, PLANS), 'within', settings, async (played) => {
        const { plan, stackId, keys, results } = played;
        const ours = (await world.runsOf(stackId)).filter(isOurs);
        const owners = results.map(({ runId }) => {
          const run = ours.find(({ id }) => id === runId);
          return run === undefined ? null : ownerOf(run);
        });
        expect({ stackId, owners }).toEqual({ stackId, owners: keys });
        const made = ours.map((run) => ownerOf(run) ?? '').toSorted();
        expect({ stackId, runs: made }).toEqual({
          stackId,
          runs: keys.toSorted(),
        });
        for (const [index, { runType, commit, command }] of plan.wishes.entries()) {
          const run = ours.find(({ id }) => id === results[index]?.runId);
          expect(run).toMatchObject({ type: runType, command, ...(commit !== null && { commit }) });
        }
        for (const { outcome } of results) expect(outcome).toBe('completed');
        expect((await world.memoryOf(stackId)).extras).toEqual([]);
      });
      expect(world.notices('extra-run')).toEqual([]);
    },
    timeout,
  );

  test(
    'beyond it gives no run to two intents, and reports or cancels every other',
    async () => {
      const settings = { ...WORLD_SETTINGS, settleMs: 800, doubtHorizonMs: 20_000 };
      await playAll(
        plansBeyond(SEED, PLANS),
        'beyond',
        settings,
        async ({ plan, stackId, results }) => {
          const given = results.flatMap(({ runId }) => runId ?? []);
          expect(given).toHaveLength(results.length);
          expect(new Set(given).size).toBe(given.length);
          await expect
            .poll(async () => (await world.memoryOf(stackId)).doubts, { timeout: 60_000 })
            .toEqual([]);
          const ours = (await world.runsOf(stackId)).filter(isOurs);
          const extras = ours.map(({ id }) => id).filter((id) => !given.includes(id));
          const memory = await world.memoryOf(stackId);
          expect({ stackId, extras: memory.extras?.toSorted() }).toEqual({
            stackId,
            extras: extras.toSorted(),
          });
          tally.extras += extras.length;
          for (const id of extras) {
            const noticed = () =>
              world.notices('extra-run').find(({ runId }) => runId === id) ?? null;
            await expect.poll(noticed, { timeout: 60_000 }).toMatchObject({ stackId });
            const notice = noticed();
            const isCancelled = ours.find((run) => run.id === id)?.state === 'CANCELED';
            const text = String(notice?.['text']);
            if (!text.includes('may have been cancelled'))
              expect(text.includes('it was cancelled')).toBe(isCancelled);
            if (isCancelled) expect(plan.cancelExtraRuns).toBe(true);
          }
        },
      );
    },
    timeout,
  );
});
