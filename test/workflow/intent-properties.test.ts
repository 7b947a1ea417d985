/** Intents by the dozen on a real server, signalled in any order by anybody while workers are restarted. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { SIGNALS } from '../../shared/contract/names.ts';
import type { RunVerdict } from '../../shared/workflow/messages.ts';
import { runEvent } from '../events.ts';
import { intentIdOf } from './harness.ts';
import { PATIENCE, type RunKit, settingsWith, startRunKit } from './run-kit.ts';

let kit: RunKit;

beforeAll(async () => {
  kit = await startRunKit(inject('temporalCli'));
});
afterAll(() => kit.stop());

const INTENTS = 12;
const STATES = ['QUEUED', 'READY', 'PREPARING', 'INITIALIZING', 'PLANNING', 'APPLYING'];

/** What may be signalled to an intent: nothing, junk, how somebody else's run ended, how its own did. */
const signals = fc.record({
  name: fc.constantFrom(SIGNALS.completedRun, SIGNALS.failedRun, SIGNALS.runEvents),
  about: fc.constantFrom('nothing', 'junk', 'another run', 'its run'),
});

const samples = fc.sample(
  fc.record({
    end: fc.constantFrom('FINISHED', 'FAILED'),
    early: fc.array(signals, { minLength: 1, maxLength: 6 }),
    late: fc.array(signals, { minLength: 1, maxLength: 6 }),
    told: fc.array(fc.nat({ max: STATES.length }), { maxLength: 6 }),
  }),
  { numRuns: INTENTS, seed: 11 },
);

type Sample = (typeof samples)[number];
type Told = Sample['early'][number];

const KEY = 'key.sample';

const verdictOf = (runId: string, end: string): RunVerdict => ({
  runId,
  state: end,
  outcome: end === 'FAILED' ? 'failed' : 'completed',
  reason: end === 'FAILED' ? 'run failed in APPLYING' : null,
  steps: [...STATES, end].map((step) => ({ step, at: null })),
});

/** An intent that has ended meanwhile takes none. */
async function tell(stackId: string, told: readonly Told[], its: RunVerdict | null) {
  const intent = kit.harness.handleOf(intentIdOf(stackId, KEY));
  for (const { name, about } of told) {
    const verdict = about === 'its run' ? its : verdictOf('01ANOTHER', 'FAILED');
    const payload =
      about === 'nothing' || verdict === null
        ? {}
        : about === 'junk'
          ? { verdict: { runId: 7 }, events: 'x' }
          : { verdict };
    await intent.signal(name, payload).catch(() => {});
  }
}

async function endOf(stackId: string, end: string): Promise<string> {
  await expect.poll(() => kit.harness.runsOf(stackId), PATIENCE).toHaveLength(1);
  const [run] = await kit.harness.runsOf(stackId);
  const runId = run?.id ?? '';
  await expect.poll(() => kit.stateOf(runId), PATIENCE).toBe(end);
  return runId;
}

test(
  'a dozen intents, whatever they are told and when: one run each, its result, and each deed once',
  { timeout: 180_000 },
  async () => {
    const settings = settingsWith({ silenceMs: 3000, waitingSilenceMs: 3000, laneIdleMs: 20_000 });
    const stacks = samples.map((sample, index) => ({ ...sample, stackId: `intent-${index}` }));
    const started = await Promise.all(
      stacks.map(async ({ stackId, end }) => {
        await kit.harness.addStack(stackId);
        if (end === 'FAILED')
          await kit.harness.control('POST', `/stacks/${stackId}/script`, { failAt: 'APPLYING' });
        return kit.harness.pursue(stackId, KEY, {}, settings);
      }),
    );
    await Promise.all(stacks.map(({ stackId, early }) => tell(stackId, early, null)));
    await kit.harness.restartWorkers();
    await Promise.all(
      stacks.map(async ({ stackId, end, told, late }) => {
        const runId = await endOf(stackId, end);
        const course = [...STATES, end];
        for (const version of told)
          await kit.deliver([runEvent(stackId, runId, course[version] ?? end, version)], settings);
        await tell(stackId, late, verdictOf(runId, end));
      }),
    );
    await kit.harness.restartWorkers();

    for (const [index, { stackId, end }] of stacks.entries()) {
      const result = await started[index]?.result;
      const [run, ...more] = await kit.harness.runsOf(stackId);
      expect(more).toEqual([]);
      const { runId, state, outcome, reason } = verdictOf(run?.id ?? '', end);
      expect(result).toMatchObject({ runId, state, outcome, reason, attempts: 1 });
      const steps = result?.steps.map(({ step }) => step) ?? [];
      expect(steps.filter((step) => step === step.toUpperCase())).toEqual([...STATES, end]);
      expect(steps.filter((step) => step === 'run made')).toHaveLength(1);
      const signal = end === 'FAILED' ? SIGNALS.failedRun : SIGNALS.completedRun;
      expect(result?.done.map(({ action }) => action)).toEqual(['trigger-run', signal]);
      await kit.handleOf(stackId, runId).result();
      const notices = kit.noticesOf(runId).map(({ topic }) => topic);
      expect(notices).toEqual(end === 'FAILED' ? ['run-failed'] : []);
    }
  },
);
