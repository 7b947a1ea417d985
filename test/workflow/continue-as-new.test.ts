import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { isTerminalState } from '../../shared/contract/states.ts';
import { SIGNALS, UPDATES } from '../../shared/contract/names.ts';
import type { ExecutionInput } from '../../shared/workflow/messages.ts';
import { createProgress, decideRunEvent } from '../../shared/workflow/progress.ts';
import type { RunMemory } from '../../shared/workflow/run-memory.ts';
import { startOfRun } from '../../shared/workflow/start.ts';
import { runEvent } from '../events.ts';
import { courses, happenings, tell } from '../shared/workflow/interleavings.ts';
import { deliveryFacts, runIdOf } from './harness.ts';
import { PATIENCE, progressOf, type RunKit, settingsWith, startRunKit } from './run-kit.ts';

let kit: RunKit;

beforeAll(async () => {
  kit = await startRunKit(inject('temporalCli'), {
    switches: { extraStates: ['BRAND_NEW_STATE', 'PREPARING_DANCE'] },
  });
});
afterAll(() => kit.stop());

/** Under one execution id: itself and its continuations. */
async function countExecutions(executionId: string): Promise<number> {
  const { client } = kit.harness.env;
  let count = 0;
  for await (const _ of client.workflow.list({ query: `WorkflowId = '${executionId}'` }))
    count += 1;
  return count;
}

/** Stands in for an intent: what it is signalled stays in its history. */
async function startWitness(runId: string) {
  const handle = await kit.deliver([runEvent('nowhere', runId, 'PLANNING', 4)], settingsWith());
  return {
    executionId: runIdOf('nowhere', runId),
    async countVerdicts(): Promise<number> {
      const { events } = await handle.fetchHistory();
      return (events ?? []).filter(
        ({ workflowExecutionSignaledEventAttributes: signalled }) =>
          signalled?.signalName === SIGNALS.completedRun,
      ).length;
    },
    close: () => handle.terminate(),
  };
}

const SIGNALS_SENT = 5000;
const SENDERS = 24;
const REPLANS = 50;

const CONTINUED_WITHIN = { timeout: 60_000, interval: 250 };

/** Temporal refuses to continue an execution while signals pour in: after each wave there is quiet enough to. */
const WAVES = 5;

