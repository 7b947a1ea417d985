/** Mutations that no command of spacectl sends: what they answer and what comes of them. */
import { describe, expect, it } from 'vitest';
import { startSimulator } from '../support.ts';

const KEY = 'api::01JTESTKEY0000000000000000';
const SHA = '0123456789abcdef0123456789abcdef01234567';

type Shown = {
  readonly id: string;
  readonly type: string;
  readonly commit: string;
  readonly triggeredBy: string;
  readonly state: string;
};

async function start() {
  const simulator = startSimulator();
  const { ask, control, logIn } = simulator;
  await control('POST', '/stacks', { id: 'app' });
  const auth = await logIn();
  const send = async (document: string) => {
    const { data, errors } = await ask(document, {}, auth);
    return { ...data, ...(errors && { errors: errors.map(({ message }) => message) }) };
  };
  const runs = async (stack: string) =>
    (await control('GET', `/runs?stack=${stack}`)).json as Shown[];
  return { ...simulator, auth, send, runs };
}

describe('runTriggerBatch', () => {
  const batch = (stacks: string) =>
    `mutation { runTriggerBatch(input: { stacks: [${stacks}] }) { runs { runId run { stackId } } } }`;

  it('makes one run on a stack below several, and tells of it', async () => {
    const { control, runs, send } = await start();
    await control('POST', '/stacks', { id: 'net' });
    await control('POST', '/stacks', { id: 'db', dependsOn: ['app', 'net'] });
    const answer = await send(batch(`{ stack: "app", commitSha: "${SHA}" }, { stack: "net" }`));
    const made = (answer as unknown as Record<string, { runs: { run: { stackId: string } }[] }>)[
      'runTriggerBatch'
    ];
    expect(made?.runs.map(({ run }) => run.stackId).toSorted()).toEqual(['app', 'db', 'net']);
    expect(await runs('app')).toMatchObject([{ type: 'TRACKED', commit: SHA, triggeredBy: KEY }]);
    expect(await runs('db')).toHaveLength(1);
  });

  it.each([
    ['{ stack: "app" }, { stack: "nope" }', 'stack not found'],
    ['{ stack: "app" }, { stack: "app" }', 'a stack may be in a batch only once'],
  ])('makes no run at all of %s', async (stacks, message) => {
    const { runs, send } = await start();
    expect(await send(batch(stacks))).toEqual({ runTriggerBatch: null, errors: [message] });
    expect(await runs('app')).toEqual([]);
  });

  it('is in the journal with every run it made', async () => {
    const { journal, runs, send } = await start();
    await send(batch('{ stack: "app" }'));
    const [{ id } = { id: '' }] = await runs('app');
    expect((await journal()).operations.at(-1)).toMatchObject({
      operation: 'runTriggerBatch',
      stack: 'app',
      made: [id],
    });
  });
});

it('proposeWithOverrides makes a proposed run with those variables', async () => {
  const { caught, clock, control, runs, send } = await start();
  await control('POST', '/webhooks', { url: 'http://x.example', family: 'run_updated' });
  await send(`mutation { proposeWithOverrides(stack: "app",
    environmentVarsOverrides: [{ key: "TF_VAR_a", value: "1" }]) { id } }`);
  await clock.advance(10);
  expect(await runs('app')).toMatchObject([{ type: 'PROPOSED' }]);
  expect(caught[0]?.json['run_updated']).toMatchObject({
    run: { runtime_config: { environment: { TF_VAR_a: '1' } } },
  });
});

it.each([
  ['true', 'PROPOSED'],
  ['null', 'TRACKED'],
])('runResourceCreate with proposed %s answers the id of a %s run', async (proposed, type) => {
  const { runs, send } = await start();
  const answer = await send(`mutation { runResourceCreate(stack: "app", proposed: ${proposed}) }`);
  const [run] = await runs('app');
  expect(run?.type).toBe(type);
  expect(answer).toEqual({ runResourceCreate: run?.id });
});

it('runKill ends a run that nothing else can stop', async () => {
  const { clock, runs, send, startRun } = await start();
  const id = await startRun('app', { type: 'TASK', command: 'sleep' });
  await clock.advance(650);
  expect(await runs('app')).toMatchObject([{ state: 'PERFORMING' }]);
  const stop = await send(`mutation { runStop(stack: "app", run: "${id}") { id } }`);
  expect(stop).toMatchObject({ errors: ['run is not in a state that allows this'] });
  expect(await send(`mutation { runKill(stack: "app", run: "${id}") { state } }`)).toEqual({
    runKill: { state: 'FAILED' },
  });
});

