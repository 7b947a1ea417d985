import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { createPayloadCodec } from '../../../shared/payloads/codec.ts';
import { createCodecApp } from '../../../worker/codec/app.ts';

const KEY = { id: 'a', bytes: new Uint8Array(32).fill(1) };
const UI = 'https://temporal.example.com';
const TOKEN = 'codec-token';

type Json = { readonly metadata: Record<string, string>; readonly data: string };

const toJson = ({ metadata, data }: Payload): Json => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, bytes]) => [
      name,
      Buffer.from(bytes).toString('base64'),
    ]),
  ),
  data: Buffer.from(data ?? []).toString('base64'),
});

const CLEAR = toJson(defaultPayloadConverter.toPayload({ secret: 'planted' }));

function build(token?: string, keys = [KEY]) {
  const lines: string[] = [];
  const log = pino({ base: null }, { write: (line: string) => void lines.push(line) });
  const app = createCodecApp({ codec: createPayloadCodec(keys), origins: [UI], token, log });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    app.request(path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'Content-Type': 'application/json', 'X-Namespace': 'default', ...headers },
    });
  return { app, lines, post };
}

const encoded = async (): Promise<{ payloads: Json[] }> =>
  (await (await build().post('/encode', { payloads: [CLEAR] })).json()) as { payloads: Json[] };

describe('createCodecApp()', () => {
  test('encodes, and decodes to the same', async () => {
    const { payloads } = await encoded();
    expect(Buffer.from(payloads[0]?.metadata['encoding'] ?? '', 'base64').toString()).toBe(
      'binary/encrypted',
    );
    const { post, lines } = build();
    const answer = await post('/decode', { payloads: [...payloads, CLEAR] });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ payloads: [CLEAR, CLEAR] });
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      action: 'decode',
      count: 2,
      namespace: 'default',
      msg: 'codec used',
    });
    expect(lines.join()).not.toContain('planted');
  });

  test('takes nothing at all for no payloads', async () => {
    const answer = await build().post('/encode', {});
    expect(await answer.json()).toEqual({ payloads: [] });
  });

  test('names the key that it lacks', async () => {
    const answer = await build(undefined, [{ ...KEY, id: 'b' }]).post('/decode', await encoded());
    expect(answer.status).toBe(422);
    expect(await answer.json()).toEqual({
      error: 'undecodable',
      message: 'Cannot decrypt payload: key "a" is not known',
    });
  });

  test.each([['{'], ['null'], ['{"payloads":[{"data":"*"}]}'], ['{"payloads":{}}']])(
    'refuses %s',
    async (body) => {
      expect((await build().post('/decode', body)).status).toBe(400);
    },
  );

  test('takes what a page of history holds, and no more than 16 MiB', async () => {
    const body = (bytes: number) => ({ payloads: [{ data: 'A'.repeat(bytes - 28) }] });
    const limit = 16 * 1024 * 1024;
    expect((await build().post('/decode', body(limit))).status).toBe(200);
    expect((await build().post('/decode', body(limit + 8))).status).toBe(413);
  });

  test('lets pages of the UI call, and those of nobody else', async () => {
    const { app, post } = build();
    const preflight = (origin: string) =>
      app.request('/decode', {
        method: 'OPTIONS',
        headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
      });
    const allowed = await preflight(UI);
    expect(allowed.status).toBe(204);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      'access-control-allow-origin': UI,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': 'Authorization,Content-Type,X-Namespace',
    });
    const other = await preflight('https://evil.example.com');
    expect(other.headers.get('access-control-allow-origin')).toBeNull();

    const body = await encoded();
    const fromUi = await post('/decode', body, { Origin: UI });
    expect(fromUi.status).toBe(200);
    expect(fromUi.headers.get('access-control-allow-origin')).toBe(UI);
    for (const origin of ['https://evil.example.com', 'null', `${UI}.evil.example.com`]) {
      const answer = await post('/decode', body, { Origin: origin });
      expect(answer.status).toBe(403);
      expect(await answer.text()).not.toContain('payloads"');
    }
  });

  test('with a token decrypts for nobody who lacks it', async () => {
    const { app, post } = build(TOKEN);
    const body = await encoded();
    for (const header of ['', 'Bearer', 'Bearer other', TOKEN, `Basic ${TOKEN}`])
      for (const path of ['/decode', '/encode']) {
        const answer = await post(path, body, header === '' ? {} : { Authorization: header });
        expect([400, 401]).toContain(answer.status);
        expect(await answer.json()).toMatchObject({ error: 'unauthorized' });
      }
    expect((await post('/decode', body, { Authorization: `Bearer ${TOKEN}` })).status).toBe(200);
    expect((await app.request('/healthz')).status).toBe(200);
    // A browser asks before it sends the token.
    const preflight = await app.request('/decode', {
      method: 'OPTIONS',
      headers: { Origin: UI, 'Access-Control-Request-Method': 'POST' },
    });
    expect(preflight.status).toBe(204);
  });
});
