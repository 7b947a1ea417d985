import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { serveSimulator } from '../../../dev/simulator/serve.ts';

const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function startReceiver(wanted: number) {
  const received: { method: string; headers: IncomingHttpHeaders; body: string }[] = [];
  let seeAll = () => {};
  const all = new Promise<void>((resolve) => {
    seeAll = resolve;
  });
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      received.push({ method: request.method ?? '', headers: request.headers, body });
      response.writeHead(202).end();
      if (received.length === wanted) seeAll();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closing.push(() => {
    server.close();
  });
  return { all, received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

const post = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', body: JSON.stringify(body) });

describe('serveSimulator()', () => {
  it('sends deliveries over the wire as Spacelift does', async () => {
    const receiver = await startReceiver(6);
    const simulator = await serveSimulator({ stateMs: 1 });
    closing.push(simulator.close);
    await post(`${simulator.url}/control/stacks`, { id: 'app' });
    await post(`${simulator.url}/control/webhooks`, { url: receiver.url, secret: 'shh' });
    await post(`${simulator.url}/control/stacks/app/runs`, {});
    await receiver.all;
    for (const { method, headers, body } of receiver.received) {
      const sign = (algorithm: string) => createHmac(algorithm, 'shh').update(body).digest('hex');
      expect(method).toBe('POST');
      expect(headers).toMatchObject({
        'user-agent': 'Go-http-client/2.0',
        'accept-encoding': 'gzip',
        'content-type': 'application/json',
        'content-length': String(Buffer.byteLength(body)),
        'x-signature': `sha1=${sign('sha1')}`,
        'x-signature-256': `sha256=${sign('sha256')}`,
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
      });
    }
    const { url } = (JSON.parse(receiver.received[0]?.body ?? '') as { run: { url: string } }).run;
    expect(await (await fetch(url)).json()).toMatchObject({ stack: 'app' });
  });

  it('is the audience of the tokens it gives', async () => {
    const simulator = await serveSimulator({ apiKeyId: 'k', apiKeySecret: 's' });
    closing.push(simulator.close);
    const query = 'mutation { apiKeyUser(id: "k", secret: "s") { jwt } }';
    const response = await fetch(`${simulator.url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const answer = (await response.json()) as { data: { apiKeyUser: { jwt: string } } };
    const claims = Buffer.from(answer.data.apiKeyUser.jwt.split('.')[1] ?? '', 'base64url');
    expect(JSON.parse(claims.toString())).toMatchObject({ aud: [simulator.url] });
  });

  it('says which port it cannot have', async () => {
    const simulator = await serveSimulator();
    closing.push(simulator.close);
    const port = Number(new URL(simulator.url).port);
    await expect(serveSimulator({ port })).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${port}: port is in use`,
    );
  });
});
