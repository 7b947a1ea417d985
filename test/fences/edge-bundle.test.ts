/** What `wrangler deploy` would send to Cloudflare, for both environments: how big it is, what is in it, that it works. */
import { createHmac } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestHarness } from 'wrangler';
import { PROJECT_ROOT } from '../../dev/launcher/toolchain.ts';
import { LEFT_OUT, leaveOut } from '../../edge/bundle/leave-out.ts';
import { quietValibot } from '../../edge/bundle/quiet-valibot.ts';
import { parsePayload } from '../../shared/contract/parse.ts';
import { SIGNATURE_HEADER } from '../../shared/contract/spacelift-signature.ts';
import { copyProject, runTool } from './project-copy.ts';

const LIMIT_BYTES = 20 * 1024;

const WEBHOOK_SECRET = 'webhook-secret';
const OPERATOR_TOKEN = 'operator-token';

async function inputsOf(root: string): Promise<readonly string[]> {
  const metafile = await readFile(join(root, 'dist', 'edge', 'metafile.json'), 'utf8');
  return Object.keys((JSON.parse(metafile) as { inputs: object }).inputs);
}

const OURS =
  /^(?:edge\/(?!sqlite\/|openapi\/|bundle\/(?!valibot-functions)|(?:node|bun|deno)\.ts$)|shared\/contract\/|node_modules\/(?:hono|valibot)\/)/;

const foreignIn = (inputs: readonly string[]) => inputs.filter((input) => !OURS.test(input));

describe.each([{}, { env: 'production' }])('edge bundle by wrangler deploy %j', ({ env }) => {
  let folder: string;
  let output: string;
  let status: number | null;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'edge-bundle-'));
    const args = ['deploy', '--dry-run', '--outdir', folder, ...(env ? ['--env', env] : [])];
    const ran = await runTool(PROJECT_ROOT, 'wrangler', args, { WRANGLER_SEND_METRICS: 'false' });
    output = ran.stdout + ran.stderr;
    ({ status } = ran);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('is built without a word about fields that wrangler does not know', () => {
    expect({ status, output }).toEqual({
      status: 0,
      output: expect.not.stringMatching(/unexpected/i),
    });
  });

  test('is at most 20 KiB gzipped, by our measure and by wrangler’s', async () => {
    const code = await readFile(join(folder, 'index.js'));
    expect(gzipSync(code).length).toBeLessThanOrEqual(LIMIT_BYTES);
    const [, kibibytes] = /gzip: ([\d.]+) KiB/.exec(output) ?? [];
    expect(Number(kibibytes)).toBeLessThanOrEqual(LIMIT_BYTES / 1024);
  });

  test('holds of edge/ what is not for other runtimes, shared/contract, hono and valibot, and nothing else', async () => {
    const inputs = await inputsOf(PROJECT_ROOT);
    expect(foreignIn(inputs)).toEqual([]);
    for (const part of ['edge/index.ts', 'shared/contract/events.ts', 'node_modules/hono/'])
      expect(inputs.some((input) => input.startsWith(part))).toBe(true);
  });

  test('takes a delivery, shows it, sends it again, and refuses the rest', async () => {
    const edge = createTestHarness({
      workers: [
        {
          configPath: join(PROJECT_ROOT, 'wrangler.toml'),
          prebuiltWorkerDir: folder,
          ...(env && { env }),
          // Nobody listens there, so the delivery stays pending.
          vars: { STARTER_URL: 'http://127.0.0.1:9', LOG_LEVEL: 'silent' },
          secrets: {
            SPACELIFT_WEBHOOK_SECRET: WEBHOOK_SECRET,
            ENVELOPE_SECRET: 'envelope-secret',
            OPERATOR_TOKEN,
          },
        },
      ],
    });
    try {
      await edge.listen();
      const body = JSON.stringify({
        account: 'acme',
        state: 'FINISHED',
        stateVersion: 7,
        timestamp: 1_760_000_000,
        run: { id: 'run', type: 'TRACKED', createdAt: 1_760_000_000 },
        stack: { id: 'stack', labels: [] },
      });
      const deliver = async (secret: string) => {
        const hex = createHmac('sha256', secret).update(body).digest('hex');
        const headers = { [SIGNATURE_HEADER]: `sha256=${hex}` };
        const init = { method: 'POST', headers, body };
        return answerOf(await edge.fetch('/webhooks/spacelift', init));
      };
      const ask = async (path: string, init: { method?: string; body?: string } = {}) => {
        const headers = {
          Authorization: `Bearer ${OPERATOR_TOKEN}`,
          'Content-Type': 'application/json',
        };
        return answerOf(await edge.fetch(path, { ...init, headers }));
      };

      const accepted = await deliver(WEBHOOK_SECRET);
      expect(accepted).toMatchObject({ status: 202, json: { status: 'accepted' } });
      const { deliveryId } = accepted.json as { deliveryId: string };
      expect(await deliver(WEBHOOK_SECRET)).toMatchObject({ json: { status: 'duplicate' } });
      expect(await deliver('other')).toMatchObject({
        status: 401,
        json: { error: 'signature-wrong' },
      });

      const place = { account: 'acme', stack: 'stack' };
      expect(await ask('/inbox?account=acme&stack=stack')).toMatchObject({
        status: 200,
        json: { deliveries: [{ deliveryId, eventType: 'completed' }] },
      });
      expect(await ask(`/inbox/${deliveryId}?account=acme&stack=stack`)).toMatchObject({
        status: 200,
        json: { delivery: { deliveryId } },
      });
      const ids = JSON.stringify({ ...place, ids: [deliveryId] });
      expect(await ask('/inbox/redeliver', { method: 'POST', body: ids })).toMatchObject({
        status: 200,
        json: { results: [{ deliveryId }], unknown: [] },
      });
      expect((await edge.fetch('/inbox')).status).toBe(401);
      expect(await ask('/inbox?limit=0')).toMatchObject({ status: 400 });
      expect(await ask('/elsewhere')).toMatchObject({
        status: 404,
        json: { error: 'route-unknown' },
      });
      expect((await edge.fetch('/webhooks/spacelift')).headers.get('Allow')).toBe('POST, PUT');
      const head = await edge.fetch('/healthz', { method: 'HEAD' });
      expect({ status: head.status, body: await head.text() }).toEqual({ status: 200, body: '' });
    } finally {
      await edge.close();
    }
  });
});

