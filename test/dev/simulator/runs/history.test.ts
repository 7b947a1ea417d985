/** One seed, one history: everything the control API tells of an eventful hour, byte for byte. */
import { expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

const PLAN = {
  outcomes: { finished: 4, unchanged: 2, failed: 2, discarded: 1, stopped: 1, canceled: 1 },
  replan: 0.3,
  warn: 0.2,
  waitMs: { least: 100, most: 4000 },
};
const FAULTS = { drop: 0.2, duplicate: 0.2, delayMs: 700, reorder: 0.2 };
const HOUR_MS = 3_600_000;

/** Random plans, ranges, faulty deliveries that the receiver sometimes fails, a native dependent. */
async function tell(seed: number): Promise<string> {
  const simulator = startSimulator({
    seed,
    runIds: 'seeded',
    stateDurations: { PLANNING: { least: 200, most: 9000 } },
    answers: Array.from({ length: 60 }, (_, index) => (index % 7 === 0 ? 503 : 200)),
  });
  const { clock, control, startRun } = simulator;
  for (const stack of [{ id: 'a' }, { id: 'b', dependsOn: ['a'] }, { id: 'c', autodeploy: true }])
    await control('POST', '/stacks', stack);
  await control('POST', '/plan', PLAN);
  await control('POST', '/webhooks', {
    url: 'http://x.example',
    name: 'hook',
    family: 'both',
    retryOnFailure: true,
    faults: FAULTS,
  });
  for (let round = 0; round < 6; round += 1) {
    await startRun('a', { triggeredBy: 'ada' });
    await startRun('c', { type: round % 2 === 0 ? 'TRACKED' : 'PROPOSED' });
    await clock.advance(2500);
  }
  await clock.advance(HOUR_MS);
  const told = await Promise.all(
    ['/runs', '/stacks', '/webhooks', '/journal', '/counts'].map(async (path) =>
      simulator.send('GET', `/control${path}`),
    ),
  );
  await simulator.close();
  return told.map(({ text }) => text).join('\n');
}

it('the same seed tells the same history byte for byte, another seed another', async () => {
  const history = await tell(7);
  expect(history.length).toBeGreaterThan(20_000);
  expect(await tell(7)).toBe(history);
  expect(await tell(8)).not.toBe(history);
});
