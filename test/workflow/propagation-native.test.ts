import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type PropagationKit, startPropagationKit } from './propagation-kit.ts';

const FAILS = ['PREPARING', 'PLANNING', 'FAILED'];

/** Stacks by what they natively depend on. */
async function addNative(
  kit: PropagationKit,
  stacks: Readonly<Record<string, readonly string[]>>,
  more = {},
) {
  for (const [id, dependsOn] of Object.entries(stacks))
    await kit.harness.control('POST', '/stacks', { id, autodeploy: true, dependsOn, ...more });
}

describe('native edges that are adopted', () => {
  let kit: PropagationKit;

  beforeAll(async () => {
    kit = await startPropagationKit(inject('temporalCli'));
  });
  afterAll(() => kit.stop());

  test('the run that Spacelift queues is the node, and labels go on from there', async () => {
    await addNative(kit, { n0: [], n1: ['n0'], n2: ['n1'] });
    await kit.addStacks({ n3: ['n2'] });
    const root = await kit.run('n0');
    const [native] = await kit.runsOf('n1');
    await kit.ended('n3');
    await kit.settled();
    for (const stack of ['n0', 'n1', 'n2', 'n3']) expect(await kit.runsOf(stack)).toHaveLength(1);
    expect((await kit.runsOf('n2'))[0]?.userMetadata).toEqual([]);
    expect((await kit.runsOf('n3'))[0]?.userMetadata[0]).toContain('propagation.');
    // Whichever of the two is told of first: the other joins it.
    const begun = await kit.propagations();
    expect(begun).toHaveLength(1);
    expect([root, native?.id].some((run) => begun[0]?.endsWith(`/${run}`))).toBe(true);
  });

  test('below a stack that one of our runs deployed, too', async () => {
    await addNative(kit, { m0: [] });
    await kit.addStacks({ m1: ['m0'] });
    await addNative(kit, { m2: ['m1'] });
    const root = await kit.run('m0');
    expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
    const [run, ...more] = await kit.runsOf('m2');
    expect(more).toEqual([]);
    expect(run?.userMetadata).toEqual([]);
  });

  test('a retry queues nothing natively, so ours is started', async () => {
    await addNative(kit, { o0: [], o1: ['o0'], o2: ['o1'] });
    await kit.script('o1', FAILS);
    const root = await kit.run('o0');
    await kit.reached(root, { o1: 'failed', o2: 'stopped' });
    const [failed] = await kit.runsOf('o1');
    await kit.retry('o1', failed?.id ?? '');
    expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
    const finished = (await kit.runsOf('o2')).filter(({ state }) => state === 'FINISHED');
    expect(finished).toHaveLength(1);
    expect(finished[0]?.userMetadata[0]).toContain(`propagation.${root}.1`);
  });

  test('a grandchild that Spacelift runs below a failure begins nothing, and is no node that completed', async () => {
    await addNative(kit, { h0: [], h1: ['h0'], h2: ['h1'], h3: ['h2'] });
    await kit.addStacks({ h4: ['h3'] });
    await kit.script('h1', FAILS);
    const root = await kit.run('h0');
    await kit.reached(root, { h1: 'failed', h2: 'stopped', h3: 'stopped', h4: 'stopped' });
    const h3 = await kit.ended('h3');
    expect(h3.state).toBe('FINISHED');
    await kit.decided(h3.id);
    expect(await kit.runsOf('h4')).toEqual([]);
    await kit.reached(root, { h3: 'stopped', h4: 'stopped' });
  });
});

describe('native edges that are taken over', () => {
  let kit: PropagationKit;

  beforeAll(async () => {
    kit = await startPropagationKit(inject('temporalCli'), { nativeEdges: 'take-over' });
  });
  afterAll(() => kit.stop());

  test('what Spacelift has queued and not begun is cancelled, and ours takes its place', async () => {
    await addNative(kit, { t0: [] });
    await addNative(kit, { t1: ['t0'] }, { approvals: ['QUEUED'] });
    const root = await kit.run('t0');
    await kit.reached(root, { t1: 'started' });
    const ours = await kit.oursOf('t1');
    const [native] = (await kit.runsOf('t1')).filter(({ id }) => id !== ours.id);
    expect(native?.state).toBe('CANCELED');
    await kit.harness.control('POST', `/runs/${ours.id}/approve`, {});
    expect(await kit.result(root)).toMatchObject({ outcome: 'completed' });
  });
});
