import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createAddressGuard } from '../../../worker/outgoing/address-guard.ts';
import { createGuardedFetch } from '../../../worker/outgoing/guarded-fetch.ts';
import { startOutlet } from '../notifiers/outlet.ts';

const fixture = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const local = createGuardedFetch({
  guard: createAddressGuard({ allowPrivate: true, allowed: [] }),
  deadlineMs: 1000,
});

/** What {@link file://./by-name.ts} says on that runtime. */
async function byName(runtime: string, ...args: string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(
    fixture(`../../../node_modules/.bin/${runtime}`),
    [fixture('by-name.ts'), ...args],
    { env: { ...process.env, NODE_EXTRA_CA_CERTS: fixture('outlet-test.pem') } },
  );
  return JSON.parse(stdout);
}

describe('createGuardedFetch()', () => {
  test('carries method, headers and body there, and status, headers and body back', async () => {
    await using outlet = await startOutlet(() => ({
      status: 418,
      headers: { 'x-said': 'so' },
      body: { a: 'ä' },
    }));
    const answer = await local(`${outlet.url}/p?q=1`, {
      method: 'PUT',
      headers: { 'x-asked': 'yes' },
      body: 'bödy',
    });
    expect(outlet.received[0]).toMatchObject({
      method: 'PUT',
      path: '/p?q=1',
      body: 'bödy',
      headers: { 'x-asked': 'yes', 'content-length': '5' },
    });
    expect([answer.status, answer.headers.get('x-said'), await answer.json()]).toEqual([
      418,
      'so',
      { a: 'ä' },
    ]);
  });

  test('follows no redirect', async () => {
    await using outlet = await startOutlet(() => ({ status: 307, headers: { location: '/b' } }));
    expect((await local(outlet.url)).status).toBe(307);
    expect(outlet.received).toHaveLength(1);
  });

  test('reads no answer without end', async () => {
    await using outlet = await startOutlet(() => ({ status: 200, body: 'x'.repeat(5_000_000) }));
    await expect(local(outlet.url)).rejects.toMatchObject({ reason: 'the answer is too long' });
  });

  test.each(['file:///etc/passwd', 'ftp://example.com/x'])('refuses %s', async (url) => {
    await expect(local(url)).rejects.toMatchObject({ isFinal: true });
  });

  test('ends with its deadline while the name is resolved, too', async () => {
    const fetch = createGuardedFetch({
      guard: createAddressGuard({
        allowPrivate: true,
        allowed: [],
        resolve: () => new Promise(() => {}),
      }),
      deadlineMs: 50,
    });
    await expect(fetch('https://slow.example')).rejects.toMatchObject({
      reason: 'no answer within the deadline',
      isFinal: false,
    });
  });
});

describe.each(['node', 'bun'])('on %s', (runtime) => {
  test('connects to the address that was checked, and resolves once', async () => {
    await using outlet = await startOutlet(() => ({ status: 200, body: 'here' }));
    const said = await byName(runtime, `http://outlet.test:${outlet.port}/x`, '127.0.0.1', 'true');
    expect(said).toEqual({ status: 200, body: 'here', asked: 1 });
    expect(outlet.received[0]).toMatchObject({
      path: '/x',
      body: 'hello',
      headers: { host: `outlet.test:${outlet.port}` },
    });
  });

  test('connects to no address that is private', async () => {
    await using outlet = await startOutlet();
    for (const host of ['outlet.test', '127.0.0.1', '2130706433', '[::ffff:127.0.0.1]']) {
      const said = await byName(runtime, `http://${host}:${outlet.port}/`, '127.0.0.1', 'false');
      expect(said, host).toMatchObject({ error: expect.stringContaining('not public') as string });
    }
    expect(outlet.received).toEqual([]);
  });

  test('has the certificate be of the name, not of the address', async () => {
    const pem = readFileSync(fixture('outlet-test.pem'));
    const server = createServer({ cert: pem, key: pem }, (_, response) => response.end('secure'));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve());
    });
    const { port } = server.address() as AddressInfo;
    try {
      expect(
        await byName(runtime, `https://outlet.test:${port}/`, '127.0.0.1', 'true'),
      ).toMatchObject({
        body: 'secure',
      });
      expect(
        await byName(runtime, `https://other.test:${port}/`, '127.0.0.1', 'true'),
      ).toMatchObject({
        error: expect.stringContaining('ERR_TLS_CERT_ALTNAME_INVALID') as string,
      });
    } finally {
      server.close();
    }
  });
});
