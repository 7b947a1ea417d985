import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../../../../dev/simulator/clock.ts';
import { lookUpRun } from '../../../../shared/activities/spacelift/look-up-run.ts';
import {
  ACCOUNT,
  clientOf,
  type Spacelift,
  startUnsoundSpacelift,
  startSpacelift,
} from '../support.ts';

const START_AT = 1_760_000_000_000;

describe('lookUpRun()', () => {
  let spacelift: Spacelift;

  beforeEach(async () => {
    spacelift = await startSpacelift({ clock: { ...systemClock, now: () => START_AT } });
    await spacelift.control('POST', '/stacks', { id: 'app', labels: ['team:platform'] });
  });

  afterEach(() => spacelift[Symbol.asyncDispose]());

  const client = () => spacelift.client({ now: () => START_AT });
  const script = (body: object) => spacelift.control('POST', '/stacks/app/script', body);

  async function createRun(run: object = {}) {
    const { id } = (await spacelift.control('POST', '/stacks/app/runs', run)) as { id: string };
    return { account: ACCOUNT, stackId: 'app', runId: id };
  }

  async function hasEnded(state: string) {
    await expect
      .poll(async () => JSON.stringify(await spacelift.control('GET', '/runs')))
      .toContain(state);
  }

  test('tells state, position, type, address and the history, oldest first in ms', async () => {
    await script({ states: ['PREPARING', 'UNCONFIRMED'] });
    const run = await createRun({ type: 'TRACKED' });
    await hasEnded('UNCONFIRMED');
    expect(await lookUpRun(client(), run)).toEqual({
      facts: {
        state: 'UNCONFIRMED',
        stateVersion: 2,
        runType: 'TRACKED',
        url: `${spacelift.url}/stack/app/run/${run.runId}`,
        history: [
          { state: 'QUEUED', stateVersion: 0, at: START_AT },
          { state: 'PREPARING', stateVersion: 1, at: START_AT },
          { state: 'UNCONFIRMED', stateVersion: 2, at: START_AT },
        ],
        hold: null,
        traits: {
          branch: 'main',
          commit: expect.stringMatching(/^[0-9a-f]{40}$/),
          labels: ['team:platform'],
          space: 'root',
          repository: 'demo/infrastructure',
          driftDetection: false,
          triggeredBy: { kind: 'vcs' },
          delta: null,
        },
      },
      note: 'Autodeploy is off',
    });
  });

  test('tells kind and key of whoever triggered the run, and no name', async () => {
    const byKey = await createRun({ triggeredBy: 'api::01KEY' });
    const byPerson = await createRun({ triggeredBy: 'ada@lovelace.example', driftDetection: true });
    const look = await lookUpRun(client(), byPerson);
    expect((await lookUpRun(client(), byKey))?.facts.traits?.triggeredBy).toEqual({
      kind: 'api-key',
      keyId: '01KEY',
    });
    expect(look?.facts.traits).toMatchObject({
      triggeredBy: { kind: 'other' },
      driftDetection: true,
    });
    expect(JSON.stringify(look)).not.toContain('ada');
  });

  test('tells that another run is in front, and whether that one waits', async () => {
    await script({ states: ['PREPARING', 'UNCONFIRMED'], runs: 1 });
    const first = await createRun();
    await hasEnded('UNCONFIRMED');
    const second = await createRun();
    expect((await lookUpRun(client(), second))?.facts.hold).toEqual({
      kind: 'run',
      runId: first.runId,
      isWaiting: true,
    });
  });

  test('tells that the stack is locked, and not by whom', async () => {
    await spacelift.control('POST', '/stacks', { id: 'app', lockedBy: 'ada' });
    const look = await lookUpRun(client(), await createRun());
    expect(look?.facts.hold).toEqual({ kind: 'lock' });
    expect(JSON.stringify(look)).not.toContain('ada');
  });

  test('tells why a run failed', async () => {
    await script({ failAt: 'PREPARING', note: 'no such provider' });
    const run = await createRun();
    await hasEnded('FAILED');
    expect(await lookUpRun(client(), run)).toMatchObject({
      facts: { state: 'FAILED' },
      note: 'no such provider',
    });
  });

  test('is null for a run and for a stack that are not there', async () => {
    const run = await createRun();
    expect(await lookUpRun(client(), { ...run, runId: '01NONE' })).toBeNull();
    expect(await lookUpRun(client(), { ...run, stackId: 'none' })).toBeNull();
  });

  test('does not take the null of a token that has expired for a missing run', async () => {
    const run = await createRun();
    const held = client();
    await lookUpRun(held, run);
    await spacelift.control('DELETE', '/tokens');
    expect(await lookUpRun(held, run)).not.toBeNull();
  });

  test('lives with a history that lags behind or says little', async () => {
    let history: unknown = [];
    await using account = await startUnsoundSpacelift(() =>
      JSON.stringify({
        data: {
          viewer: { id: 'api::x' },
          stack: { run: { type: null, state: 'FINISHED', history } },
        },
      }),
    );
    const look = () =>
      lookUpRun(clientOf(`${account.url}//`), { account: ACCOUNT, stackId: 'app', runId: '01RUN' });
    expect(await look()).toMatchObject({
      facts: { stateVersion: null, history: [], url: `${account.url}/stack/app/run/01RUN` },
      note: null,
    });
    history = [{ state: 'APPLYING', stateVersion: 4, timestamp: null }];
    expect(await look()).toMatchObject({
      facts: {
        state: 'FINISHED',
        stateVersion: null,
        history: [{ state: 'APPLYING', stateVersion: 4, at: null }],
      },
    });
  });
});
