import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { signBatch } from '../../shared/contract/batch-signature.ts';
import { NOBODY, RUNTIMES, startScript } from './processes.ts';
import { startTemporal } from './temporal.ts';
import { envelopeOf, runEventOf } from './envelopes.ts';

const SECRET = 'envelope-secret';

const STARTER = {
  ENVELOPE_SECRET: SECRET,
  STARTER_PORT: '0',
  TEMPORAL_ADDRESS: NOBODY,
};

const WORKER = {
  SPACELIFT_API_KEY_ENDPOINT: 'https://acme.app.spacelift.io',
  SPACELIFT_API_KEY_ID: '01KEY',
  SPACELIFT_API_KEY_SECRET: 'key-secret-that-nobody-may-see',
  WORKER_PORT: '0',
  WORKER_SDK_METRICS_PORT: '0',
  TEMPORAL_ADDRESS: NOBODY,
};

describe.each(RUNTIMES)('runProcess() on %s', (runtime) => {
  const starter = (env: Readonly<Record<string, string>> = STARTER) =>
    startScript(runtime, ['worker/starter.ts'], env);

  test.each(['SIGTERM', 'SIGINT'] as const)('exits 0 by %s', async (signal) => {
    await using process = starter();
    await process.line('starter listening');
    process.kill(signal);
    const { code, lines, stderr } = await process.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines.at(-1)).toMatchObject({ level: 'info', part: 'starter', signal, msg: 'stopping' });
  });

  test('drains by SIGTERM although clients keep asking over connections that are kept alive', async () => {
    await using process = starter();
    const url = String((await process.line('starter listening'))['url']);
    const agent = new Agent({ keepAlive: true });
    const isAnswered = () =>
      new Promise<boolean>((resolve) => {
        // Takes its time without Temporal, so that hardly a connection is ever idle.
        const request = get(`${url}/readyz`, { agent }, (answer) => {
          answer.resume().once('close', () => resolve(true));
        });
        request.once('error', () => resolve(false));
      });
    const clients = Array.from({ length: 8 }, async () => {
      while (await isAnswered());
    });
    await sleep(500);
    const signalledAt = Date.now();
    process.kill('SIGTERM');
    const { code } = await process.ended;
    expect({ code, isSoon: Date.now() - signalledAt < 10_000 }).toEqual({ code: 0, isSoon: true });
    await Promise.all(clients);
  });

  test('boots without Temporal, is alive and not ready, and answers retry', async () => {
    await using process = starter();
    const url = String((await process.line('starter listening'))['url']);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect((await fetch(`${url}/readyz`)).status).toBe(503);

    const body = JSON.stringify([envelopeOf(runEventOf('01RUN', 'QUEUED', 0))]);
    const headers = await signBatch(body, 'batch-1', Date.now(), [SECRET]);
    const answer = await fetch(`${url}/events`, { method: 'POST', headers: { ...headers }, body });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ verdicts: [{ verdict: 'retry' }] });
  });

  test.each([
    ['starter', {}, 'Cannot start starter: ENVELOPE_SECRET is missing'],
    [
      'starter',
      { ...STARTER, STARTER_PORT: '65536' },
      'Cannot start starter: STARTER_PORT is malformed',
    ],
    [
      'worker',
      { ...WORKER, SPACELIFT_API_KEY_ID: '' },
      'Cannot start worker: SPACELIFT_API_KEY_ID is missing',
    ],
  ])(
    'exits 78 by a fault in the configuration of the %s, with one JSON line',
    async (part, env, msg) => {
      await using process = startScript(runtime, [`worker/${part}.ts`], env);
      const { code, lines, stderr } = await process.ended;
      expect({ code, lines }).toEqual({ code: 78, lines: [] });
      expect(stderr).toBe(`${JSON.stringify({ level: 'fatal', msg })}\n`);
    },
  );

  test('exits 1 when the port is taken, with one JSON line', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve());
    });
    const address = taken.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    await using process = starter({ ...STARTER, STARTER_PORT: port });
    const { code, stderr } = await process.ended;
    taken.close();
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({
      level: 'fatal',
      msg: expect.stringContaining(`Cannot listen on 127.0.0.1:${port}: `),
    });
  });

  test('exits 1 when the worker finds no Temporal, without telling the key', async () => {
    await using process = startScript(runtime, ['worker/worker.ts'], WORKER);
    const { code, lines, stderr } = await process.ended;
    expect(code).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({ level: 'fatal', msg: expect.any(String) });
    expect(JSON.stringify({ lines, stderr })).not.toContain(WORKER.SPACELIFT_API_KEY_SECRET);
  });
});

