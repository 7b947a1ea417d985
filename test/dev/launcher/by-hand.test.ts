import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { handmadeDelivery, inboxListing } from '../../../dev/launcher/by-hand.ts';
import { readSecrets, secretsFileOf } from '../../../dev/launcher/secrets.ts';
import { verifySpaceliftSignature } from '../../../shared/contract/spacelift-signature.ts';
import { temporaryDirectory } from './temporary-directory.ts';

type Request = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

async function listen() {
  const requests: Request[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await buffer(request);
      requests.push({ path: request.url ?? '', headers: request.headers, body });
      response.writeHead(202).end('{}');
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    requests,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function paste(lines: string): Promise<string> {
  const bash = spawn('bash', ['--norc'], { stdio: ['pipe', 'pipe', 'ignore'] });
  bash.stdin.end(`${lines}\n`);
  return text(bash.stdout);
}

test('handmadeDelivery() pasted into bash sends a delivery whose signature holds', async () => {
  await using edge = await listen();
  await using state = await temporaryDirectory();
  const secrets = await readSecrets(state.path);
  const printed = handmadeDelivery(edge.url, secretsFileOf(state.path), 'network');
  expect(await paste(printed)).toContain('202');

  const [request] = edge.requests;
  expect(request?.path).toBe('/webhooks/spacelift/intents');
  expect(JSON.parse(String(request?.body))).toMatchObject({
    event_type: 'triggered',
    stack_id: 'network',
  });
  const verified = await verifySpaceliftSignature(
    new Uint8Array(request?.body ?? []),
    String(request?.headers['x-signature-256']),
    [{ label: 'current', secret: secrets.intentsSecret }],
  );
  expect(verified).toEqual({ ok: true, value: 'current' });
});

test('handmadeDelivery() asks for another run each time it is printed, and shows no secret', async () => {
  await using state = await temporaryDirectory();
  const secrets = await readSecrets(state.path);
  const print = () => handmadeDelivery('http://edge', secretsFileOf(state.path), 'network');
  expect(print()).not.toBe(print());
  for (const secret of Object.values(secrets)) expect(print()).not.toContain(secret);
});

test('inboxListing() pasted into bash asks the inbox with the operator token', async () => {
  await using edge = await listen();
  await using state = await temporaryDirectory();
  const secrets = await readSecrets(state.path);
  await paste(inboxListing(edge.url, secretsFileOf(state.path), 'demo', 'network'));
  const [request] = edge.requests;
  expect(request?.path).toBe('/inbox?account=demo&stack=network');
  expect(request?.headers['authorization']).toBe(`Bearer ${secrets.operatorToken}`);
});
