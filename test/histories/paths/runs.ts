/** Ways of a run that somebody else wanted, followed by its deliveries or without them. */
import { SIGNALS } from '../../../shared/contract/names.ts';
import { runEvent } from '../../events.ts';
import { runIdOf, SETTINGS } from '../../workflow/harness.ts';
import type { Path } from './path.ts';

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
        ...SETTINGS,
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
];
