import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { createPayloadCodec } from '../../../shared/payloads/codec.ts';
import { parsePayloadKeys, type PayloadKey } from '../../../shared/payloads/keys.ts';

const key = (id: string, fill: number): PayloadKey => ({
  id,
  bytes: new Uint8Array(32).fill(fill),
});

const OLD = key('2026-01', 1);
const NEW = key('2026-11', 2);

const toPayload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const fromPayload = (payload: Payload | undefined): unknown =>
  payload === undefined ? undefined : defaultPayloadConverter.fromPayload(payload);
const textOf = (bytes: Uint8Array | null | undefined) =>
  Buffer.from(bytes ?? []).toString('latin1');

const VALUES = [
  { stackId: 'network', state: 'FINISHED' },
  'text ⛵',
  null,
  undefined,
  new Uint8Array([0, 255, 1]),
];

describe('createPayloadCodec()', () => {
  test.each(VALUES)('gives back %o as it was', async (value) => {
    const codec = createPayloadCodec([NEW]);
    const [decoded] = await codec.decode(await codec.encode([toPayload(value)]));
    expect(fromPayload(decoded)).toEqual(value);
  });

  test('leaves nothing of a payload in the clear but encoding and key id', async () => {
    const payload = toPayload({ stackId: 'network' });
    const [encoded] = await createPayloadCodec([NEW, OLD]).encode([payload]);
    expect(Object.keys(encoded?.metadata ?? {}).sort()).toEqual(['encoding', 'encryption-key-id']);
    expect(textOf(encoded?.metadata?.['encoding'])).toBe('binary/encrypted');
    expect(textOf(encoded?.metadata?.['encryption-key-id'])).toBe('2026-11');
    expect(textOf(encoded?.data)).not.toMatch(/network|stackId|json/);
  });

  test('encrypts the same payload differently each time', async () => {
    const codec = createPayloadCodec([NEW]);
    const encoded = await codec.encode([toPayload('same'), toPayload('same')]);
    expect(textOf(encoded[0]?.data)).not.toBe(textOf(encoded[1]?.data));
  });

  test('decrypts what any of its keys made, and names one that it lacks', async () => {
    const [old] = await createPayloadCodec([OLD]).encode([toPayload('old')]);
    const encoded = [old ?? {}, toPayload('clear')];
    const decoded = await createPayloadCodec([NEW, OLD]).decode(encoded);
    expect(decoded.map(fromPayload)).toEqual(['old', 'clear']);
    for (const keys of [[NEW], []])
      await expect(createPayloadCodec(keys).decode(encoded)).rejects.toThrow(
        'Cannot decrypt payload: key "2026-01" is not known',
      );
  });

  test('says that a payload is damaged, or its key another under the same id', async () => {
    const [encoded] = await createPayloadCodec([OLD]).encode([toPayload('x')]);
    const data = new Uint8Array(encoded?.data ?? []);
    data[data.length - 1] = (data.at(-1) ?? 0) ^ 1;
    const damaged = { ...encoded, data };
    await expect(createPayloadCodec([OLD]).decode([damaged])).rejects.toThrow(/key "2026-01"/);
    const other = createPayloadCodec([key('2026-01', 9)]);
    await expect(other.decode([encoded ?? {}])).rejects.toThrow(/key "2026-01"/);
    await expect(
      createPayloadCodec([OLD]).decode([{ ...encoded, data: new Uint8Array(3) }]),
    ).rejects.toThrow(/damaged/);
  });

  test('without keys passes everything as it is', async () => {
    const payloads = VALUES.map(toPayload);
    expect(await createPayloadCodec([]).encode(payloads)).toEqual(payloads);
  });
});

describe('parsePayloadKeys()', () => {
  const base64 = Buffer.alloc(32, 7).toString('base64');

  test.each([
    ['', []],
    [`a:${base64}`, ['a']],
    [` 2026-11:${base64},\n2026.01:${base64} `, ['2026-11', '2026.01']],
  ])('reads %j', (text, ids) => {
    const keys = parsePayloadKeys(text);
    expect(keys?.map(({ id }) => id)).toEqual(ids);
    for (const { bytes } of keys ?? []) expect(bytes).toEqual(new Uint8Array(32).fill(7));
  });

  test.each([
    ['no id', base64],
    ['an empty id', `:${base64}`],
    ['an id that is too long', `${'a'.repeat(65)}:${base64}`],
    ['one byte too few', `a:${Buffer.alloc(31).toString('base64')}`],
    ['one byte too many', `a:${Buffer.alloc(33).toString('base64')}`],
    ['no base64', 'a:*'],
    ['one id twice', `a:${base64},a:${base64}`],
  ])('refuses %s', (_, text) => {
    expect(parsePayloadKeys(text)).toBeNull();
  });
});
