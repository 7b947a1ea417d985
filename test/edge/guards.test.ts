import { describe, expect, test, vi } from 'vitest';
import { createFailureBudget } from '../../edge/failure-budget.ts';
import { utf8 } from '../../shared/contract/hmac.ts';
import {
  deliver,
  fakeStarter,
  intentPayload,
  request,
  rowsOf,
  runPayload,
  signatureOf,
  unique,
} from './kit.ts';

const KEY = { 'X-Webhook-Key': 'guarded-key' };
const HOUR_MS = 60 * 60 * 1000;

describe('second factor', () => {
  test.each([
    ['the current key', KEY, 202],
    ['the key of before the rotation', { 'x-webhook-key': 'guarded-key-before' }, 202],
    ['no key', {}, 401],
    ['an empty key', { 'X-Webhook-Key': '' }, 401],
    ['another key', { 'X-Webhook-Key': 'guarded-ke' }, 401],
    ['the key twice', { 'X-Webhook-Key': 'guarded-key, guarded-key' }, 401],
    ['the key in another header', { 'X-Key': 'guarded-key' }, 401],
  ])('receiveDelivery() judges a genuine delivery with %s', async (_, headers, status) => {
    const payload = runPayload(unique('app'), 'R', 'QUEUED', 0);
    expect((await deliver(payload, { webhook: 'guarded', headers })).status).toBe(status);
  });

  test('receiveDelivery() refuses a forgery with the right key, in the same words', async () => {
    const body = utf8(JSON.stringify(runPayload(unique('app'), 'R', 'QUEUED', 0)));
    const post = async (headers: Record<string, string>) => {
      const response = await request('/webhooks/spacelift/guarded', {
        method: 'POST',
        body,
        headers,
      });
      return {
        status: response.status,
        headers: [...response.headers],
        text: await response.text(),
      };
    };
    const forged = await post({ ...KEY, 'X-Signature-256': await signatureOf(body, 'other') });
    const keyless = await post({ 'X-Signature-256': await signatureOf(body, 'guarded-secret') });
    expect(forged.status).toBe(401);
    expect(keyless).toEqual(forged);
    expect(await post(KEY)).toEqual(forged);
  });
});

describe('cap on intents', () => {
  const ask = (stack: string, key: string) =>
    deliver(intentPayload(stack, { idempotency_key: key }), { webhook: 'guarded', headers: KEY });

  test('accept() parks the intent over the cap, and no other event of the stack', async () => {
    const stack = unique('app');
    const starter = fakeStarter(`acme/${stack}`);
    const replies = [];
    for (const key of ['a', 'b', 'c', 'd']) replies.push((await ask(stack, key)).body.status);
    expect(replies).toEqual(['accepted', 'accepted', 'accepted', 'parked']);
    expect((await ask(stack, 'e')).body).toMatchObject({ reason: 'intent-capped' });
    expect((await ask(stack, 'd')).body.status).toBe('duplicate');
    expect((await ask(stack, 'a')).body.status).toBe('duplicate');
    const run = runPayload(stack, 'R', 'QUEUED', 0);
    expect((await deliver(run)).body.status).toBe('accepted');
    expect((await ask(unique('app'), 'a')).body.status).toBe('accepted');
    await vi.waitFor(async () =>
      expect((await rowsOf(`acme/${stack}`)).map(({ status }) => status)).toEqual([
        'delivered',
        'delivered',
        'delivered',
        'parked',
        'parked',
        'delivered',
      ]),
    );
    expect(starter.calls.flatMap(({ events }) => events)).toHaveLength(4);
  });

  test.each([
    ['just within', HOUR_MS - 1, 'parked'],
    ['at the end of', HOUR_MS, 'accepted'],
  ])('accept() counts intents %s the window', async (_, later, status) => {
    const stack = unique('app');
    const start = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(start);
    try {
      for (const key of ['a', 'b', 'c']) await ask(stack, key);
      clock.mockReturnValue(start + later);
      expect((await ask(stack, 'd')).body.status).toBe(status);
    } finally {
      clock.mockRestore();
    }
  });

  test('accept() does not let a parked one use up its key: it may come again later', async () => {
    const stack = unique('app');
    const start = Date.now();
    const clock = vi.spyOn(Date, 'now').mockReturnValue(start);
    try {
      for (const key of ['a', 'b', 'c', 'd']) await ask(stack, key);
      clock.mockReturnValue(start + HOUR_MS);
      expect((await ask(stack, 'd')).body.status).toBe('accepted');
    } finally {
      clock.mockRestore();
    }
  });

  test('accept() does not count intents without a grant', async () => {
    const stack = unique('app');
    for (const key of ['x', 'y', 'z'])
      await deliver(intentPayload(stack, { account: 'acme', idempotency_key: key }));
    expect((await ask(stack, 'a')).body.status).toBe('accepted');
  });
});

describe('createFailureBudget()', () => {
  test('createFailureBudget() counts in a row and for each webhook, and tells the worst', () => {
    const budget = createFailureBudget();
    expect(budget.worst()).toBe(0);
    expect(budget.recordFailure('a')).toBe(1);
    expect(budget.recordFailure('a')).toBe(2);
    expect(budget.recordFailure('b')).toBe(1);
    expect(budget.worst()).toBe(2);
    budget.recordSuccess('a');
    expect(budget.worst()).toBe(1);
    expect(budget.recordFailure('a')).toBe(1);
  });
});