const answerOf = async (response: { status: number; json: () => Promise<unknown> }) => ({
  status: response.status,
  json: await response.json(),
});

describe('edge/bundle', () => {
  test('tells of what does not belong to the edge', async () => {
    await using project = await copyProject();
    const entry = await readFile(join(project.root, 'edge', 'index.ts'), 'utf8');
    const foreign = `export { redact } from '../shared/activities/redact.ts';\nexport { ulid } from 'ulid';\n`;
    await project.plant('edge/index.ts', entry + foreign);
    await project.run('node', 'edge/bundle/main.ts');
    expect(foreignIn(await inputsOf(project.root))).toEqual(
      expect.arrayContaining([
        'shared/activities/redact.ts',
        expect.stringContaining('node_modules/ulid/'),
      ]),
    );
  });

  test('says why it cannot, and writes nothing', async () => {
    await using project = await copyProject();
    await project.plant('edge/index.ts', `export * from 'node:fs';\n`);
    expect(await project.run('node', 'edge/bundle/main.ts')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^Cannot bundle the edge: .*"node:fs"/s),
    });
    await expect(inputsOf(project.root)).rejects.toThrow('ENOENT');
  });
});

/** Runs TypeScript as a plugin of the bundle leaves it. */
async function bundleBy(plugin: Plugin, source: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: PROJECT_ROOT, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    logLevel: 'silent',
    plugins: [plugin],
  });
  return outputFiles[0]?.text ?? '';
}

const run = (code: string): Promise<unknown> =>
  import(`data:text/javascript,${encodeURIComponent(code)}`);