describe('followRun() continues as new', () => {
  test(
    'among thousands of signals: none is lost, and each has its effects once',
    { timeout: 300_000 },
    async () => {
      const runId = '01THOUSANDS';
      const settings = settingsWith({}, { maximumEvents: 300 });
      const witness = await startWitness('01WITNESS');
      const first = runEvent('nowhere', runId, 'QUEUED', 0);
      const told = Array.from({ length: REPLANS }, (_, round) => [
        runEvent('nowhere', runId, 'PLANNING', 1 + round * 2),
        runEvent('nowhere', runId, 'UNCONFIRMED', 2 + round * 2),
      ]).flat();
      const handle = await kit.deliver([first], settings);
      await handle.signal(SIGNALS.attachIntent, { executionId: witness.executionId });

      // Each state is told by one signal only, somewhere among those that tell what was told before.
      const every = Math.floor(SIGNALS_SENT / told.length);
      const signals = Array.from({ length: SIGNALS_SENT }, (_, index) => {
        const newest = Math.floor(index / every);
        return told[index % every === 0 ? newest : Math.floor(newest / 2)] ?? first;
      });
      const send = async (sender: number, from: number, to: number) => {
        for (let index = from + sender; index < to; index += SENDERS) {
          const event = signals[index] ?? first;
          const delivered = { event, delivery: deliveryFacts(`delivery ${index}`) };
          await handle.signal(SIGNALS.runEvents, { events: [delivered] });
        }
      };
      const executionId = runIdOf('nowhere', runId);
      for (let wave = 0; wave < WAVES; wave += 1) {
        const from = (wave * SIGNALS_SENT) / WAVES;
        const senders = Array.from({ length: SENDERS }, (_, sender) =>
          send(sender, from, from + SIGNALS_SENT / WAVES),
        );
        await Promise.all(senders);
        await expect
          .poll(() => countExecutions(executionId), CONTINUED_WITHIN)
          .toBeGreaterThan(wave + 1);
      }
      await kit.deliver([runEvent('nowhere', runId, 'FINISHED', 500)], settings);

      const result = await handle.result();
      const states = ['QUEUED', ...told.map(({ state }) => state), 'FINISHED'];
      expect(result.steps.map(({ step }) => step)).toEqual(states);
      const deeds = result.done.map(({ action }) => action);
      expect(deeds.filter((deed) => deed === SIGNALS.completedRun)).toHaveLength(1);
      const notified = deeds.filter((deed) => deed === 'notify UNCONFIRMED').length;
      expect(kit.noticesOf(runId)).toHaveLength(notified);
      expect(notified).toBeGreaterThan(0);
      expect(notified).toBeLessThanOrEqual(REPLANS);
      expect(await witness.countVerdicts()).toBe(1);
      await witness.close();
    },
  );

  test('before it has acted on anything it heard: all of that goes along', async () => {
    const runId = '01PENDING';
    const settings = settingsWith({}, { maximumEvents: 30 });
    const states = ['QUEUED', ...Array.from({ length: 39 }, (_, index) => `STATE_${index}`)];
    const eventAt = (version: number) =>
      runEvent('nowhere', runId, states[version] ?? 'FINISHED', version);
    const handle = await kit.deliver([eventAt(0)], settings);
    await expect.poll(() => progressOf(handle), PATIENCE).toHaveProperty('transitions.length', 1);
    const looks = await kit.countOperations('stack');
    await kit.harness.restartWorkers(async () => {
      for (let version = 1; version < states.length; version += 1)
        await kit.deliver([eventAt(version)], settings);
      await handle.signal(SIGNALS.runEvents, {});
    });
    const id = runIdOf('nowhere', runId);
    await expect.poll(() => countExecutions(id), PATIENCE).toBe(2);
    // The look that the last signal asked for; another one follows when the run has ended.
    await expect.poll(() => kit.countOperations('stack'), PATIENCE).toBe(looks + 1);
    await kit.deliver([eventAt(states.length)], settings);
    const { steps } = await handle.result();
    expect(steps.map(({ step }) => step)).toEqual([...states, 'FINISHED']);
  });

  test('from a memory that knows of nothing pending, as they once were', async () => {
    const runId = '01OLDMEMORY';
    const settings = settingsWith();
    const first = runEvent('nowhere', runId, 'PLANNING', 4);
    const run = { account: first.account, stackId: first.stackId, runId };
    const start = startOfRun(run, settings);
    const carried: RunMemory = {
      progress: decideRunEvent(createProgress(run), first).progress,
      attached: [],
      done: [{ action: 'notify UNCONFIRMED', at: '2026-11-25T00:00:00.000Z', outcome: 'done' }],
      told: null,
      answers: [],
      heardAt: Date.now(),
      lastError: null,
      traceId: '',
    };
    const input: ExecutionInput = { kind: 'run', ...run, settings, carried };
    await kit.harness.executions.start({ ...start, input }, 'never');
    const handle = await kit.deliver([runEvent('nowhere', runId, 'FINISHED', 5)], settings);
    const { steps, done } = await handle.result();
    expect(steps.map(({ step }) => step)).toEqual(['PLANNING', 'FINISHED']);
    expect(done.map(({ action }) => action)).toEqual(['notify UNCONFIRMED', SIGNALS.completedRun]);
  });

  test('with its search attributes, its reminders and a decision on the way', async () => {
    const stackId = 'continues';
    const runId = await kit.createRun({ id: stackId }, ['PLANNING', 'UNCONFIRMED']);
    await expect.poll(() => kit.stateOf(runId), PATIENCE).toBe('UNCONFIRMED');
    const settings = settingsWith(
      {},
      { maximumEvents: 40, remindAfterMs: 300, remindAtMostMs: 300 },
    );
    const event = runEvent(stackId, runId, 'UNCONFIRMED', 2);
    const handle = await kit.deliver([event], settings);
    const id = runIdOf(stackId, runId);
    await expect.poll(() => countExecutions(id), PATIENCE).toBeGreaterThan(2);
    const told = kit.noticesOf(runId).map(({ reminder }) => reminder ?? 0);
    expect(told).toEqual(told.map((_, index) => index));

    const before = await kit.countOperations('runConfirm');
    await kit.harness.control('POST', '/faults', { operation: 'runConfirm', hangMs: 4000 });
    const confirm = (updateId: string) =>
      kit.handleOf(stackId, runId).executeUpdate(UPDATES.confirmRun, {
        args: [{ runId, stateVersion: 2 }],
        updateId,
      });
    // It hangs until after the execution would have continued, and is answered by the one it was sent to.
    expect(await confirm('first')).toEqual({ outcome: 'confirmed' });
    expect(await kit.countOperations('runConfirm')).toBe(before + 1);

    const description = await kit.handleOf(stackId, runId).describe();
    const attributes = description.typedSearchAttributes.getAll();
    expect(attributes.find(({ key }) => key.name === 'SpaceliftRun')?.value).toBe(runId);
    expect(await handle.result()).toMatchObject({ outcome: 'completed', state: 'FINISHED' });
  });
});

