/** Ways of a run that somebody else wanted, followed by its deliveries or without them. */
import { SIGNALS, UPDATES } from '../../../shared/contract/names.ts';
import { runEvent } from '../../events.ts';
import { runIdOf } from '../../workflow/harness.ts';
import type { Path } from './path.ts';
import { RECORDED, recordedWith } from './settings.ts';
import type { Stage } from './stage.ts';

const PLANNED = ['READY', 'PREPARING', 'INITIALIZING', 'PLANNING'];
const APPLIED = ['CONFIRMED', 'PREPARING_APPLY', 'APPLYING', 'FINISHED'];

/** A run of these states, in place of those it would have. */
const scripted = (name: string, end: string, states: readonly string[]): Path => ({
  name,
  ends: { run: end },
  async bring(stage, stackId) {
    await stage.script(stackId, { states });
    return { run: runIdOf(stackId, await stage.addRun(stackId)) };
  },
});

export const RUN_PATHS: readonly Path[] = [
  scripted('finishes', 'completed', [...PLANNED, 'APPLYING', 'FINISHED']),
  scripted('fails-in-planning', 'failed', [...PLANNED, 'FAILED']),
  scripted('is-confirmed', 'completed', [...PLANNED, 'UNCONFIRMED', ...APPLIED]),
  scripted('is-discarded', 'ended', [...PLANNED, 'UNCONFIRMED', 'DISCARDED']),
  scripted('is-stopped', 'ended', [...PLANNED, 'STOPPED']),
  scripted('is-canceled', 'ended', ['CANCELED']),
  scripted('is-reviewed', 'completed', [...PLANNED, 'PENDING_REVIEW', 'UNCONFIRMED', ...APPLIED]),
  scripted('is-replanned', 'completed', [
    ...PLANNED,
    'UNCONFIRMED',
    'REPLAN_REQUESTED',
    'PREPARING_REPLAN',
    'PLANNING',
    'UNCONFIRMED',
    ...APPLIED,
  ]),
  {
    name: 'is-found-by-poll',
    ends: { run: 'completed' },
    async bring({ harness, addRun, tell, endOf }, stackId) {
      // Of all deliveries of the run only the one that is told here arrives.
      const webhooks = (await harness.control('GET', '/webhooks')) as { id: string }[];
      const drop = (share: number) =>
        Promise.all(
          webhooks.map(({ id }) =>
            harness.control('POST', `/webhooks/${id}/faults`, { drop: share }),
          ),
        );
      await drop(1);
      const runId = await addRun(stackId);
      const run = await tell(runEvent(stackId, runId, 'QUEUED', 0), {
        ...RECORDED,
        silenceMs: 500,
      });
      await endOf(run);
      await drop(0);
      return { run };
    },
  },
  {
    name: 'is-told-in-disorder',
    ends: { run: 'completed' },
    async bring({ tell }, stackId) {
      const order = [4, 1, 1, 3, 6, 0];
      const states = ['QUEUED', ...PLANNED, 'APPLYING', 'FINISHED'];
      const told = order.flatMap((version) => {
        const state = states[version];
        return state === undefined ? [] : [runEvent(stackId, 'of-nobody', state, version)];
      });
      for (const event of told) {
        await tell(event);
        await tell({ ...event, family: 'run_updated', order: 'derived' });
      }
      return { run: runIdOf(stackId, 'of-nobody') };
    },
  },
  {
    name: 'is-asked-about-by-hand',
    ends: { run: 'completed' },
    async bring({ harness, tell }, stackId) {
      const run = await tell(runEvent(stackId, 'by-hand', 'PLANNING', 4));
      for (const payload of [undefined, 'text', { events: 'x' }])
        await harness.executions.signal(run, { name: SIGNALS.completedRun, payload });
      await tell(runEvent(stackId, 'by-hand', 'FINISHED', 5));
      return { run };
    },
  },
  {
    name: 'end-is-taken-back',
    ends: { run: 'completed' },
    async bring({ addRun, script, tell, knows }, stackId) {
      await script(stackId, { states: [...PLANNED, 'UNCONFIRMED', ...APPLIED] });
      const runId = await addRun(stackId);
      const run = await tell(runEvent(stackId, runId, 'FINISHED', 9));
      await knows(run, 'PLANNING');
      return { run };
    },
  },
  {
    name: 'is-not-followed-further',
    ends: { run: 'CANCELLED' },
    async bring({ harness, tell }, stackId) {
      const run = await tell(runEvent(stackId, 'cancelled', 'PLANNING', 4));
      await harness.handleOf(run).cancel();
      return { run };
    },
  },
  {
    name: 'is-left-to-sweeps',
    ends: { run: 'completed' },
    async bring({ tell }, stackId) {
      const settings = recordedWith({ watch: { leavesSilenceToSweeps: true } });
      const run = await tell(runEvent(stackId, 'of-sweeps', 'PLANNING', 4), settings);
      await tell(runEvent(stackId, 'of-sweeps', 'FINISHED', 5), settings);
      return { run };
    },
  },
  {
    name: 'is-reminded-of',
    ends: { run: 'ended' },
    async bring({ tell, knows }, stackId) {
      const settings = recordedWith({ watch: { remindAfterMs: 300 } });
      const run = await tell(runEvent(stackId, 'reminded', 'UNCONFIRMED', 5), settings);
      await knows(run, '"reminders":2');
      await tell(runEvent(stackId, 'reminded', 'DISCARDED', 6), settings);
      return { run };
    },
  },
  {
    name: 'is-confirmed-by-update',
    ends: { run: 'completed' },
    async bring(stage, stackId) {
      const { runId, run } = await waiting(stage, stackId);
      const handle = stage.harness.handleOf(run);
      const ask = (stateVersion: number) =>
        handle.executeUpdate(UPDATES.confirmRun, { args: [{ runId, stateVersion }] });
      await ask(1).catch(() => 'refused');
      await ask(await stage.stateVersionOf(runId));
      return { run };
    },
  },
  {
    name: 'is-discarded-by-update',
    ends: { run: 'ended' },
    async bring(stage, stackId) {
      const { runId, run } = await waiting(stage, stackId);
      await stage.harness.handleOf(run).executeUpdate(UPDATES.discardRun, {
        args: [{ runId, stateVersion: await stage.stateVersionOf(runId), note: 'no' }],
      });
      return { run };
    },
  },
  {
    name: 'is-confirmed-by-rule',
    ends: { run: 'completed' },
    bring: async (stage, stackId) => ({ run: (await waiting(stage, stackId)).run }),
  },
  {
    name: 'is-escalated',
    ends: { run: 'ended' },
    bring: async (stage, stackId) => ({ run: (await waiting(stage, stackId)).run }),
  },
  {
    name: 'is-retried',
    ends: { run: 'failed' },
    async bring({ script, addRun }, stackId) {
      await script(stackId, { failAt: 'PLANNING', runs: 1 });
      return { run: runIdOf(stackId, await addRun(stackId)) };
    },
  },
  {
    name: 'triggers-another',
    ends: { run: 'completed' },
    async bring({ harness, addRun }, stackId) {
      await harness.addStack('is-triggered');
      return { run: runIdOf(stackId, await addRun(stackId)) };
    },
  },
];

/** A run that waits to be confirmed, and has an execution that knows. */
async function waiting({ harness, addRun, knows }: Stage, stackId: string) {
  await harness.control('POST', '/stacks', { id: stackId, autodeploy: false });
  const runId = await addRun(stackId);
  const run = runIdOf(stackId, runId);
  await knows(run, 'UNCONFIRMED');
  return { runId, run };
}
