import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { ACCOUNT } from '../events.ts';
import { type PropagationKit, startPropagationKit } from './propagation-kit.ts';

let kit: PropagationKit;

beforeAll(async () => {
  kit = await startPropagationKit(inject('temporalCli'));
  await kit.addStacks({
    a: [],
    b: ['a'],
    c: ['a'],
    d: ['b', 'c'],
    loop: ['loop2'],
    loop2: ['loop'],
  });
});
afterAll(() => kit.stop());

/** In a process of its own, as people call it. */
async function propagate(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { harness } = kit;
  const call = promisify(execFile)('node', ['worker/propagate/main.ts', ...args], {
    env: {
      PATH: process.env['PATH'],
      TEMPORAL_ADDRESS: harness.env.address,
      TEMPORAL_NAMESPACE: harness.env.namespace ?? 'default',
      SPACELIFT_API_KEY_ENDPOINT: harness.simulatorUrl,
      SPACELIFT_API_KEY_ID: '01JSIMULATORKEY00000000000',
      SPACELIFT_API_KEY_SECRET: 'simulator-secret',
      SPACELIFT_ACCOUNT: ACCOUNT,
      ...env,
    },
  });
  return call.then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('npm run propagate', () => {
  test('plan shows the tree, JSON and Mermaid, and starts nothing', async () => {
    const tree = await propagate(['plan', 'a']);
    expect(tree.stdout).toBe(
      'a\n  b\n  c\n    d (after b and c)\n\n3 stacks; expected duration: not known\n',
    );
    const json = JSON.parse((await propagate(['plan', 'a', '--json'])).stdout) as object;
    expect(json).toMatchObject({ root: 'a', stacks: [{ step: 1 }, { step: 1 }, { step: 2 }] });
    expect((await propagate(['plan', 'a', '--mermaid'])).stdout).toContain('s1 --> s3');
    expect(await kit.allRuns()).toEqual([]);
  });

  test('plan names windows, and a cycle with exit code 1', async () => {
    await kit.harness.control('POST', '/stacks', {
      id: 'c',
      autodeploy: true,
      labels: ['dependsOn:a', 'never'],
    });
    const now = new Date(Date.now() + 2 * 3_600_000);
    const hour = String(now.getUTCHours()).padStart(2, '0');
    const env = { PROPAGATION_WINDOWS: `never=${hour}:00-${hour}:59` };
    expect((await propagate(['plan', 'a'], env)).stdout).toMatch(
      /c \(held until \d{4}-.*:00:00\.000Z\)/,
    );
    const refused = await propagate(['plan', 'loop']);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stdout).toContain('loop → loop2 → loop');
    expect(await propagate(['plan'])).toMatchObject({ code: 2 });
  });

  test('show tells where every stack is and why; cancel starts nothing more', async () => {
    await kit.script('b', ['PREPARING', 'PLANNING', 'FAILED']);
    const root = await kit.run('a');
    await kit.reached(root, { b: 'failed', c: 'completed', d: 'stopped' });
    const { stdout, stderr } = await propagate(['show', root]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^running\n/);
    expect(stdout).toMatch(/d {2}stopped {4} {2}b failed: its run \w+ is FAILED/);
    expect(await propagate(['show', 'nothing'])).toMatchObject({ code: 1 });
    expect((await propagate(['cancel', root])).stdout).toContain(
      `Cancelled propagations/demo/${root}`,
    );
    await kit.settled();
    expect((await propagate(['show', root])).stdout).toMatch(/^cancell?ed\n/);
    await kit.run('b');
    await kit.settled();
    expect((await propagate(['plan', 'a'])).stdout).toContain('takes 0 s');
  });
});