describe('runProcess()', () => {
  const script = (running: string) => [
    '--input-type=module',
    '--eval',
    `import { createLog } from './worker/log.ts';
     import { runProcess } from './worker/process.ts';
     await runProcess(async () => {
       const log = await createLog('part', 'info');
       const keepAlive = setInterval(() => {}, 1000);
       log.info('running');
       return { log, ${running} };
     });`,
  ];

  test('exits 0 by a signal while it starts', async () => {
    const starting = `import { runProcess } from './worker/process.ts';
      await runProcess(async () => {
        console.log('{"msg":"starting"}');
        await new Promise((resolve) => setTimeout(resolve, 3_600_000));
      });`;
    await using process = startScript('node', ['--input-type=module', '--eval', starting]);
    await process.line('starting');
    process.kill('SIGTERM');
    expect(await process.ended).toMatchObject({ code: 0, stderr: '' });
  });

  test('exits 1 when it cannot stop cleanly', async () => {
    await using process = startScript(
      'node',
      script(`stop: () => Promise.reject(new Error('stuck'))`),
    );
    await process.line('running');
    process.kill('SIGTERM');
    const { code, lines } = await process.ended;
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({ level: 'error', error: 'Error: stuck' });
  });

  test('exits 1 when what runs ends badly', async () => {
    await using process = startScript(
      'node',
      script(`stop: async () => {}, ended: Promise.reject(new Error('poll failed'))`),
    );
    const { code, lines } = await process.ended;
    expect(code).toBe(1);
    expect(lines.at(-1)).toMatchObject({
      level: 'fatal',
      error: 'poll failed',
      msg: 'ended badly',
    });
  });

  test('stops once, however many signals of either kind come', async () => {
    await using process = startScript(
      'node',
      script(`stop: () => new Promise((resolve) => {
        log.info('draining');
        process.once('SIGUSR2', resolve);
      })`),
    );
    await process.line('running');
    process.kill('SIGINT');
    await process.line('draining');
    process.kill('SIGTERM');
    await sleep(50);
    process.kill('SIGUSR2');
    const { code, lines } = await process.ended;
    expect(code).toBe(0);
    expect(lines.map((line) => line['msg'])).toEqual(['running', 'stopping', 'draining']);
  });
});

describe.each(RUNTIMES)('worker on %s, with Temporal', (runtime) => {
  test('says on which runtime it polls, is ready, and drains by SIGTERM', async () => {
    const temporal = await startTemporal();
    try {
      await using process = startScript(runtime, ['worker/worker.ts'], {
        ...WORKER,
        TEMPORAL_ADDRESS: temporal.connection.options.address,
      });
      const line = await process.line('worker running');
      expect(line).toMatchObject({
        part: 'worker',
        runtime,
        accounts: ['acme'],
        namespace: 'default',
      });
      const ready = await fetch(`${String(line['url'])}/readyz`);
      expect(ready.status).toBe(200);
      expect(await ready.json()).toMatchObject({ status: 'ready', runtime });

      process.kill('SIGTERM');
      const { code, lines, stderr } = await process.ended;
      expect(code).toBe(0);
      expect(lines.map(({ msg }) => msg)).toContain('stopping');
      expect(JSON.stringify({ lines, stderr })).not.toContain(WORKER.SPACELIFT_API_KEY_SECRET);
    } finally {
      await temporal.teardown();
    }
  });
});
