/** spacectl's commands against the simulator: the documents it sends, what it is answered, and what has come of it. */
import { describe, expect, it } from 'vitest';
import * as documents from './spacectl-documents.ts';
import { startSimulator } from './support.ts';

const KEY = 'api::01JTESTKEY0000000000000000';
const HASH = expect.stringMatching(/^[0-9a-f]{40}$/);
const SECONDS = expect.toSatisfy((value) => Number.isInteger(value) && value < 1e10);
const RUN_ID = expect.stringMatching(/^[0-9A-Z]{26}$/);

type Input = Parameters<typeof startSimulator>[0];

/** Logged in, with a stack that waits for people. */
async function start(input: Input = {}, settings: object = {}) {
  const simulator = startSimulator(input);
  await simulator.control('POST', '/stacks', { id: 'app', ...settings });
  const auth = await simulator.logIn();

  /** Data without errors, as a client takes it that fails on any error. */
  async function send(document: string, variables = {}, headers = {}) {
    const { data, errors } = await simulator.ask(document, variables, { ...auth, ...headers });
    expect(errors).toBeUndefined();
    return data ?? {};
  }

  async function deploy(settings: object = {}, headers = {}): Promise<string> {
    const unset = { sha: null, runtimeConfig: null, forceApply: null };
    const variables = { stack: 'app', type: 'TRACKED', ...unset, ...settings };
    const { runTrigger } = await send(documents.DEPLOY, variables, headers);
    expect(runTrigger).toEqual({ id: RUN_ID });
    return (runTrigger as { id: string }).id;
  }

  async function preview(): Promise<string> {
    const variables = { stack: 'app', type: 'PROPOSED', sha: null, runtimeConfig: null };
    const { runTrigger } = await send(documents.PREVIEW, variables);
    return (runTrigger as { id: string }).id;
  }

  const show = async (run: string) =>
    (await simulator.control('GET', `/runs/${run}`)).json as Record<string, unknown>;

  return { ...simulator, send, deploy, preview, show };
}

describe('start-up', () => {
  it('exchanges the key, asks for the version, and finds the stack by the very id', async () => {
    const { ask, send } = await start();
    const key = { id: '01JTESTKEY0000000000000000', secret: 'secret' };
    expect(await ask(documents.API_KEY_USER, key)).toEqual({
      data: { apiKeyUser: { jwt: expect.stringMatching(/^\S+\.\S+\.\S+$/), validUntil: SECONDS } },
    });
    expect(await send(documents.DEBUG_INFO)).toEqual({ debugInfo: { selfHostedVersion: '' } });
    expect(await send(documents.FIND_STACK, { id: 'app' })).toEqual({
      stack: { id: 'app', name: 'app' },
    });
    expect(await send(documents.FIND_STACK, { id: 'nope' })).toEqual({ stack: null });
  });

  it('whoami', async () => {
    const { send, ask } = await start();
    expect(await send(documents.WHOAMI)).toEqual({
      viewer: { id: KEY, name: expect.any(String) },
    });
    expect(await ask(documents.WHOAMI)).toEqual({ data: { viewer: null } });
  });
});

