import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodePath, PROJECT_ROOT } from '../../dev/launcher/toolchain.ts';
import { checkBundle, hashSources } from '../../worker/workflow-bundle.ts';
import { capturesOf, read } from '../deploy/files.ts';
import { histories, readHistory } from '../histories/histories.ts';
import { NOBODY, RUNTIMES, startScript } from './processes.ts';
import { startTemporal } from './temporal.ts';

const WORKER = {
  SPACELIFT_API_KEY_ENDPOINT: 'https://acme.app.spacelift.io',
  SPACELIFT_API_KEY_ID: '01KEY',
  SPACELIFT_API_KEY_SECRET: 'secret',
  WORKER_PORT: '0',
  WORKER_SDK_METRICS_PORT: '0',
  // With keys the SDK loads a failure converter of ours by its path, which each runtime does its own way.
  PAYLOAD_KEYS: `a:${Buffer.alloc(32).toString('base64')}`,
};

/** Where it is made, below the root of the project. */
const PLACE = 'dist/workflow.js';

let folder: string;
let bundle: string;
let stale: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'spacelift-temporal-bundle-'));
  stale = join(folder, 'stale.js');
  const { stdout } = await promisify(execFile)(nodePath(), ['worker/bundle.ts'], {
    cwd: PROJECT_ROOT,
  });
  bundle = stdout.trim();
  const code = await readFile(bundle, 'utf8');
  await writeFile(stale, code.replace(/[0-9a-f]{64}/, '0'.repeat(64)));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('worker/bundle.ts', () => {
  test('makes it where the deployed worker looks for it', () => {
    expect(bundle).toBe(join(PROJECT_ROOT, PLACE));
    const [unit = ''] = capturesOf(
      read('deploy/spacelift-temporal-worker.service'),
      /WORKFLOW_BUNDLE=(\S+)/g,
    );
    expect(unit).toBe(`/opt/spacelift-temporal/${PLACE}`);
    const image = read('deploy/worker.Dockerfile');
    const [root = ''] = capturesOf(image, /^WORKDIR (\S+)$/gm);
    expect(capturesOf(image, /WORKFLOW_BUNDLE=(\S+)/g)).toEqual([`${root}/${PLACE}`]);
    expect(image).toMatch(/^RUN node worker\/bundle\.ts$/m);
  });

  test('makes one that replays a recorded history', async () => {
    const name = histories.find((each) => each.includes('/intent-')) ?? '';
    const workflowBundle = await checkBundle(bundle);
    await Worker.runReplayHistory({ workflowBundle }, readHistory(name), name);
  });
});

describe('checkBundle()', () => {
  test('refuses the bundle of another version, and one that is not there', async () => {
    await expect(checkBundle(stale)).rejects.toThrow(/stale\.js: it is of another version/);
    await expect(checkBundle(join(folder, 'none.js'))).rejects.toThrow(/none\.js: it cannot be/);
  });
});

describe.each(RUNTIMES)('worker on %s', (runtime) => {
  const start = (WORKFLOW_BUNDLE: string, TEMPORAL_ADDRESS: string) =>
    startScript(runtime, ['worker/worker.ts'], { ...WORKER, WORKFLOW_BUNDLE, TEMPORAL_ADDRESS });

  test('polls with the bundle and payload keys', async () => {
    const env = await startTemporal();
    try {
      await using worker = start(bundle, env.address);
      await worker.line('worker running');
    } finally {
      await env.teardown();
    }
  });

  test('ends, and is not started again, with a bundle of another version', async () => {
    const { code, stderr } = await start(stale, NOBODY).ended;
    expect(code).toBe(78);
    expect(stderr).toContain('it is of another version, make it with worker/bundle.ts');
  });
});

describe('hashSources()', () => {
  test('hashSources() notices a change in a folder within a folder', async () => {
    const root = await mkdtemp(join(folder, 'sources-'));
    await mkdir(join(root, 'inner'));
    const sources = [pathToFileURL(`${root}/`)];
    const file = join(root, 'inner', 'a.ts');
    await writeFile(file, 'one');
    const before = await hashSources(sources);
    await writeFile(file, 'two');
    expect(await hashSources(sources)).not.toBe(before);
  });
});