it('runPrioritySet lets a queued run go first if it is high, and no other', async () => {
  const { runs, send, startRun } = await start();
  const id = await startRun('app');
  for (const preset of ['high', 'normal', 'low']) {
    const set = `runPrioritySet(stack: "app", run: "${id}", preset: ${preset})`;
    expect(await send(`mutation { ${set} { id } }`)).toEqual({ runPrioritySet: { id } });
    expect(await runs('app')).toMatchObject([{ isPrioritized: preset === 'high' }]);
  }
});

it('runComment stays on the run', async () => {
  const { send, startRun } = await start();
  const id = await startRun('app');
  const comment = { body: 'hm', createdAt: 1_760_000_000, username: KEY };
  const fields = '{ body createdAt username }';
  expect(
    await send(`mutation { runComment(stack: "app", run: "${id}", body: "hm") ${fields} }`),
  ).toEqual({ runComment: comment });
  expect(await send(`{ run(id: "${id}") { comments ${fields} } }`)).toEqual({
    run: { comments: [comment] },
  });
});

it('stackSetCurrentCommit is what the next run takes, until stackSyncCommit', async () => {
  const { runs, send, startRun } = await start();
  const pushed = 'feed5eed';
  await startRun('app', { commit: pushed });
  const commit = '{ trackedCommit { hash } }';
  expect(
    await send(`mutation { stackSetCurrentCommit(id: "app", sha: "${SHA}") ${commit} }`),
  ).toEqual({ stackSetCurrentCommit: { trackedCommit: { hash: SHA } } });
  await send('mutation { runTrigger(stack: "app") { id } }');
  expect((await runs('app')).at(-1)).toMatchObject({ commit: SHA });
  expect(await send(`mutation { stackSyncCommit(id: "app") ${commit} }`)).toEqual({
    stackSyncCommit: { trackedCommit: { hash: pushed } },
  });
});

it('a version whose test failed is tested again by versionTrigger', async () => {
  const { control, passTime, send } = await start();
  await control('POST', '/stacks', { id: 'mod', isModule: true });
  await control('POST', '/stacks/mod/script', { failAt: 'PLANNING', runs: 1 });
  const answer = await send('mutation { versionCreate(module: "mod") { id number state } }');
  const { id } = (answer as unknown as { versionCreate: { id: string } }).versionCreate;
  expect(answer).toEqual({ versionCreate: { id, number: '0.1.0', state: 'PENDING' } });
  await passTime();
  const read = () => send(`{ module(id: "mod") { version(id: "${id}") { state } } }`);
  expect(await read()).toEqual({ module: { version: { state: 'FAILED' } } });
  await send(`mutation { versionTrigger(id: "${id}", module: "mod") { id } }`);
  await passTime();
  expect(await read()).toEqual({ module: { version: { state: 'ACTIVE' } } });
});

it.each([
  ['versionCreate(module: "app")', 'module not found'],
  ['versionTrigger(id: "x", module: "mod")', 'version not found'],
])('%s is refused: %s', async (call, message) => {
  const { control, send } = await start();
  await control('POST', '/stacks', { id: 'mod', isModule: true });
  expect((await send(`mutation { ${call} { id } }`)).errors).toEqual([message]);
});

it('changesV3 lists what planning found', async () => {
  const { passTime, send, startRun } = await start();
  const id = await startRun('app');
  const query = `{ run(id: "${id}") { changesV3(input: {}) { resources { address metadata { type } } } } }`;
  expect(await send(query)).toEqual({ run: { changesV3: [] } });
  await passTime();
  expect(await send(query)).toEqual({
    run: {
      changesV3: [{ resources: [{ address: 'random_pet.this[0]', metadata: { type: 'ADD' } }] }],
    },
  });
});

it('tells whether a stack is drifted and whether somebody must approve', async () => {
  const { control, passTime, send, startRun } = await start();
  const query = '{ stack(id: "app") { isDrifted needsApproval } }';
  expect(await send(query)).toEqual({ stack: { isDrifted: false, needsApproval: false } });
  await startRun('app', { type: 'PROPOSED', driftDetection: true, triggeredBy: 'nightly' });
  await passTime();
  await control('POST', '/stacks', { id: 'app', approvals: ['QUEUED'] });
  await startRun('app');
  expect(await send(query)).toEqual({ stack: { isDrifted: true, needsApproval: true } });
});
