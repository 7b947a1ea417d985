import { describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

const LISTS = `{
  viewer { id }
  stacks { id }
  searchStacks(input: { first: 5 }) { edges { node { id } } pageInfo { hasNextPage } }
  searchRuns(input: {}) { edges { node { run { id } } } total }
}`;
const EMPTY = {
  viewer: null,
  stacks: [],
  searchStacks: { edges: [], pageInfo: { hasNextPage: false } },
  searchRuns: { edges: [], total: 0 },
};
const TRIGGER = 'mutation { runTrigger(stack: "app") { id } }';

type Input = Parameters<typeof startSimulator>[0];

async function start(input: Input = {}) {
  const simulator = startSimulator(input);
  await simulator.control('POST', '/stacks', { id: 'app', labels: ['team:a'], autodeploy: true });
  return { ...simulator, auth: await simulator.logIn() };
}

describe('apiKeyUser', () => {
  const exchange =
    'mutation ($id: ID!, $secret: String!) { apiKeyUser(id: $id, secret: $secret) { id jwt validUntil } }';

  it('gives a token for the account, valid for ten hours', async () => {
    const { ask } = await start();
    const { data } = await ask(exchange, { id: '01JTESTKEY0000000000000000', secret: 'secret' });
    const user = data?.['apiKeyUser'] as { jwt: string; validUntil: number };
    const claims = JSON.parse(Buffer.from(user.jwt.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ aud: ['https://demo.app.spacelift.io'] });
    expect(claims.exp - claims.iat).toBeCloseTo(36_000);
    expect(user.validUntil).toBe(1_760_036_000);
  });

  it.each([
    ['unknown', 'secret'],
    ['01JTESTKEY0000000000000000', 'wrong'],
  ])('is null for key %s with secret %s, without an error', async (id, secret) => {
    const { ask } = await start();
    expect(await ask(exchange, { id, secret })).toEqual({ data: { apiKeyUser: null } });
  });
});

describe('without a valid token', () => {
  const stale = {
    missing: async () => ({ simulator: await start(), headers: {} }),
    foreign: async () => ({
      simulator: await start(),
      headers: { Authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.AA' },
    }),
    expired: async () => {
      const simulator = await start({ tokenLifetimeSeconds: 60 });
      await simulator.clock.advance(60_000);
      return { simulator, headers: simulator.auth };
    },
    revoked: async () => {
      const simulator = await start();
      await simulator.control('DELETE', '/tokens');
      return { simulator, headers: simulator.auth };
    },
  };

  it.each(Object.entries(stale))('lists are empty and viewer is null (%s)', async (_, prepare) => {
    const { simulator, headers } = await prepare();
    await simulator.control('POST', '/stacks/app/runs');
    expect(await simulator.ask(LISTS, {}, headers)).toEqual({ data: EMPTY });
    expect(await simulator.ask('{ stack(id: "app") { id } }', {}, headers)).toEqual({
      data: { stack: null },
    });
  });

  it.each(Object.entries(stale))(
    'a mutation is unauthorized and makes no run (%s)',
    async (_, prepare) => {
      const { simulator, headers } = await prepare();
      const { data, errors } = await simulator.ask(TRIGGER, {}, headers);
      expect(data).toEqual({ runTrigger: null });
      expect(errors?.[0]?.message).toContain('unauthorized');
      expect(await simulator.states('app')).toEqual([]);
    },
  );

  it('a token is good until its last second', async () => {
    const { ask, auth, clock } = await start({ tokenLifetimeSeconds: 60 });
    await clock.advance(59_999);
    expect((await ask('{ viewer { id } }', {}, auth)).data?.['viewer']).not.toBeNull();
  });

  it('the answer is 401 when switched so', async () => {
    const { control, auth, send } = await start({ switches: { staleToken: 'status-401' } });
    await control('DELETE', '/tokens');
    expect((await send('POST', '/graphql', { query: LISTS }, auth)).status).toBe(401);
  });
});

describe('runTrigger', () => {
  it('makes a tracked run of the tracked commit for nobody but the key', async () => {
    const { ask, auth } = await start();
    const { data } = await ask(
      'mutation { runTrigger(stack: "app") { type state triggeredBy createdAt commit { hash } history { state stateVersion } } }',
      {},
      auth,
    );
    const tracked = await ask('{ stack(id: "app") { trackedCommit { hash } } }', {}, auth);
    expect(data?.['runTrigger']).toEqual({
      type: 'TRACKED',
      state: 'QUEUED',
      triggeredBy: 'api::01JTESTKEY0000000000000000',
      createdAt: 1_760_000_000,
      commit: (tracked.data?.['stack'] as { trackedCommit: unknown } | null)?.trackedCommit,
      history: [{ state: 'QUEUED', stateVersion: 0 }],
    });
  });

  it('makes another run each time', async () => {
    const { ask, auth, states } = await start();
    await ask(TRIGGER, {}, auth);
    await ask(TRIGGER, {}, auth);
    expect(await states('app')).toHaveLength(2);
  });

  it('takes what spacectl sends, unset arguments as null', async () => {
    const { ask, auth } = await start();
    const { data } = await ask(
      `mutation ($stack: ID!, $sha: String, $type: RunType, $config: RuntimeConfigInput, $force: ForceApplyMode) {
        runTrigger(stack: $stack, commitSha: $sha, runType: $type, runtimeConfig: $config, forceApply: $force) { type }
      }`,
      { stack: 'app', sha: null, type: 'PROPOSED', config: null, force: null },
      auth,
    );
    expect(data).toEqual({ runTrigger: { type: 'PROPOSED' } });
  });

  it('answers an unknown stack with the text it was given', async () => {
    const { ask, auth } = await start({
      switches: { errorTexts: { stackUnknown: 'no such thing' } },
    });
    const { errors } = await ask('mutation { runTrigger(stack: "nope") { id } }', {}, auth);
    expect(errors?.[0]?.message).toBe('no such thing');
  });

  it.each([
    [{ isDisabled: true }, 'stack is disabled'],
    [{ lockedBy: 'ada' }, 'stack is locked'],
  ])('is refused on a stack with %j', async (settings, text) => {
    const { ask, auth, control, states } = await start();
    await control('POST', '/stacks', { id: 'app', ...settings });
    expect((await ask(TRIGGER, {}, auth)).errors?.[0]?.message).toBe(text);
    expect(await states('app')).toEqual([]);
  });

  it('is unauthorized for a key that may only read', async () => {
    const { ask, auth } = await start({ apiKeyCanWrite: false });
    expect((await ask(TRIGGER, {}, auth)).errors?.[0]?.message).toContain('unauthorized');
    expect((await ask('{ stack(id: "app") { id } }', {}, auth)).data).toEqual({
      stack: { id: 'app' },
    });
  });
});

describe('queries', () => {
  it('answer exactly what was selected', async () => {
    const { ask, auth } = await start();
    expect(
      await ask('{ debugInfo { selfHostedVersion } stack(id: "app") { id name } }', {}, auth),
    ).toEqual({
      data: { debugInfo: { selfHostedVersion: '' }, stack: { id: 'app', name: 'app' } },
    });
  });

  it('tell a run newest state first, with counts of their own names', async () => {
    const { ask, auth, control, passTime } = await start();
    const { json } = await control('POST', '/stacks/app/runs', { triggeredBy: 'ada' });
    await passTime();
    const { data } = await ask(
      `query ($run: ID!) { stack(id: "app") { state stateIsTerminal run(id: $run) {
        finished triggeredBy delta { addCount } history { state stateVersion terminal }
      } } }`,
      { run: (json as { id: string }).id },
      auth,
    );
    expect(data?.['stack']).toMatchObject({
      state: 'FINISHED',
      stateIsTerminal: true,
      run: { finished: true, triggeredBy: 'ada', delta: { addCount: 1 } },
    });
    const stack = data?.['stack'] as { run: { history: { stateVersion: number }[] } } | null;
    expect(stack?.run.history[0]).toEqual({ state: 'FINISHED', stateVersion: 6, terminal: true });
    expect(stack?.run.history.map(({ stateVersion }) => stateVersion)).toEqual([
      6, 5, 4, 3, 2, 1, 0,
    ]);
  });

  it('give null for a run of another stack', async () => {
    const { ask, auth, control } = await start();
    await control('POST', '/stacks', { id: 'other' });
    const { json } = await control('POST', '/stacks/other/runs');
    const query = 'query ($run: ID!) { stack(id: "app") { run(id: $run) { id } } }';
    expect(await ask(query, { run: (json as { id: string }).id }, auth)).toEqual({
      data: { stack: { run: null } },
    });
  });

  it('list runs by kind, newest first, page by page', async () => {
    const { ask, auth, control } = await start({ switches: { pageSize: 2 } });
    const made: string[] = [];
    for (const type of ['TRACKED', 'TRACKED', 'PROPOSED', 'TASK', 'TRACKED'])
      made.push(((await control('POST', '/stacks/app/runs', { type })).json as { id: string }).id);
    const query = `query ($before: ID) { stack(id: "app") {
      runs(before: $before) { id } proposedRuns { id } tasks { id }
    } }`;
    const [one, two, proposed, task, five] = made.map((id) => ({ id }));
    expect((await ask(query, {}, auth)).data?.['stack']).toEqual({
      runs: [five, two],
      proposedRuns: [proposed],
      tasks: [task],
    });
    expect((await ask(query, { before: made[1] }, auth)).data?.['stack']).toMatchObject({
      runs: [one],
    });
  });

  it('name the run that blocks the stack', async () => {
    const { ask, auth, control, passTime } = await start();
    await control('POST', '/stacks', { id: 'app', autodeploy: false });
    const { json } = await control('POST', '/stacks/app/runs');
    await passTime();
    const { data } = await ask(
      '{ stack(id: "app") { blocked blocker { id state type } } }',
      {},
      auth,
    );
    expect(data?.['stack']).toEqual({
      blocked: true,
      blocker: { id: (json as { id: string }).id, state: 'UNCONFIRMED', type: 'TRACKED' },
    });
  });

  it('answer an error for a webhook that does not exist, where stacks answer null', async () => {
    const { ask, auth } = await start();
    const query = '{ stack(id: "nope") { id } namedWebhooksIntegration(id: "nope") { enabled } }';
    const { data, errors } = await ask(query, {}, auth);
    expect(data).toEqual({ stack: null, namedWebhooksIntegration: null });
    expect(errors?.[0]?.message).toBe('not found');
  });
});