describe('lists', () => {
  const PAGE = { first: 50, after: null, fullTextSearch: null, predicates: null, orderBy: null };

  it('stack list', async () => {
    const pool = { id: 'pool', name: 'Pool', labels: ['big'] };
    const { send, deploy, passTime } = await start({}, { labels: ['a:b'], workerPool: pool });
    const run = await deploy();
    await passTime();
    const { searchStacks } = await send(documents.STACK_LIST, { input: PAGE });
    const { edges, pageInfo } = searchStacks as { edges: { node: object }[]; pageInfo: object };
    expect(pageInfo).toEqual({ endCursor: 'app', hasNextPage: false, hasPreviousPage: false });
    expect(edges.map(({ node }) => node)).toEqual([
      expect.objectContaining({
        id: 'app',
        name: 'app',
        blocker: { id: run },
        labels: ['a:b'],
        afterApply: [],
        beforePlan: [],
        createdAt: SECONDS,
        lockedBy: null,
        state: 'UNCONFIRMED',
        stateSetAt: SECONDS,
        spaceDetails: { id: 'root', name: 'root', description: '', parentSpace: null },
        trackedCommit: expect.objectContaining({ hash: HASH, timestamp: SECONDS }),
        vendorConfig: { __typename: 'StackConfigVendorTerraform' },
        workerPool: { id: 'pool', name: 'Pool' },
      }),
    ]);
  });

  it('stack list goes from page to page', async () => {
    const { send, control } = await start({ switches: { pageSize: 2 } });
    for (const id of ['b', 'c']) await control('POST', '/stacks', { id });
    const read = async (after: string | null) => {
      const { searchStacks } = await send(documents.STACK_LIST, { input: { ...PAGE, after } });
      const { edges, pageInfo } = searchStacks as {
        edges: { node: { id: string } }[];
        pageInfo: { endCursor: string; hasNextPage: boolean };
      };
      return { ids: edges.map(({ node }) => node.id), ...pageInfo };
    };
    const first = await read(null);
    expect(first).toMatchObject({ ids: ['app', 'b'], hasNextPage: true });
    expect(await read(first.endCursor)).toMatchObject({
      ids: ['c'],
      hasNextPage: false,
      hasPreviousPage: true,
    });
  });

  it('stack dependencies on and off', async () => {
    const { send, control } = await start();
    await control('POST', '/stacks', { id: 'db', dependsOn: ['app'], space: 'data' });
    const edge = { stack: { id: 'db', name: 'db' }, dependsOnStack: { id: 'app', name: 'app' } };
    expect(await send(documents.DEPENDENCIES, { id: 'db' })).toEqual({
      stack: {
        id: 'db',
        labels: [],
        space: 'data',
        name: 'db',
        dependsOn: [edge],
        isDependedOnBy: [],
      },
    });
    expect(await send(documents.DEPENDENCIES, { id: 'app' })).toMatchObject({
      stack: { dependsOn: [], isDependedOnBy: [edge] },
    });
  });

  it('stack run list', async () => {
    const { send, deploy, passTime } = await start();
    const older = await deploy();
    const newer = await deploy();
    await passTime();
    const entry = {
      id: newer,
      branch: 'main',
      canRetry: false,
      comments: [],
      commit: { authorLogin: 'octocat', authorName: 'Mona Octocat', hash: HASH },
      createdAt: SECONDS,
      delta: null,
      driftDetection: false,
      expired: false,
      isMostRecent: true,
      needsApproval: false,
      state: 'QUEUED',
      title: expect.any(String),
      triggeredBy: KEY,
    };
    const delta = { addCount: 1, changeCount: 0, deleteCount: 0, resources: 4 };
    const planned = { ...entry, id: older, delta, isMostRecent: false, state: 'UNCONFIRMED' };
    const read = (before: string | null) => send(documents.RUN_LIST, { stackId: 'app', before });
    expect(await read(null)).toEqual({ stack: { runs: [entry, planned] } });
    expect(await read(newer)).toEqual({ stack: { runs: [planned] } });
    expect(await read(older)).toEqual({ stack: { runs: [] } });
  });

  it('stack task and its list', async () => {
    const { send, passTime } = await start();
    const variables = { stack: 'app', command: 'echo hi', noinit: null };
    const { taskCreate } = await send(documents.TASK, variables);
    await passTime();
    expect(await send(documents.TASK_LIST, { stackId: 'app', before: null })).toEqual({
      stack: {
        tasks: [
          {
            id: (taskCreate as { id: string }).id,
            command: 'echo hi',
            commit: { hash: HASH },
            createdAt: SECONDS,
            state: 'FINISHED',
            triggeredBy: KEY,
          },
        ],
      },
    });
  });
});

