import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../dev/simulator/clock.ts';
import { latestTrackedRun } from '../../../../shared/activities/spacelift/latest-tracked-run.ts';
import { type Spacelift, startSpacelift } from '../support.ts';

const COMMIT = 'a'.repeat(40);

describe('latestTrackedRun()', () => {
  let spacelift: Spacelift;
  let now = 1_760_000_000_000;

  beforeEach(async () => {
    spacelift = await startSpacelift({ clock: { ...systemClock, now: () => now } });
    for (const id of ['app', 'other']) await spacelift.control('POST', '/stacks', { id });
  });

  afterEach(() => spacelift[Symbol.asyncDispose]());

  async function createRun(run: object, stackId = 'app') {
    now += 60_000;
    const made = await spacelift.control('POST', `/stacks/${stackId}/runs`, run);
    return (made as { id: string }).id;
  }

  const latest = (stackId = 'app') =>
    latestTrackedRun(spacelift.client({ now: () => now }), stackId);

  test('is the newest, whoever made it, with its state and commit', async () => {
    await createRun({ type: 'TRACKED' });
    const runId = await createRun({ type: 'TRACKED', commit: COMMIT, triggeredBy: 'ada' });
    expect(await latest()).toMatchObject({ runId, commit: COMMIT });
    expect((await latest())?.state).toMatch(/^[A-Z_]+$/);
  });

  test('is none of another type or another stack', async () => {
    const runId = await createRun({ type: 'TRACKED' });
    await createRun({ type: 'DESTROY' });
    await createRun({ type: 'PROPOSED' });
    await createRun({ type: 'TRACKED' }, 'other');
    expect((await latest())?.runId).toBe(runId);
  });

  test('is null for a stack without one, and for one that is not there', async () => {
    await createRun({ type: 'PROPOSED' });
    expect(await latest()).toBeNull();
    expect(await latest('missing')).toBeNull();
  });
});