const SAMPLES = 12;

describe('followRun() of a dozen runs, told badly', () => {
  const samples = fc.sample(
    courses.chain((course) => fc.tuple(fc.constant(course), happenings(course))),
    { numRuns: SAMPLES, seed: 7 },
  );

  test(
    'whatever was dropped, doubled or shuffled, with workers restarted: same steps, same deeds',
    { timeout: 180_000 },
    async () => {
      const settings = settingsWith(
        { silenceMs: 4000, waitingSilenceMs: 4000 },
        { maximumEvents: 12 },
      );
      const runs = await Promise.all(
        samples.map(async ([course, happened], index) => {
          const stackId = `sample-${index}`;
          const runId = await kit.createRun({ id: stackId }, course.slice(1));
          return { stackId, runId, course, happened };
        }),
      );
      for (const { runId, course } of runs)
        await expect.poll(() => kit.stateOf(runId), PATIENCE).toBe(course.at(-1));

      type Sample = (typeof runs)[number];
      const send = async (run: Sample, from: number, to: number) => {
        for (const happening of run.happened.slice(from, to)) {
          const handle = kit.handleOf(run.stackId, run.runId);
          const { course } = run;
          if (happening.what === 'look') await handle.signal(SIGNALS.runEvents, {}).catch(() => {});
          else
            await kit.deliver(
              [tell(run, course, happening.stateVersion, happening.telling)],
              settings,
            );
        }
      };
      await Promise.all(
        runs.map((run) => kit.deliver([tell(run, run.course, 0, 'exact')], settings)),
      );
      await Promise.all(runs.map((run) => send(run, 0, 8)));
      await kit.harness.restartWorkers();
      await Promise.all(runs.map((run) => send(run, 8, 16)));
      await kit.harness.restartWorkers();
      await Promise.all(runs.map((run) => send(run, 16, 24)));

      let executions = 0;
      for (const { stackId, runId, course } of runs) {
        const result = await kit.handleOf(stackId, runId).result();
        expect(result.steps.map(({ step }) => step)).toEqual(course);
        const end = course.at(-1) ?? '';
        const isFailed = end === 'FAILED';
        const deeds = result.done.map(({ action }) => action);
        expect(deeds.filter((deed) => !/UNCONFIRMED|PENDING_REVIEW/.test(deed))).toEqual([
          ...(isFailed ? ['notify FAILED'] : []),
          isFailed
            ? SIGNALS.failedRun
            : end === 'FINISHED'
              ? SIGNALS.completedRun
              : SIGNALS.runEvents,
        ]);
        expect(isTerminalState(end)).toBe(true);
        expect(kit.noticesOf(runId)).toHaveLength(
          deeds.filter((deed) => deed.startsWith('notify')).length,
        );
        executions += await countExecutions(runIdOf(stackId, runId));
      }
      // Some of them have continued as new on the way.
      expect(executions).toBeGreaterThan(SAMPLES);
    },
  );
});