describe('runs', () => {
  it('stack deploy with everything, its metadata in a header', async () => {
    const { deploy, show } = await start();
    const header = { 'Spacelift-User-Provided-Run-Metadata': 'hello' };
    const sha = '0123456789abcdef0123456789abcdef01234567';
    const runtimeConfig = { yaml: 'project_root: a' };
    const run = await deploy({ sha, runtimeConfig, forceApply: 'SINGLE' }, header);
    expect(await show(run)).toMatchObject({
      type: 'TRACKED',
      commit: sha,
      triggeredBy: KEY,
      userMetadata: ['hello'],
    });
  });

  it.each([
    ['SINGLE', false],
    ['CASCADE', true],
  ])('stack deploy --force-apply %s', async (forceApply, isBelowApplied) => {
    const { control, deploy, passTime, states } = await start({}, { autodeploy: true });
    await control('POST', '/stacks', { id: 'db', dependsOn: ['app'], autodeploy: true });
    for (const id of ['app', 'db'])
      await control('POST', `/stacks/${id}/script`, { changes: false });
    await deploy({ forceApply });
    await passTime();
    const [[above = []], [below = []]] = [await states('app'), await states('db')];
    expect(above).toContain('APPLYING');
    expect(below.at(-1)).toBe('FINISHED');
    expect(below.includes('APPLYING')).toBe(isBelowApplied);
  });

  it('stack preview', async () => {
    const { preview, passTime, show } = await start();
    const run = await preview();
    await passTime();
    expect(await show(run)).toMatchObject({ type: 'PROPOSED', state: 'FINISHED' });
  });

  it('stack logs and --tail: the history newest first, then the log of each phase', async () => {
    const { deploy, send, passTime } = await start();
    const run = await deploy();
    await passTime();
    const { stack } = await send(documents.HISTORY, { stack: 'app', run });
    const { history } = (stack as { run: { history: { state: string; stateVersion: number }[] } })
      .run;
    expect(history[0]).toEqual({
      hasLogs: false,
      note: expect.toSatisfy((note) => note === null || typeof note === 'string'),
      state: 'UNCONFIRMED',
      stateVersion: 5,
      terminal: false,
      timestamp: SECONDS,
      username: null,
    });
    expect(history.map(({ stateVersion }) => stateVersion)).toEqual([5, 4, 3, 2, 1, 0]);
    const of = { stack: 'app', run, token: null };
    expect(await send(documents.LOGS, { ...of, state: 'PLANNING', stateVersion: 4 })).toEqual({
      stack: {
        run: {
          logs: {
            exists: true,
            finished: true,
            hasMore: false,
            messages: [{ message: expect.stringContaining('planning') }],
            nextToken: null,
          },
        },
      },
    });
    expect(await send(documents.LOGS, { ...of, state: 'APPLYING', stateVersion: 9 })).toMatchObject(
      { stack: { run: { logs: { exists: false, messages: [] } } } },
    );
  });

  it.each([
    ['confirm', documents.CONFIRM, 'runConfirm', 'FINISHED'],
    ['discard', documents.DISCARD, 'runDiscard', 'DISCARDED'],
  ])('stack %s', async (_, document, root, end) => {
    const { deploy, passTime, send, show } = await start();
    const run = await deploy();
    await passTime();
    expect(await send(document, { stack: 'app', run })).toEqual({ [root]: { id: run } });
    await passTime();
    expect(await show(run)).toMatchObject({ state: end });
  });

  it('stack cancel, of a run that has not started', async () => {
    const { deploy, send, show } = await start();
    const run = await deploy();
    expect(await send(documents.CANCEL, { stack: 'app', run })).toEqual({ runCancel: { id: run } });
    expect(await show(run)).toMatchObject({ state: 'CANCELED' });
  });

  it('stack stop and retry, which makes another run', async () => {
    const { clock, preview, send, show, states } = await start({ stateMs: 100 });
    const run = await preview();
    await clock.advance(450);
    const note = 'Stopped by spacectl';
    expect(await send(documents.STOP, { stack: 'app', run, note })).toEqual({
      runStop: { id: run },
    });
    const stopped = { state: 'STOPPED', note, username: KEY };
    expect(await show(run)).toMatchObject({
      history: expect.arrayContaining([expect.objectContaining(stopped)]),
    });
    const { runRetry } = await send(documents.RETRY, { stack: 'app', run });
    expect(runRetry).toEqual({ id: RUN_ID });
    expect(runRetry).not.toEqual({ id: run });
    expect(await states('app')).toHaveLength(2);
  });

  it('stack promote', async () => {
    const { passTime, preview, send, show } = await start();
    const run = await preview();
    await passTime();
    const { runPromote } = await send(documents.PROMOTE, { stack: 'app', run });
    expect(await show((runPromote as { id: string }).id)).toMatchObject({ type: 'TRACKED' });
  });

  it('stack replan', async () => {
    const { deploy, passTime, send, show } = await start();
    const run = await deploy();
    await passTime();
    const variables = { stack: 'app', run, targets: ['random_pet.this'] };
    expect(await send(documents.REPLAN, variables)).toEqual({ runTargetedReplan: { id: run } });
    await passTime();
    expect(await show(run)).toMatchObject({ state: 'UNCONFIRMED', stateVersion: 9 });
  });

  it('stack prioritize and deprioritize', async () => {
    const { deploy, send, show } = await start();
    const run = await deploy();
    for (const prioritize of [true, false]) {
      expect(await send(documents.PRIORITIZE, { stackId: 'app', runId: run, prioritize })).toEqual({
        runPrioritizeSet: { id: run },
      });
      expect(await show(run)).toMatchObject({ isPrioritized: prioritize });
    }
  });

  it.each([
    ['APPROVE', 'UNCONFIRMED'],
    ['REJECT', 'FAILED'],
  ])('stack approve and reject: %s', async (decision, state) => {
    const { deploy, passTime, send, show } = await start({}, { approvals: ['QUEUED'] });
    const run = await deploy();
    await passTime();
    expect(await show(run)).toMatchObject({ state: 'QUEUED', waitsFor: 'approval' });
    const { runReview } = await send(documents.REVIEW, { stack: 'app', run, decision, note: 'x' });
    expect(runReview).toEqual({ id: expect.any(String) });
    await passTime();
    expect(await show(run)).toMatchObject({ state });
  });

  it('run-external-dependency mark-completed', async () => {
    const { control, passTime, send, show } = await start();
    const { json } = await control('POST', '/stacks/app/runs', { externalDependencies: ['image'] });
    const { id } = json as { id: string };
    await passTime();
    expect(await show(id)).toMatchObject({ waitsFor: 'external-dependency' });
    const mark = (dependency: string) =>
      send(documents.MARK_COMPLETED, { dependency, status: 'FINISHED' });
    expect(await mark('image')).toEqual({
      runExternalDependencyMarkAsCompleted: { phantom: false },
    });
    expect(await mark('other')).toEqual({
      runExternalDependencyMarkAsCompleted: { phantom: true },
    });
    await passTime();
    expect(await show(id)).toMatchObject({ state: 'UNCONFIRMED' });
  });

  it('module create-version', async () => {
    const { control, passTime, send } = await start();
    await control('POST', '/stacks', { id: 'module', isModule: true });
    const variables = { module: 'module', commitSha: null, version: '1.2.3' };
    const { versionCreate } = await send(documents.CREATE_VERSION, variables);
    expect(versionCreate).toEqual({ id: RUN_ID, number: '1.2.3' });
    const { id } = versionCreate as { id: string };
    const read = () => send(`{ module(id: "module") { version(id: "${id}") { state } } }`);
    expect(await read()).toEqual({ module: { version: { state: 'PENDING' } } });
    await passTime();
    expect(await read()).toEqual({ module: { version: { state: 'ACTIVE' } } });
  });
});

describe('refusals', () => {
  it('a run that has ended cannot be confirmed, and is not touched', async () => {
    const { ask, deploy, logIn, send, show } = await start();
    const run = await deploy();
    await send(documents.CANCEL, { stack: 'app', run });
    const { data, errors } = await ask(documents.CONFIRM, { stack: 'app', run }, await logIn());
    expect(data).toEqual({ runConfirm: null });
    expect(errors?.map(({ message }) => message)).toEqual([
      'run is not in a state that allows this',
    ]);
    expect(await show(run)).toMatchObject({ state: 'CANCELED' });
  });

  it('an unknown stack answers an error and null', async () => {
    const { ask, logIn } = await start();
    const variables = { stack: 'nope', type: 'TRACKED' };
    const { data, errors } = await ask(documents.DEPLOY, variables, await logIn());
    expect(data).toEqual({ runTrigger: null });
    expect(errors?.map(({ message }) => message)).toEqual(['stack not found']);
  });
});
