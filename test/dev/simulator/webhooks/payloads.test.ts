import { describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

const TRIGGER = 'mutation { runTrigger(stack: "app", commitSha: "abcdef1") { id } }';
const METADATA = 'Spacelift-User-Provided-Run-Metadata';

type Input = Parameters<typeof startSimulator>[0];

async function catchRun(family: 'default' | 'run_updated', input: Input = {}) {
  const simulator = startSimulator(input);
  const { ask, caught, control, logIn, passTime } = simulator;
  await control('POST', '/stacks', { id: 'app', labels: ['dependsOn:vpc'] });
  await control('POST', '/webhooks', { url: 'http://x.example', name: 'Hook', family });
  await ask(TRIGGER, {}, { ...(await logIn()), [METADATA]: 'intent-7' });
  await passTime();
  return caught;
}

describe('default payload', () => {
  it('has the whole modern field set', async () => {
    const [first] = await catchRun('default');
    expect(first?.json).toEqual({
      account: 'demo',
      event_source: 'spacelift',
      event_type: 'run_state_changed_event',
      note: null,
      run: {
        id: expect.stringMatching(/^[0-9A-Z]{26}$/),
        branch: 'main',
        command: null,
        commit: {
          authorLogin: 'octocat',
          authorName: 'Mona Octocat',
          hash: 'abcdef1',
          message: 'Change main.tf',
          timestamp: 1_760_000_000,
          url: 'https://github.com/demo/infrastructure/commit/abcdef1',
        },
        createdAt: 1_760_000_000,
        delta: null,
        driftDetection: false,
        triggeredBy: 'api::01JTESTKEY0000000000000000',
        type: 'TRACKED',
        url: expect.stringMatching(/^https:\/\/demo\.app\.spacelift\.io\/stack\/app\/run\/\w{26}$/),
      },
      stack: {
        id: 'app',
        name: 'app',
        description: '',
        labels: ['dependsOn:vpc'],
        repository: 'demo/infrastructure',
        url: 'https://demo.app.spacelift.io/stack/app',
        vcs: 'GITHUB',
      },
      state: 'QUEUED',
      stateVersion: 0,
      timestamp: 1_760_000_000,
      timestamp_millis: 1_760_000_000_123,
      workerPool: { public: true, id: '', labels: [], name: '' },
    });
  });

  it('has a delta from the end of planning on', async () => {
    const caught = await catchRun('default');
    const deltas = caught.map(({ json }) => (json['run'] as { delta: unknown }).delta);
    expect(deltas.slice(0, 5)).toEqual([null, null, null, null, null]);
    expect(deltas[5]).toEqual({ added: 1, changed: 0, deleted: 0, resources: 4 });
    expect(caught[5]?.json).toMatchObject({ state: 'UNCONFIRMED', note: 'Autodeploy is off' });
  });

  it('leaves empty fields out when switched so', async () => {
    const [first] = await catchRun('default', { switches: { emptyFields: 'absent' } });
    expect(first?.json).not.toHaveProperty('note');
    expect(first?.json['run']).not.toHaveProperty('delta');
    expect(first?.json).toHaveProperty('timestamp');
  });

  it('does not tell the metadata of the caller', async () => {
    const caught = await catchRun('default');
    expect(caught.filter(({ body }) => body.includes('intent-7'))).toEqual([]);
  });
});

describe('run_updated payload', () => {
  it('has no stateVersion; the history tells the position', async () => {
    const caught = await catchRun('run_updated');
    const payload = caught[5]?.json;
    expect(payload).toMatchObject({
      account: { name: 'demo' },
      webhook_endpoints: [{ id: 'hook', labels: [] }],
      run_updated: {
        note: 'Autodeploy is off',
        policy_receipts: null,
        state: 'UNCONFIRMED',
        username: '',
        run: {
          changes: [{ action: 'added', phase: 'plan', moved: false }],
          command: '',
          creator_session: { login: 'api::01JTESTKEY0000000000000000', machine: true },
          state: 'UNCONFIRMED',
          states_history: [
            { new_state: 'QUEUED' },
            { new_state: 'READY' },
            { new_state: 'PREPARING' },
            { new_state: 'INITIALIZING' },
            { new_state: 'PLANNING' },
            { new_state: 'UNCONFIRMED', note: 'Autodeploy is off' },
          ],
          triggered_by: 'api::01JTESTKEY0000000000000000',
          user_provided_metadata: ['intent-7'],
        },
        stack: { id: 'app', autodeploy: false, labels: ['dependsOn:vpc'], state: 'UNCONFIRMED' },
      },
    });
    expect(caught[5]?.body).not.toContain('stateVersion');
    const updated = payload?.['run_updated'] as { timing: { state: string }[] } | undefined;
    expect(updated?.timing.map(({ state }) => state)).not.toContain('UNCONFIRMED');
    expect(updated?.timing[0]).toEqual({ state: 'QUEUED', duration: 150_000_000 });
  });

  it.each([
    ['exact', /"created_at":1760000000123\d{6}\b/],
    ['exponent', /"created_at":1\.760000000123\d*e\+18/],
  ] as const)('writes nanoseconds in the %s form', async (policyNumbers, form) => {
    const [first] = await catchRun('run_updated', { switches: { policyNumbers } });
    expect(first?.body).toMatch(form);
  });

  it('loses the last digits of nanoseconds when they went through a double', async () => {
    const [first] = await catchRun('run_updated', { switches: { policyNumbers: 'float' } });
    const digits = /"updated_at":(\d{19})\b/.exec(first?.body ?? '')?.[1] ?? '';
    expect(digits).toBe(String(Number(digits)));
    const [exact] = await catchRun('run_updated');
    const exactDigits = /"updated_at":(\d{19})\b/.exec(exact?.body ?? '')?.[1] ?? '';
    expect(exactDigits).not.toBe(String(Number(exactDigits)));
  });

  it('has no session for a git push', async () => {
    const { caught, control, passTime } = startSimulator();
    await control('POST', '/stacks', { id: 'app' });
    await control('POST', '/webhooks', { url: 'http://x.example', family: 'run_updated' });
    await control('POST', '/stacks/app/runs', { commit: 'feed5eed' });
    await passTime();
    expect(caught[0]?.json['run_updated']).toMatchObject({
      run: { creator_session: null, triggered_by: null },
      stack: { tracked_commit: { hash: 'feed5eed' } },
    });
  });
});
