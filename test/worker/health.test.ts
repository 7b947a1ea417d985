import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createHealthApp } from '../../worker/health.ts';
import { serve, type Server } from '../../worker/serve.ts';
import { Hono } from 'hono';

const RUNTIME = { runtime: 'bun', version: '1.4.5' };

describe('createHealthApp()', () => {
  let exporter: Server;
  let isRunning: boolean;

  beforeEach(async () => {
    isRunning = true;
    const sdk = new Hono().get('/metrics', (c) => c.text('temporal_worker_start 1\n'));
    exporter = await serve(sdk, '127.0.0.1', 0);
  });

  afterEach(() => exporter.close());

  const app = () =>
    createHealthApp({
      isRunning: () => isRunning,
      sdkMetricsUrl: `${exporter.url}/metrics`,
      fetch,
      runtime: RUNTIME,
    });

  test('/healthz says that it is alive, and on which runtime', async () => {
    isRunning = false;
    const answer = await app().request('/healthz');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ status: 'ok', ...RUNTIME });
  });

  test('/readyz is 200 while every worker polls, else 503', async () => {
    const ready = await app().request('/readyz');
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: 'ready', ...RUNTIME });

    isRunning = false;
    const notReady = await app().request('/readyz');
    expect(notReady.status).toBe(503);
    expect(await notReady.json()).toEqual({
      error: 'not-ready',
      message: 'Cannot work: not polling Temporal',
    });
  });

  test("/metrics is the text of the SDK's exporter", async () => {
    const answer = await app().request('/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(await answer.text()).toBe('temporal_worker_start 1\n');
  });

  test('/metrics is 503 while the exporter is away', async () => {
    await exporter.close();
    const answer = await app().request('/metrics');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: 'metrics-unavailable' });
  });
});

describe('serve()', () => {
  test('rejects a port that is taken, by name', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve());
    });
    const address = taken.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    await expect(serve(new Hono(), '127.0.0.1', port)).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${port}: `,
    );
    taken.close();
  });

  test('lets an open request end before it closes', async () => {
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let arrived = () => {};
    const hasArrived = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const app = new Hono().get('/slow', async (c) => {
      arrived();
      await held;
      return c.text('done');
    });
    const server = await serve(app, '127.0.0.1', 0);
    const answer = fetch(`${server.url}/slow`).then((response) => response.text());
    await hasArrived;
    const closing = server.close();
    release();
    expect(await answer).toBe('done');
    await closing;
    await expect(fetch(`${server.url}/slow`)).rejects.toThrow();
  });
});
