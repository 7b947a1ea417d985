import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createInboxReader } from '../../../dev/chaos/inbox-reader.ts';

const kept = (inbox: string, seq: number) => ({
  inbox,
  key: `${inbox} ${seq}`,
  seq,
  status: 'delivered',
  verdict: 'started',
  reason: null,
  lastError: null,
  attempts: 1,
});

/** Answers each query with its page, to whoever has the token. */
async function servePages(pages: Readonly<Record<string, object>>) {
  const server = createServer((request, answer) => {
    const isKnown = request.headers.authorization === 'Bearer token';
    const page = isKnown ? pages[decodeURIComponent(request.url ?? '')] : undefined;
    answer.statusCode = page === undefined ? 404 : 200;
    answer.end(JSON.stringify(page ?? {}));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve());
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.dispose]: () => server.close().closeAllConnections(),
  };
}

test('readAll() follows the cursor over short and empty pages to the end', async () => {
  using edge = await servePages({
    '/inbox?limit=200': {
      deliveries: [{ ...kept('demo/a', 2), bodyBytes: 7 }],
      nextCursor: 'demo/a@2',
    },
    '/inbox?limit=200&cursor=demo/a@2': { deliveries: [], nextCursor: 'demo/a@' },
    '/inbox?limit=200&cursor=demo/a@': {
      deliveries: [kept('demo/b', 2), kept('demo/b', 1)],
      nextCursor: null,
    },
  });
  expect(await createInboxReader(edge.url, 'token').readAll()).toEqual([
    kept('demo/a', 2),
    kept('demo/b', 2),
    kept('demo/b', 1),
  ]);
});

test('countPending() adds up what is pending on every page', async () => {
  using edge = await servePages({
    '/inbox/counts?': { total: { pending: 2 }, nextCursor: 'demo/a' },
    '/inbox/counts?cursor=demo/a': { total: { pending: 3 }, nextCursor: null },
  });
  expect(await createInboxReader(edge.url, 'token').countPending()).toBe(5);
});

test('createInboxReader() fails on an answer that is not OK', async () => {
  using edge = await servePages({ '/inbox/counts?': { total: { pending: 0 }, nextCursor: null } });
  const reader = createInboxReader(edge.url, 'wrong');
  await expect(reader.countPending()).rejects.toThrow('Cannot read the inboxes: status is 404');
});