describe('quietValibot()', () => {
  const SOURCE = `export { parsePayload } from './shared/contract/parse.ts';`;

  test('changes no event and no field of a fault, and writes no messages', async () => {
    const code = await bundleBy(quietValibot(), SOURCE);
    const quiet = (await run(code)) as { parsePayload: typeof parsePayload };
    const context = { account: 'acme', bodyHash: 'a'.repeat(64), receivedAt: 1_760_000_000_000 };
    const folder = join(PROJECT_ROOT, 'test', 'fixtures', 'payloads');
    const faults = new Set<string>();
    for (const name of await readdir(folder)) {
      const payload: unknown = JSON.parse(await readFile(join(folder, name), 'utf8'));
      for (const variant of [payload, ...spoiled(payload)]) {
        const parsed = parsePayload(variant, context);
        expect(quiet.parsePayload(variant, context)).toEqual(parsed);
        if (!parsed.ok) faults.add(JSON.stringify(parsed.error));
      }
    }
    expect(faults.size).toBeGreaterThan(10);
    expect(code).not.toContain('Invalid ');
  });

  test('fails the build when valibot has a part no more, is not there, or is asked for what is left out', async () => {
    await expect(bundleBy(quietValibot(['_renamed']), SOURCE)).rejects.toThrow(
      'Cannot leave _renamed out: valibot has it no more',
    );
    await expect(bundleBy(quietValibot(), 'export {}')).rejects.toThrow('it is not there');
    await expect(
      bundleBy(quietValibot(), `${SOURCE}import { string } from 'valibot';string().expects;`),
    ).rejects.toThrow('Cannot leave expects out: it is in use');
  });
});

/** The payload with one of its fields, at any depth, of another type or of no sound text. */
function* spoiled(payload: unknown): Generator {
  if (typeof payload !== 'object' || payload === null) return;
  for (const [key, field] of Object.entries(payload)) {
    const copy = () => structuredClone(payload) as Record<string, unknown>;
    for (const other of [null, 7.5, '~ ~', [null], {}]) yield { ...copy(), [key]: other };
    for (const spoiledField of spoiled(field)) yield { ...copy(), [key]: spoiledField };
  }
}

describe('leaveOut()', () => {
  const bundle = (source: string, leftOut = LEFT_OUT) => bundleBy(leaveOut(leftOut), source);

  const APP = `
    import { Hono } from 'hono/tiny';
    export const app = new Hono({ getPath: (request) => new URL(request.url).pathname });
    app.notFound((c) => c.json('not found', 404));
    app.onError((error, c) => c.json(error.message, 500));
    app.post('/:name', async (c) => c.json({ ...(await c.req.raw.json()), name: c.req.param('name') }));
  `;

  test('leaves the rest of Hono as it was', async () => {
    const code = await bundle(APP);
    type Bundled = { app: { fetch: (request: Request) => Promise<Response> } };
    const { app } = (await run(code)) as Bundled;
    const request = new Request('http://edge/x?y', { method: 'POST', body: '{"a":1}' });
    expect(await (await app.fetch(request)).json()).toEqual({ a: 1, name: 'x' });
    expect(code).not.toMatch(/\b(?:createMountedRequest|parseBody|resolveCallback) ?[=(]/);
  });

  const isPublic = (member: string) => !member.startsWith('#');
  const uses = LEFT_OUT.flatMap(({ calledAs, members = [] }) =>
    members
      .filter(isPublic)
      .map((member) => `${{ c: 'c', req: 'c.req' }[calledAs ?? ''] ?? 'app'}.${member}`),
  );

  test.each(uses)('fails the build that uses %s', async (use) => {
    const [, name = ''] = /(\w+)$/.exec(use) ?? [];
    await expect(bundle(`${APP}app.get('/', (c) => ${use});`)).rejects.toThrow(
      `Cannot leave ${name} out: it is in use`,
    );
  });

  test('takes a member of something else for what it is', async () => {
    const source = `${APP}app.get('/', async (c) => c.json((await c.req.raw.blob()).size));`;
    expect(await bundle(source)).toContain('.raw.blob()');
  });

  test.each([
    ['errorHandler', /app\.onError.*/],
    ['notFoundHandler', /app\.notFound.*/],
    ['getPath', /\{ getPath.* \}/],
  ])('fails the build that has nothing in the place of %s', async (name, ours) => {
    await expect(bundle(APP.replace(ours, ''))).rejects.toThrow(
      `Cannot leave ${name} out: nothing is in its place`,
    );
  });

  test('fails the build when Hono has a member or a file no more', async () => {
    const renamed = { members: ['renamed'] };
    await expect(bundle(APP, [{ ...renamed, file: 'context.js' }])).rejects.toThrow(
      'Cannot leave renamed out: context.js has it no more',
    );
    await expect(bundle(APP, [{ ...renamed, file: 'renamed.js' }])).rejects.toThrow(
      'Cannot leave renamed.js out: it is not there',
    );
  });
});
